import { lookup as lookUp, type LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { connect as openSocket, isIPv6, type LookupFunction, type Socket } from 'node:net'
import { Agent, buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici'
import { reasons } from '../api/conditions.ts'
import { onChange, ReconcileError } from '../errors.ts'
import { createHostList } from './host-list.ts'
import { isLocalAddress } from './local-address.ts'

/** Decides whom the operator may talk to. Every address goes through it: what a policy names, redirects, token realms. */
export interface HostGuard {
  /** Throws a ReconcileError (HostNotAllowed) for a host that may not be asked; nothing has been sent then. */
  check(url: URL): void
  /** Pooled connections. It checks again on each new connection, and the address a name was resolved to as well. */
  readonly dispatcher: Dispatcher
  /**
   * A connection for what is not HTTP, under the same rules; it belongs to the caller. Rejects with a ReconcileError
   * (HostNotAllowed), or with what the system says.
   */
  connect(hostname: string, port: number): Promise<Socket>
  /** Ends all connections, also those in use. */
  close(): Promise<void>
}

/** What connections need besides being allowed. */
export interface ConnectionNeeds {
  /** Accepts any TLS certificate. */
  readonly insecureTls?: boolean | undefined
  /** Certificates in PEM: only what they vouch for is accepted, instead of what the system trusts. */
  readonly authorities?: string | undefined
  /** Shown to servers that ask for one; PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined
  /** The URL of a proxy for HTTP and HTTPS (CONNECT), with user name and password where it wants them. */
  readonly proxy?: string | undefined
}

/** What a guard lets through. */
export interface HostGuardOptions extends ConnectionNeeds {
  /** Host globs, with or without port. Empty: every host but loopback and link-local ones, which have to be spelled out here. */
  readonly allowed: readonly string[]
  /** The flag that `allowed` comes from, for messages. */
  readonly flag: '--allowed-registries' | '--allowed-git-hosts'
}

const connectTimeoutMs = 10_000
const connectionsPerOrigin = 16
// Shorter than the idle time-outs of the usual load balancers, so that they seldom end a connection that is about to be used.
const keepAliveMs = 10_000

/** Makes a guard with its own pool of connections. */
export function createHostGuard({ allowed, flag, ...needs }: HostGuardOptions): HostGuard {
  const list = createHostList(allowed)
  const refusal = (what: string) =>
    new ReconcileError(reasons.hostNotAllowed, `${what} is not in ${flag}`, { retry: onChange })

  function check(url: URL): void {
    const { hostname, protocol } = url
    if (protocol !== 'https:' && protocol !== 'http:') throw refusal(`an address that begins with ${protocol}//`)
    checkHost(hostname, portOf(url), url.host)
  }

  function checkHost(hostname: string, port: number, shown: string): void {
    if (list.names(hostname, port)) return
    if (isLocalAddress(hostname)) throw refusal(`${shown} is a loopback or link-local address and`)
    if (!list.empty && !list.admits(hostname, port)) throw refusal(shown)
  }

  const settings = { timeout: connectTimeoutMs, allowH2: false, ...tlsOf(needs) }
  const connectAnywhere = buildConnector(settings)
  const connectOutside = buildConnector({ ...settings, lookup: outsideOnly(refusal) })

  function connectForHttp(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const { hostname, protocol, port } = options
    const url = new URL(`${protocol}//${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`)
    try {
      check(url)
    } catch (error) {
      return callback(error instanceof Error ? error : new Error('refused'), null)
    }
    return (list.names(url.hostname, portOf(url)) ? connectAnywhere : connectOutside)(options, callback)
  }

  async function connect(hostname: string, port: number): Promise<Socket> {
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname
    checkHost(host, port, `${host}:${port}`)
    const lookup = list.names(host, port) ? {} : { lookup: outsideOnly(refusal) }
    const socket = openSocket({ host: hostname, port, noDelay: true, ...lookup })
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) })
      return socket
    } catch (error) {
      socket.destroy()
      throw error instanceof Error && error.name === 'AbortError' ? error.cause : error
    }
  }

  const pooling = { connections: connectionsPerOrigin, keepAliveTimeout: keepAliveMs }
  const dispatcher =
    needs.proxy === undefined
      ? new Agent({ ...pooling, connect: connectForHttp })
      : new ProxyAgent({
          ...pooling,
          uri: needs.proxy,
          proxyTunnel: true,
          requestTls: settings,
          // The proxy is a host like any other. What lies behind it is resolved there, and checked by name only.
          clientFactory: (origin) => new Pool(origin, { connect: connectForHttp }),
        })
  return { check, dispatcher, connect, close: () => dispatcher.destroy() }
}

function tlsOf({ insecureTls = false, authorities, clientCertificate }: ConnectionNeeds) {
  return {
    rejectUnauthorized: !insecureTls,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...clientCertificate,
  }
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

/** Looks names up as Node does and leaves local addresses out, so that a name can't be pointed at this machine (DNS rebinding). */
function outsideOnly(refusal: (what: string) => ReconcileError): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      if (error) return callback(error, '')
      const outside = addresses.filter(({ address }) => !isLocalAddress(address))
      const [first] = outside
      if (first === undefined) return callback(refusal(`${hostname} leads to a loopback or link-local address and`), '')
      return options.all === true ? callback(null, outside) : callback(null, first.address, first.family)
    })
  }
}
