import { createHash } from 'node:crypto'
import { isWithoutProxy } from '../core/git/no-proxy.ts'
import type { OwnProxy } from '../core/own-proxy.ts'
import { portOf } from './dispatcher.ts'
import { isLocalAddress } from './local-address.ts'

/** A way out that counts instead of the operator's own. What it holds may be secret. */
export interface WayOut extends OwnProxy {
  /** Tells ways apart without telling what is in them. */
  readonly id: string
}

/** Gives a way out its id. */
export function wayOut({ https, http, noProxy }: OwnProxy): WayOut {
  const id = createHash('sha256')
    .update(JSON.stringify([https, http, noProxy]))
    .digest('hex')
    .slice(0, 16)
  return { https, http, noProxy, id }
}

/** The proxy by which an address is reached; undefined: straight, as everything on this machine and its link is, where clouds tell who we are. */
export function proxyFor(own: OwnProxy, url: URL): string | undefined {
  const proxy = url.protocol === 'https:' ? own.https : own.http
  const { hostname } = url
  if (proxy === undefined || hostname === 'localhost' || isLocalAddress(hostname)) return undefined
  return isWithoutProxy(own.noProxy, hostname, portOf(url)) ? undefined : proxy
}
