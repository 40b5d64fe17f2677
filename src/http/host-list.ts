import { matchesWildcard } from '../core/text/wildcard.ts'

/** An allow-list of hosts; a host is `name`, `1.2.3.4` or `[::1]`, in lower case, its port a number. */
export interface HostList {
  readonly empty: boolean
  /** Whether an entry matches the host, or host and port. */
  admits(hostname: string, port: number): boolean
  /** Whether an entry spells the host out, without wildcards in the name. */
  names(hostname: string, port: number): boolean
}

/** Nobody writes these names, but images of docker.io come from there, and what is told of them. */
const dockerHub = ['docker.io', 'registry-1.docker.io', 'auth.docker.io', 'hub.docker.com']

/**
 * Makes a list of `host` or `host:port`, where `*` stands for any text and `?` for one character. Not core's globs: in a host
 * `[` opens an IPv6 address.
 */
export function createHostList(entries: readonly string[]): HostList {
  const all = entries
    .map((entry) => entry.toLowerCase())
    .flatMap((entry) => (entry === 'docker.io' ? dockerHub : [entry]))
  const spelledOut = all.filter((entry) => !/[*?]/.test(entry.replace(/:[\d*?]+$/, '')))
  const among = (list: readonly string[]) => (hostname: string, port: number) =>
    spellings(hostname, port).some((text) => list.some((entry) => matchesWildcard(entry, text)))
  return { empty: all.length === 0, admits: among(all), names: among(spelledOut) }
}

function spellings(hostname: string, port: number): readonly string[] {
  return [hostname, `${hostname}:${port}`, ...(hostname.startsWith('[') ? [hostname.slice(1, -1)] : [])]
}
