import { verify } from 'node:crypto'
import ssh2 from 'ssh2'
import type { HostKey } from '../../core/git/known-hosts.ts'
import { matchesWildcard } from '../../core/text/wildcard.ts'
import { readSsh, sshString, type SshReader } from './ssh-wire.ts'

/** For whom and when a certificate must be valid; `now` in ms since the epoch. */
export interface CertificateCheck {
  readonly host: string
  readonly authorities: readonly HostKey[]
  readonly now: number
}

/** How many fields of the key stand in a certificate, by its type. */
const keyFields: Readonly<Record<string, number>> = {
  'ssh-ed25519-cert-v01@openssh.com': 1,
  'ecdsa-sha2-nistp256-cert-v01@openssh.com': 2,
  'ecdsa-sha2-nistp384-cert-v01@openssh.com': 2,
  'ecdsa-sha2-nistp521-cert-v01@openssh.com': 2,
  'ssh-rsa-cert-v01@openssh.com': 2,
}
const hostCertificate = 2

/**
 * The host key for which an OpenSSH certificate vouches (PROTOCOL.certkeys); undefined where it does not: another host, out
 * of its time, of an authority that is not among these, or no certificate at all.
 */
export function certifiedKey(blob: Buffer, check: CertificateCheck): HostKey | undefined {
  try {
    return readCertified(blob, check)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readCertified(blob: Buffer, { host, authorities, now }: CertificateCheck): HostKey | undefined {
  const reader = readSsh(blob)
  const type = reader.string().toString('latin1')
  const fields = keyFields[type]
  if (fields === undefined) return undefined
  const keyType = type.replace(/-cert-v01@openssh\.com$/, '')
  reader.string() // A nonce.
  const key = Buffer.concat([sshString(keyType), ...Array.from({ length: fields }, () => sshString(reader.string()))])
  reader.uint64() // A serial number.
  const isForHosts = reader.uint32() === hostCertificate
  reader.string() // What its maker called it.
  const names = stringsIn(reader.string())
  const [from, until] = [reader.uint64(), reader.uint64()]
  const hasDemands = reader.string().length > 0
  reader.string()
  reader.string()
  const authority = reader.string()
  const isSigned = () => verifySignature(blob.subarray(0, reader.position), authority, readSsh(reader.string()))
  const seconds = BigInt(Math.floor(now / 1000))
  const isFor = isForHosts && names.some((name) => matchesWildcard(name.toLowerCase(), host.toLowerCase()))
  if (!isFor || hasDemands || seconds < from || seconds >= until) return undefined
  if (!authorities.some(({ base64 }) => base64 === authority.toString('base64'))) return undefined
  return isSigned() ? { type: keyType, base64: key.toString('base64') } : undefined
}

function stringsIn(packed: Buffer): readonly string[] {
  const reader = readSsh(packed)
  const found: string[] = []
  while (reader.position < packed.length) found.push(reader.string().toString('utf8'))
  return found
}

/** By algorithm; SHA-1, of old authorities, is not among them. */
const hashes: Readonly<Record<string, string | undefined>> = {
  'ssh-ed25519': undefined,
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
}

function verifySignature(signed: Buffer, authority: Buffer, signature: SshReader): boolean {
  const algorithm = signature.string().toString('latin1')
  const type = readSsh(authority).string().toString('latin1')
  const key = ssh2.utils.parseKey(`${type} ${authority.toString('base64')}`)
  if (key instanceof Error || !Object.hasOwn(hashes, algorithm) || algorithm.startsWith('rsa') !== (type === 'ssh-rsa'))
    return false
  const isEcdsa = algorithm.startsWith('ecdsa')
  const bytes = isEcdsa ? ieeeSignature(signature.string(), algorithm) : signature.string()
  return verify(hashes[algorithm], signed, { key: key.getPublicPEM(), dsaEncoding: 'ieee-p1363' }, bytes)
}

/** SSH writes an ECDSA signature as two numbers of any length, node:crypto reads them side by side, as long as the curve's. */
function ieeeSignature(packed: Buffer, algorithm: string): Buffer {
  const length = Math.ceil(Number(algorithm.slice(-3)) / 8)
  const reader = readSsh(packed)
  const numbers = [reader.string(), reader.string()].map((number) => {
    const digits = number.subarray(Math.max(0, number.length - length))
    return Buffer.concat([Buffer.alloc(length - digits.length), digits])
  })
  return Buffer.concat(numbers)
}
