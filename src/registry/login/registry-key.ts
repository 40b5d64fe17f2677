import { parseGlob } from '../../core/text/glob.ts'

const dockerHub = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']

/** A key of a docker configuration as `host[:port][/path]`. Docker's own key, `https://index.docker.io/v1/`, is an address of its old API. */
export function normalisedKey(key: string): string {
  const [host, path] = split(key.replace(/^https?:\/\//i, ''))
  return `${host.toLowerCase()}${path.replace(/^\/v[12](?=\/)/, '').replace(/^\/$/, '')}`
}

/**
 * Whether a key (normalised) is for a repository, by the kubelet's rules: host globs that don't span dots, ports equal as written, the
 * path a prefix. https://kubernetes.io/docs/concepts/containers/images/#config-json
 */
export function isKeyFor(key: string, host: string, repository: string): boolean {
  const [keyHost, path] = split(key)
  return hostsOf(host).some((alias) => matchesHost(keyHost, alias)) && `/${repository}`.startsWith(path)
}

/** Whether two names of a host with port are one registry, Docker Hub having several. */
export function isSameHost(one: string, other: string): boolean {
  return hostsOf(one).includes(other.toLowerCase())
}

function hostsOf(host: string): readonly string[] {
  const name = host.toLowerCase()
  return dockerHub.includes(name) ? dockerHub : [name]
}

function split(address: string): readonly [host: string, path: string] {
  const slash = address.indexOf('/')
  return slash < 0 ? [address, ''] : [address.slice(0, slash), address.slice(slash)]
}

function matchesHost(pattern: string, host: string): boolean {
  const [wanted, given] = [withoutPort(pattern), withoutPort(host)]
  const labels = given.labels
  if (wanted.port !== given.port || wanted.labels.length !== labels.length) return false
  return wanted.labels.every((label, index) => matchesLabel(label, labels[index] ?? ''))
}

function withoutPort(host: string): { readonly labels: readonly string[]; readonly port: string } {
  const port = /:\d+$/.exec(host)?.[0] ?? ''
  return { labels: host.slice(0, host.length - port.length).split('.'), port }
}

function matchesLabel(pattern: string, label: string): boolean {
  if (pattern === label) return true
  const glob = parseGlob(pattern)
  return glob.ok && glob.value.matches(label)
}
