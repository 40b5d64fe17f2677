import { parseGlob } from '../core/glob.ts'

const dockerHub = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']

/**
 * Whether a key of a docker configuration is for a repository, by the kubelet's rules: host globs that don't span dots, ports equal as
 * written, the path a prefix. https://kubernetes.io/docs/concepts/containers/images/#config-json
 */
export function isKeyFor(key: string, host: string, repository: string): boolean {
  const [keyHost, keyPath] = split(key.toLowerCase().startsWith('http') ? key.replace(/^https?:\/\//i, '') : key)
  // Docker's own key, https://index.docker.io/v1/, is an address of its old API.
  const path = keyPath.replace(/^\/v[12](?=\/|$)/, '').replace(/^\/$/, '')
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
  const [wanted, given] = [pattern.toLowerCase(), host].map((text) => /^(.*?)(?::(\d+))?$/.exec(text))
  if (wanted?.[2] !== given?.[2]) return false
  const [patterns, labels] = [wanted?.[1] ?? '', given?.[1] ?? ''].map((name) => name.split('.'))
  if (patterns === undefined || labels === undefined || patterns.length !== labels.length) return false
  return patterns.every((text, index) => matchesLabel(text, labels[index] ?? ''))
}

function matchesLabel(pattern: string, label: string): boolean {
  if (pattern === label) return true
  const glob = parseGlob(pattern)
  return glob.ok && glob.value.matches(label)
}
