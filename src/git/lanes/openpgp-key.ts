import type * as Library from 'openpgp'
import type { PrivateKey } from 'openpgp'
import { fault, parsed, type Parsed } from '../../core/result.ts'

type OpenPgp = typeof Library

/** An OpenPGP key that is open. */
export interface OpenPgpKey {
  readonly fingerprint: string
  /** Why it may not sign any more: keys expire. Undefined: it may. */
  whyNot(): Promise<string | undefined>
  /** A detached signature in armor. */
  sign(content: Buffer): Promise<string>
}

/** Brings the library; undefined: it is not installed. */
export type LoadOpenPgp = () => Promise<OpenPgp | undefined>

/** The optional package is loaded when the first such key is used, and not before. */
const load: LoadOpenPgp = async () => {
  try {
    return await import('openpgp')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Reads a secret key in armor (`passphrase` empty: none). The fault never repeats any of it. */
export async function readOpenPgpKey(
  text: string,
  passphrase: string,
  loadLibrary = load,
): Promise<Parsed<OpenPgpKey>> {
  const library = await loadLibrary()
  if (library === undefined)
    return fault('is an OpenPGP key, for which the package openpgp is not installed here; an SSH key signs without it')
  const closed = await readArmor(text, library)
  if (!closed.ok) return closed
  const key = await opened(closed.value, passphrase, library)
  if (!key.ok) return key
  return parsed({
    fingerprint: key.value.getFingerprint(),
    whyNot: () => whyNot(key.value),
    sign: (content) => sign(key.value, content, library),
  })
}

async function readArmor(text: string, { readKey }: OpenPgp): Promise<Parsed<PrivateKey>> {
  try {
    const key = await readKey({ armoredKey: text })
    return key.isPrivate()
      ? parsed(key)
      : fault('is a public key; gpg --armor --export-secret-keys prints the secret one')
  } catch {
    // The library's own words may hold parts of what it read.
    return fault('is no OpenPGP key in armor that can be read; gpg --armor --export-secret-keys prints one')
  }
}

async function opened(key: PrivateKey, passphrase: string, { decryptKey }: OpenPgp): Promise<Parsed<PrivateKey>> {
  if (key.isDecrypted()) return parsed(key)
  if (passphrase === '') return fault('is encrypted; put its passphrase beside it, as passphrase')
  try {
    return parsed(await decryptKey({ privateKey: key, passphrase }))
  } catch {
    return fault('can’t be decrypted by the passphrase')
  }
}

async function whyNot(key: PrivateKey): Promise<string | undefined> {
  if (await key.isRevoked()) return 'was revoked'
  const end = await key.getExpirationTime()
  if (end instanceof Date && end.getTime() <= Date.now()) return `expired on ${end.toISOString().slice(0, 10)}`
  const able = await key.getSigningKey().catch(() => undefined)
  if (able === undefined) return 'has no part that may sign now, by its flags, its algorithm or its dates'
  return undefined
}

async function sign(key: PrivateKey, content: Buffer, library: OpenPgp): Promise<string> {
  const message = await library.createMessage({ binary: new Uint8Array(content) })
  const signature = await library.sign({ message, signingKeys: key, detached: true, format: 'armored' })
  return signature.replaceAll('\r\n', '\n').trimEnd()
}
