import { fault, parsed, type Parsed } from '../result.ts'
import { secretTypeLabel, sshKey, textIn, title, type SecretContent } from './git-credential.ts'

/** A private key for signing commits, and what opens it (empty: nothing need). */
export interface SigningKey {
  readonly kind: 'ssh' | 'openpgp'
  readonly privateKey: string
  readonly passphrase: string
}

/** A key for signing commits: SSH by the names that a key for servers has, OpenPGP by one of its own. Argo CD's repository Secrets are for repositories. */
export function signingKey(secret: SecretContent): Parsed<SigningKey> {
  if (secretTypeLabel in secret.labels) return fault(`${title(secret)} is Argo CD’s, for a repository, not for signing`)
  const ssh = sshKey(secret)
  if (!ssh.ok) return ssh
  const own = openPgpKeyIn(secret)
  if (own === undefined) return fault(`${title(secret)}: openpgpPrivateKey must be text: the key in armor`)
  if (ssh.value !== undefined && own !== '')
    return fault(`${title(secret)} has an SSH key and an OpenPGP key; leave the one that is to sign`)
  if (own !== '') return parsed({ kind: 'openpgp', privateKey: own, passphrase: textIn(secret, 'passphrase') ?? '' })
  if (ssh.value === undefined) return fault(`${title(secret)} has no sshPrivateKey or openpgpPrivateKey to sign with`)
  const { privateKey, passphrase } = ssh.value
  return parsed({ kind: privateKey.includes('-----BEGIN PGP ') ? 'openpgp' : 'ssh', privateKey, passphrase })
}

/** By our name, or by that which Flux gives it. */
function openPgpKeyIn(secret: SecretContent): string | undefined {
  const own = textIn(secret, 'openpgpPrivateKey')
  return own === '' ? textIn(secret, 'git.asc') : own
}
