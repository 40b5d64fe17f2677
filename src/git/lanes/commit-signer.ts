import { createHash, sign } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ParsedKey } from 'ssh2'
import type { SigningKey } from '../../core/git/signing-key.ts'
import { fault, parsed, type Parsed } from '../../core/result.ts'
import { readOpenPgpKey, type LoadOpenPgp } from './openpgp-key.ts'
import { sshString } from '../ssh/ssh-wire.ts'

/** Signs commits with one key. */
export interface CommitSigner {
  /** Tells keys apart; the public half's hash. */
  readonly id: string
  /** The signature of a commit's content, as git writes it into the commit. */
  sign(content: Buffer): Promise<string>
}

/** Makes signers of private keys, and remembers them: to open an encrypted key takes long. A key that may not sign, or not any more, is a fault. */
export type CommitSigners = (key: SigningKey) => Promise<Parsed<CommitSigner>>

interface Opened {
  readonly signer: CommitSigner
  readonly whyNot: () => Promise<string | undefined>
}

const mostSigners = 200

/** Makes an empty set of signers. */
export function createCommitSigners(loadOpenPgp?: LoadOpenPgp): CommitSigners {
  const known = new LRUCache<string, Promise<Parsed<Opened>>>({ max: mostSigners })
  return async (key) => {
    const name = createHash('sha256').update(JSON.stringify(key)).digest('hex')
    const opening = known.get(name) ?? open(key, loadOpenPgp)
    known.set(name, opening)
    opening.catch(() => known.delete(name))
    const opened = await opening
    if (!opened.ok) return opened
    const objection = await opened.value.whyNot()
    return objection === undefined ? parsed(opened.value.signer) : fault(objection)
  }
}

async function open(key: SigningKey, loadOpenPgp: LoadOpenPgp | undefined): Promise<Parsed<Opened>> {
  return key.kind === 'ssh' ? await openSsh(key) : await openOpenPgp(key, loadOpenPgp)
}

async function openSsh({ privateKey, passphrase }: SigningKey): Promise<Parsed<Opened>> {
  const { readPrivateKey } = await import('../ssh/ssh-key.ts')
  const key = readPrivateKey(privateKey, passphrase)
  if (!key.ok) return key
  const id = createHash('sha256').update(key.value.getPublicSSH()).digest('hex')
  const signer: CommitSigner = { id, sign: (content) => Promise.resolve(sshSignature(key.value, content)) }
  return parsed({ signer, whyNot: () => Promise.resolve(undefined) })
}

async function openOpenPgp(
  { privateKey, passphrase }: SigningKey,
  loadOpenPgp: LoadOpenPgp | undefined,
): Promise<Parsed<Opened>> {
  const key = await readOpenPgpKey(privateKey, passphrase, loadOpenPgp)
  if (!key.ok) return key
  const own = key.value
  const signer: CommitSigner = { id: own.fingerprint, sign: (content) => own.sign(content) }
  return parsed({ signer, whyNot: () => own.whyNot() })
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
