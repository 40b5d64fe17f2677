import { lookup as lookUp, type LookupAddress } from 'node:dns'
import { isIPv6, type LookupFunction } from 'node:net'
import { Agent, buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici'
import { ReconcileError, type Retry } from '../errors.ts'
import { isLocalAddress } from './local-address.ts'
import { ProxyFault } from './proxy-fault.ts'

/** What connections need besides being allowed. */
export interface ConnectionNeeds {
  /** Accepts any TLS certificate. */
  readonly insecureTls?: boolean | undefined
  /** Certificates in PEM: only what they vouch for is accepted, instead of what the system trusts. */
  readonly authorities?: string | readonly string[] | undefined
  /** Shown to servers that ask for one; PEM. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined
  /** The URL of a proxy for HTTP and HTTPS (CONNECT), with user name and password where it wants them. */
  readonly proxy?: string | undefined
  /** Whoever runs the operator named the proxy: it may be any host. */
  readonly trustsProxy?: boolean | undefined
}

/** Whom connections may lead to. */
export interface ConnectionRules {
  /** Throws a ReconcileError for a host that may not be asked. */
  check(url: URL): void
  /** Whether a host is named as such: then it may be at an address of this machine. */
  isNamed(hostname: string, port: number): boolean
  readonly refusal: Refusal
}

type Refusal = (what: string, retry?: Retry) => ReconcileError

/** How long a connection may take to be made (ms). */
export const connectTimeoutMs = 10_000
/** How long a proxy may take to reach what lies behind it (ms). */
const tunnelTimeoutMs = 15_000
const connectionsPerOrigin = 16
// Shorter than the idle time-outs of the usual load balancers, so that they seldom end a connection that is about to be used.
const keepAliveMs = 10_000

/** Makes a pool of connections; each new one is checked, and the address its name was resolved to as well. */
export function createDispatcher(rules: ConnectionRules, needs: ConnectionNeeds): Dispatcher {
  const settings = settingsOf(needs)
  const pooling = { connections: connectionsPerOrigin, keepAliveTimeout: keepAliveMs }
  if (needs.proxy === undefined) return new Agent({ ...pooling, connect: checkedConnector(rules, settings) })
  // What is trusted of the server, and what is shown to it, is no matter of its proxy.
  const usual = settingsOf({})
  // What lies behind the proxy is resolved there, and checked by name only.
  const connect = needs.trustsProxy === true ? buildConnector(usual) : checkedConnector(rules, usual)
  return new ProxyAgent({
    ...pooling,
    uri: needs.proxy,
    proxyTunnel: true,
    requestTls: settings,
    clientFactory: (origin) => tunnelsBy(origin, connect),
  })
}

/** Asks a proxy for tunnels. Whatever keeps one from being opened is told as the proxy's fault, and not as that of the host behind it. */
function tunnelsBy(proxy: URL, connect: buildConnector.connector): Dispatcher {
  const pool = new Pool(proxy, { connect, headersTimeout: tunnelTimeoutMs })
  const ask = pool.connect.bind(pool)
  async function openTunnel(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    const opened = await ask(options).catch((cause: unknown) => {
      throw cause instanceof ReconcileError ? cause : new ProxyFault(proxy, { cause })
    })
    if (opened.statusCode === 200) return opened
    opened.socket.on('error', () => undefined).destroy()
    throw new ProxyFault(proxy, { status: opened.statusCode })
  }
  return Object.assign(pool, { connect: openTunnel })
}

type Settings = ReturnType<typeof settingsOf>

/** Connects to whatever host may be asked. */
function checkedConnector(rules: ConnectionRules, settings: Settings): buildConnector.connector {
  const connectAnywhere = buildConnector(settings)
  const connectOutside = buildConnector({ ...settings, lookup: outsideOnly(rules.refusal) })
  return (options, callback) => {
    const { hostname, protocol, port } = options
    const url = new URL(`${protocol}//${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`)
    try {
      rules.check(url)
    } catch (error) {
      return callback(error instanceof Error ? error : new Error('refused'), null)
    }
    return (rules.isNamed(url.hostname, portOf(url)) ? connectAnywhere : connectOutside)(options, callback)
  }
}

/** The port of an address, told or not. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

function settingsOf({ insecureTls = false, authorities, clientCertificate }: ConnectionNeeds) {
  return {
    timeout: connectTimeoutMs,
    allowH2: false,
    rejectUnauthorized: !insecureTls,
    ...(authorities === undefined ? {} : { ca: typeof authorities === 'string' ? authorities : [...authorities] }),
    ...clientCertificate,
  }
}

/**
 * Looks names up as Node does and leaves local addresses out, so that a name can't be pointed at this machine (DNS rebinding). Who refuses a name for an
 * outage of DNS need not be told when it is over: it is looked up again.
 */
export function outsideOnly(refusal: Refusal): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      if (error) return callback(error, '')
      const outside = addresses.filter(({ address }) => !isLocalAddress(address))
      const [first] = outside
      if (first === undefined) return callback(refusal(...inside(hostname)), '')
      return options.all === true ? callback(null, outside) : callback(null, first.address, first.family)
    })
  }
}

function inside(hostname: string): readonly [what: string, retry: Retry] {
  return [`${hostname} leads to a loopback or link-local address and`, { kind: 'interval' }]
}
