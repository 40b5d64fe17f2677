import { createHash, createHmac } from 'node:crypto'
import { reasons } from '../../api/conditions.ts'
import type { SshAddress } from '../../core/git/git-address.ts'
import { knownHostsName, knownServer, type HostKey, type KnownServer } from '../../core/git/known-hosts.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { KnownHosts } from '../access.ts'
import { certifiedKey } from './host-certificate.ts'

/** Decides whether a server is the one that it should be. */
export interface HostKeyCheck {
  /** The algorithms to ask the server for, those of known keys first. */
  readonly algorithms: readonly HostKeyAlgorithm[]
  /** Takes the key that the server shows; undefined: it is the right one. */
  objectionTo(key: Buffer): ReconcileError | undefined
}

const algorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const
type HostKeyAlgorithm = (typeof algorithms)[number]

/** Takes any key: Argo CD's own Secret says that host keys are not verified. */
export const anyHostKey: HostKeyCheck = { algorithms, objectionTo: () => undefined }

/**
 * Takes the keys that a known_hosts file has for this server, and the key of a certificate that one of its authorities has
 * signed. `certificate` asks the server for that; it is called only where the file has an authority for the server and no key.
 */
export async function hostKeyCheck(
  address: SshAddress,
  knownHosts: KnownHosts,
  { certificate, now }: { certificate: () => Promise<Buffer | undefined>; now: number },
): Promise<HostKeyCheck> {
  const server = knownServer(knownHosts.text, address, hashName)
  const { authorities } = server
  if (authorities.length === 0 || server.types.length > 0) return checkBy(server, address, knownHosts)
  const shown = await certificate()
  const certified = shown === undefined ? undefined : certifiedKey(shown, { host: address.host, authorities, now })
  return checkBy(certified === undefined ? server : withKey(server, certified), address, knownHosts)
}

/** The server itself must still show, by using it, that the key is its own. */
function withKey(server: KnownServer, { type, base64 }: HostKey): KnownServer {
  const isCertified = (key: HostKey) => key.type === type && key.base64 === base64
  return {
    ...server,
    types: [type],
    judge: (key) => (server.judge(key) === 'unknown' && isCertified(key) ? 'known' : server.judge(key)),
  }
}

function checkBy(server: KnownServer, address: SshAddress, { from }: KnownHosts): HostKeyCheck {
  const isKnown = (algorithm: HostKeyAlgorithm) => server.types.includes(algorithm.replace(/^rsa-sha2-.*/, 'ssh-rsa'))
  return {
    algorithms: [...algorithms.filter(isKnown), ...algorithms.filter((algorithm) => !isKnown(algorithm))],
    objectionTo: (blob) => objection(readHostKey(blob), server, { name: knownHostsName(address), from }),
  }
}

/** The key as known_hosts writes it. */
function readHostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  return { type: blob.toString('latin1', 4, 4 + length), base64: blob.toString('base64') }
}

function objection(
  key: HostKey,
  server: KnownServer,
  { name, from }: { name: string; from: string },
): ReconcileError | undefined {
  const shown = `${name} shows the SSH host key ${fingerprint(key)} (${key.type})`
  switch (server.judge(key)) {
    case 'known':
      return undefined
    case 'revoked':
      return refusal(`${shown}, which ${from} revokes`)
    case 'other':
      return refusal(`${shown}, and ${from} knows others of it: if the key was changed, correct its line there`)
    case 'unknown':
      return refusal(`${shown}, and ${from} knows none of it: add the line that ssh-keyscan prints, once it is sure`)
  }
}

function refusal(message: string): ReconcileError {
  return new ReconcileError(reasons.hostKeyVerificationFailed, message, { retry: atInterval })
}

/** As ssh-keygen -l prints it. */
function fingerprint({ base64 }: HostKey): string {
  const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

function hashName(salt: string, name: string): string {
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64')
}
