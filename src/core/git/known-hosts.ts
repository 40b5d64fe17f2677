import type { SshAddress } from './git-address.ts'
import { matchesWildcard } from '../text/wildcard.ts'

/** A key by which an SSH server is known, or (`authority`) one that may vouch for it, or (`revoked`) one that nobody may show any more. */
interface KnownKey {
  readonly mark: 'host' | 'authority' | 'revoked'
  readonly names: string
  readonly key: HostKey
}

/** The public key of an SSH server: its type, such as `ssh-ed25519`, and the whole of it in base64. */
export interface HostKey {
  readonly type: string
  readonly base64: string
}

/** Hashes a name as known_hosts does: HMAC-SHA1 under a salt, all but the name in base64. */
export type HashName = (salt: string, name: string) => string

/**
 * What known_hosts says of a key that a server shows: it is the server's; it is revoked; other keys are known of that server;
 * or none is.
 */
export type HostKeyVerdict = 'known' | 'revoked' | 'other' | 'unknown'

/** What a known_hosts file says of one server. */
export interface KnownServer {
  /** The types of the keys that are known, the first in the file first. */
  readonly types: readonly string[]
  /** The keys of authorities that may vouch for it. */
  readonly authorities: readonly HostKey[]
  judge(key: HostKey): HostKeyVerdict
}

const marks: Readonly<Record<string, KnownKey['mark']>> = { '@cert-authority': 'authority', '@revoked': 'revoked' }

/**
 * Reads of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") what concerns one server: plain and hashed names,
 * `[host]:port`, patterns and their negation, `@cert-authority` and `@revoked`. Lines that are none count as absent, as
 * they do for ssh.
 */
export function knownServer(text: string, at: Pick<SshAddress, 'host' | 'port'>, hashName: HashName): KnownServer {
  const name = knownHostsName(at)
  const entries = text
    .split(/\r?\n/)
    .flatMap(parseLine)
    .filter(({ names }) => covers(names, name, hashName))
  const keysMarked = (mark: KnownKey['mark']) => entries.filter((entry) => entry.mark === mark).map(({ key }) => key)
  const keys = keysMarked('host')
  const revoked = keysMarked('revoked')
  return {
    types: [...new Set(keys.map(({ type }) => type))],
    authorities: keysMarked('authority').filter((key) => !isAmong(revoked, key)),
    judge(key) {
      if (isAmong(revoked, key)) return 'revoked'
      if (isAmong(keys, key)) return 'known'
      return keys.length > 0 ? 'other' : 'unknown'
    },
  }
}

/** How known_hosts calls a server: `host`, or `[host]:port` where the port is not 22. */
export function knownHostsName({ host, port }: Pick<SshAddress, 'host' | 'port'>): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
}

function parseLine(line: string): readonly KnownKey[] {
  const fields = line.trim().split(/[ \t]+/)
  const [first = ''] = fields
  if (first.startsWith('#')) return []
  const mark = first.startsWith('@') ? marks[first] : 'host'
  const [names = '', type = '', base64 = ''] = first.startsWith('@') ? fields.slice(1) : fields
  if (mark === undefined || type === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return []
  return [{ mark, names, key: { type, base64 } }]
}

function isAmong(keys: readonly HostKey[], { type, base64 }: HostKey): boolean {
  return keys.some((key) => key.type === type && key.base64 === base64)
}

/** Whether the names of a line cover a name: one of its patterns does, and none with `!` does. */
function covers(names: string, name: string, hashName: HashName): boolean {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(names) ?? []
  if (salt !== undefined) return hashName(salt, name) === hash
  const patterns = names.toLowerCase().split(',')
  const isDenied = patterns.some((pattern) => pattern.startsWith('!') && matchesWildcard(pattern.slice(1), name))
  return !isDenied && patterns.some((pattern) => !pattern.startsWith('!') && matchesWildcard(pattern, name))
}
