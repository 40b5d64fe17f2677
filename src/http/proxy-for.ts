import { isWithoutProxy } from '../core/git/no-proxy.ts'
import type { OwnProxy } from '../core/own-proxy.ts'
import { portOf } from './dispatcher.ts'
import { isLocalAddress } from './local-address.ts'

/** The proxy by which an address is reached; undefined: straight, as everything on this machine and its link is, where clouds tell who we are. */
export function proxyFor(own: OwnProxy, url: URL): string | undefined {
  const proxy = url.protocol === 'https:' ? own.https : own.http
  const { hostname } = url
  if (proxy === undefined || hostname === 'localhost' || isLocalAddress(hostname)) return undefined
  return isWithoutProxy(own.noProxy, hostname, portOf(url)) ? undefined : proxy
}
