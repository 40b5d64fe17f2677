import ssh2, { type ParsedKey } from 'ssh2'
import { fault, parsed, type Parsed } from '../../core/result.ts'

/** Reads a private key (OpenSSH's format, PEM or PuTTY's; `passphrase` empty: none). The fault never repeats any of it. */
export function readPrivateKey(text: string, passphrase: string): Parsed<ParsedKey> {
  const read = ssh2.utils.parseKey(`${text.trim()}\n`, passphrase === '' ? undefined : passphrase)
  // A file of OpenSSH's format may hold several keys; none that is in use does.
  const key = Array.isArray(read) ? read[0] : read
  if (key instanceof Error || key === undefined) return fault(wordsFor(text, passphrase, key?.message ?? ''))
  if (!key.isPrivateKey()) return fault('is a public key; the private one is needed')
  return parsed(key)
}

function wordsFor(text: string, passphrase: string, complaint: string): string {
  if (/encrypted|passphrase|integrity|decrypt|bad /i.test(complaint))
    return passphrase === ''
      ? 'is encrypted; put its passphrase beside it, as passphrase'
      : 'can’t be decrypted by the passphrase'
  if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text))
    return 'is a key in PKCS #8, which is not read; convert it by ssh-keygen -p -f <file>'
  return 'is no private key that can be read; ssh-keygen -t ed25519 makes one'
}
