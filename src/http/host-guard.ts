import { once } from 'node:events'
import { connect as openSocket, isIPv6, type Socket } from 'node:net'
import { getCACertificates } from 'node:tls'
import { LRUCache } from 'lru-cache'
import type { Dispatcher } from 'undici'
import { reasons } from '../api/conditions.ts'
import { onChange, ReconcileError, type Retry } from '../errors.ts'
import { connectTimeoutMs, createDispatcher, outsideOnly, portOf, type ConnectionNeeds } from './dispatcher.ts'
import { noOwnProxy, type OwnProxy } from '../core/own-proxy.ts'
import { createHostList } from './host-list.ts'
import { isLocalAddress } from './local-address.ts'
import { proxyFor } from './proxy-for.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Decides whom the operator may talk to. Every address goes through it: what a policy names, redirects, token realms. */
export interface HostGuard {
  /** Throws a ReconcileError (HostNotAllowed) for a host that may not be asked; nothing has been sent then. */
  check(url: URL): void
  /** Pooled connections. It checks again on each new connection, and the address a name was resolved to as well. */
  readonly dispatcher: Dispatcher
  /** The same for an address, by its proxy if it has one, with TLS settings and a way out of their own; connections are shared by those with the same. */
  dispatcherFor(url: URL, tls: TlsSettings | undefined, way?: OwnProxy): Dispatcher
  /**
   * A connection for what is not HTTP, under the same rules; it belongs to the caller. Rejects with a ReconcileError
   * (HostNotAllowed), or with what the system says.
   */
  connect(hostname: string, port: number): Promise<Socket>
  /** Ends all connections, also those in use. */
  close(): Promise<void>
}

/** What a guard lets through. */
export interface HostGuardOptions extends ConnectionNeeds {
  /** Host globs, with or without port. Empty: every host but loopback and link-local ones, which have to be spelled out here. */
  readonly allowed: readonly string[]
  /** The flag that `allowed` comes from, for messages. */
  readonly flag: '--allowed-registries' | '--allowed-git-hosts'
  /** The operator's own proxy. It may be anywhere; what lies behind it is checked by name only, for it is the proxy that resolves it. */
  readonly ownProxy?: OwnProxy | undefined
}

const mostTlsSettings = 100

/** Makes a guard with its own pools of connections. */
export function createHostGuard({ allowed, flag, ownProxy = noOwnProxy, ...needs }: HostGuardOptions): HostGuard {
  const list = createHostList(allowed)
  const refusal = (what: string, retry: Retry = onChange) =>
    new ReconcileError(reasons.hostNotAllowed, `${what} is not in ${flag}`, { retry })

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

  const rules = { check, isNamed: (hostname: string, port: number) => list.names(hostname, port), refusal }
  const dispatcher = createDispatcher(rules, needs)
  const others = new LRUCache<string, Dispatcher>({ max: mostTlsSettings, dispose: (other) => void other.close() })

  function dispatcherFor(url: URL, tls: TlsSettings | undefined, way: OwnProxy = ownProxy): Dispatcher {
    const proxy = proxyFor(way, url)
    if (tls === undefined && proxy === undefined) return dispatcher
    const key = JSON.stringify([tls?.id, proxy])
    const own = { ...needs, ...(tls && needsOf(tls)), ...(proxy !== undefined && { proxy, trustsProxy: true }) }
    const other = others.get(key) ?? createDispatcher(rules, own)
    others.set(key, other, { noDisposeOnSet: true })
    return other
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

  async function close(): Promise<void> {
    await Promise.all([dispatcher, ...others.values()].map((each) => each.destroy()))
  }

  return { check, dispatcher, dispatcherFor, connect, close }
}

/** An authority of one's own is trusted besides the usual ones. */
function needsOf({ ca, client }: TlsSettings): ConnectionNeeds {
  return {
    ...(ca !== undefined && { authorities: [...getCACertificates('default'), ca] }),
    ...(client !== undefined && { clientCertificate: { cert: client.certificate, key: client.key } }),
  }
}
