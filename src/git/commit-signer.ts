import { createHash, sign } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ParsedKey } from 'ssh2'
import { parsed, type Parsed } from '../core/result.ts'
import { readPrivateKey } from './ssh-key.ts'
import { sshString } from './ssh-wire.ts'

/** Signs commits with one key. */
export interface CommitSigner {
  /** Tells keys apart; the public half's hash. */
  readonly id: string
  /** The signature of a commit's content, as git writes it into the commit. */
  sign(content: Buffer): string
}

/** Makes signers of private keys, and remembers them: to open an encrypted key takes long. */
export type CommitSigners = (privateKey: string, passphrase: string) => Parsed<CommitSigner>

const mostSigners = 200

/** Makes an empty set of signers. */
export function createCommitSigners(): CommitSigners {
  const known = new LRUCache<string, Parsed<CommitSigner>>({ max: mostSigners })
  return (privateKey, passphrase) => {
    const name = createHash('sha256')
      .update(JSON.stringify([privateKey, passphrase]))
      .digest('hex')
    const signer = known.get(name) ?? makeSigner(privateKey, passphrase)
    known.set(name, signer)
    return signer
  }
}

function makeSigner(privateKey: string, passphrase: string): Parsed<CommitSigner> {
  const key = readPrivateKey(privateKey, passphrase)
  if (!key.ok) return key
  const id = createHash('sha256').update(key.value.getPublicSSH()).digest('hex')
  return parsed({ id, sign: (content) => sshSignature(key.value, content) })
}

/** Git's namespace for what it signs. */
const namespace = 'git'
const hash = 'sha512'

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig */
function sshSignature(key: ParsedKey, content: Buffer): string {
  const about = [namespace, '', hash]
  const digest = createHash(hash).update(content).digest()
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...about.map(sshString), sshString(digest)])
  const version = Buffer.from([0, 0, 0, 1])
  const blob = Buffer.concat([
    Buffer.from('SSHSIG'),
    version,
    sshString(key.getPublicSSH()),
    ...about.map(sshString),
    sshString(rawSignature(key, signed)),
  ])
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n')
}

function rawSignature(key: ParsedKey, signed: Buffer): Buffer {
  const { type } = key
  const pem = key.getPrivatePEM()
  if (type === 'ssh-rsa') return Buffer.concat([sshString('rsa-sha2-512'), sshString(sign('sha512', signed, pem))])
  if (!type.startsWith('ecdsa-')) return Buffer.concat([sshString(type), sshString(sign(undefined, signed, pem))])
  const numbers = sign(`sha${hashBits(type)}`, signed, { key: pem, dsaEncoding: 'ieee-p1363' })
  const half = numbers.length / 2
  const pair = [numbers.subarray(0, half), numbers.subarray(half)].map(positiveNumber)
  return Buffer.concat([sshString(type), sshString(Buffer.concat(pair.map(sshString)))])
}

function hashBits(type: string): number {
  return type.endsWith('521') ? 512 : Number(type.slice(-3))
}

/** Without zeros before it, but with one where it would look negative (RFC 4251, mpint). */
function positiveNumber(digits: Buffer): Buffer {
  const first = digits.findIndex((byte) => byte > 0)
  const bare = digits.subarray(Math.max(first, 0))
  return (bare[0] ?? 0) < 0x80 ? bare : Buffer.concat([Buffer.from([0]), bare])
}
