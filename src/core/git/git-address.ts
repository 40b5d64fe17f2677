import { fault, parsed, type Parsed } from '../result.ts'

/** Where a git repository is, and how one speaks to it. */
export type GitAddress = HttpAddress | SshAddress

/** Over HTTP(S); `url` is without a user name and password. */
export interface HttpAddress {
  readonly kind: 'http'
  readonly url: string
}

/** Over SSH; `host` is without brackets, `path` as the server is asked for it. */
export interface SshAddress {
  readonly kind: 'ssh'
  readonly user: string
  readonly host: string
  readonly port: number
  readonly path: string
}

const sshUrl =
  /^ssh:\/\/(?:([^@/:]*)(?::[^@/]*)?@)?(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*)(?::([0-9]{1,5}))?(\/[^?#]+)$/i
const likeScp = /^(?:([^@/:]+)@)(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*):(.+)$/i
const defaultPort = 22
/** Whom Argo CD takes where the URL names nobody. */
const defaultUser = 'git'

/** Reads the URL of a git repository as people and Argo CD write it: `https://…`, `http://…`, `ssh://…` or `user@host:path`. */
export function gitAddress(url: string): Parsed<GitAddress> {
  const trimmed = url.trim()
  const anonymous = trimmed.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
  if (/^https?:\/\/[^/?#]+\/[^?#]+$/i.test(anonymous)) return parsed({ kind: 'http', url: anonymous })
  const ssh = fromSshUrl(trimmed) ?? fromScp(trimmed)
  if (ssh !== undefined && isUsable(ssh)) return parsed(ssh)
  return fault(
    'the git repository’s URL is none that can be written to; set writeBack.git.repository to an https:// or ssh:// URL',
  )
}

/** What begins with a dash would be an option of the command at the other end. */
function isUsable({ user, port, path }: SshAddress): boolean {
  return port > 0 && port < 65_536 && !path.startsWith('-') && !/\p{Cc}/u.test(user + path)
}

/** A repository's address without who asks for it: `https://host/path`, or `ssh://host/path` with the port where it is not 22. */
export function anonymousUrl(address: GitAddress): string {
  return address.kind === 'http' ? address.url : `ssh://${sshHost(address)}/${address.path.replace(/^\//, '')}`
}

/** A URL as it was written, without the user name and password that it may hold; SSH's user name stays. */
export function publicUrl(address: GitAddress, written: string): string {
  return address.kind === 'http' ? address.url : written.trim().replace(/^(ssh:\/\/[^@/:]*):[^@/]*@/i, '$1@')
}

/** A host as SSH's files and people write it: with brackets where there is a port or an IPv6 address. */
function sshHost({ host, port }: SshAddress): string {
  const bracketed = host.includes(':') ? `[${host}]` : host
  return port === defaultPort ? bracketed : `${bracketed}:${port}`
}

/** Git decodes the path of a URL, and asks for `~user/…` without the slash before it. */
function fromSshUrl(url: string): SshAddress | undefined {
  const [, user, host = '', port, path = ''] = sshUrl.exec(url) ?? []
  const decoded = decodedText(path)
  if (host === '' || decoded === undefined) return undefined
  return {
    kind: 'ssh',
    user: user || defaultUser,
    host: host.replace(/^\[|\]$/g, '').toLowerCase(),
    port: port === undefined ? defaultPort : Number(port),
    path: decoded.replace(/^\/~/, '~'),
  }
}

function fromScp(url: string): SshAddress | undefined {
  const [, user = '', host = '', path = ''] = likeScp.exec(url) ?? []
  if (host === '') return undefined
  return { kind: 'ssh', user, host: host.replace(/^\[|\]$/g, '').toLowerCase(), port: defaultPort, path }
}

function decodedText(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
