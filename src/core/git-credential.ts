import { isUnderGitUrl, sameGitUrl } from './git-url.ts'
import { fault, parsed, type Parsed } from './result.ts'
import type { Secret } from './secret.ts'
import { utf8 } from './utf8.ts'

/** What of a Secret tells a git credential. */
export type SecretContent = Pick<Secret, 'namespace' | 'name' | 'labels' | 'data'>

/** What is shown to a git server. */
export type GitCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }

/** What a Secret gives for reaching a git repository. */
export interface GitCredentials {
  /** Undefined: the Secret holds none, the repository is reached without. */
  readonly credential: GitCredential | undefined
  /** Argo CD's own Secret says that certificates are not verified. */
  readonly insecureTls: boolean
}

/** The label by which Argo CD knows its repository Secrets. */
export const secretTypeLabel = 'argocd.argoproj.io/secret-type'

const unsupported: Readonly<Record<string, string>> = {
  sshPrivateKey: 'SSH keys are',
  githubAppPrivateKey: 'GitHub Apps are',
  gcpServiceAccountKey: 'Google service accounts are',
  tlsClientCertData: 'TLS client certificates are',
  tlsClientCertKey: 'TLS client certificates are',
  proxy: 'proxies are',
}
// The Secret's member names of contract "Credentials for git", and whatever else Argo CD takes for a credential.
const credentialKeys = ['username', 'password', 'bearerToken', ...Object.keys(unsupported)]

/** Whether a repository Secret of Argo CD holds a credential of any kind, and not the address alone. */
export function holdsCredential(secret: SecretContent): boolean {
  return (
    credentialKeys.some((key) => key !== 'proxy' && textIn(secret, key) !== '') ||
    isTrue(secret, 'useAzureWorkloadIdentity')
  )
}

/** Reads a repository Secret by Argo CD's keys: user and password, or a bearer token. The fault says what is not supported yet. */
export function gitCredentials(secret: SecretContent): Parsed<GitCredentials> {
  const title = `Secret ${secret.namespace}/${secret.name}`
  const [kind] = Object.keys(unsupported).filter((key) => textIn(secret, key) !== '')
  if (kind !== undefined) return fault(`${title}: ${unsupported[kind]} not supported yet; ${instead}`)
  if (isTrue(secret, 'useAzureWorkloadIdentity'))
    return fault(`${title}: Azure identities are not supported yet; ${instead}`)
  const username = textIn(secret, 'username')
  const password = textIn(secret, 'password')
  const token = textIn(secret, 'bearerToken')
  if ([username, password, token].some((text) => text === undefined || /[\p{Cc}]/u.test(text)))
    return fault(`${title}: username, password and bearerToken must be text on one line`)
  const insecureTls = secretTypeLabel in secret.labels && isTrue(secret, 'insecure')
  if (password !== undefined && password !== '')
    return parsed({ credential: { kind: 'basic', username: username ?? '', password }, insecureTls })
  if (token !== undefined && token !== '') return parsed({ credential: { kind: 'bearer', token }, insecureTls })
  if (username !== '') return fault(`${title} has a username but no password`)
  return parsed({ credential: undefined, insecureTls })
}

const instead = 'use username and password (a token), or bearerToken'

/**
 * Reads the Secret that `writeBack.git.secretRef` names: Argo CD's keys, or type `kubernetes.io/basic-auth` (the same two
 * keys). A repository Secret of Argo CD is taken only for the URL that it is for.
 */
export function secretRefCredentials(
  secret: SecretContent,
  url: string,
): Parsed<GitCredentials & { readonly credential: GitCredential }> {
  const own = textIn(secret, 'url') ?? ''
  if (secretTypeLabel in secret.labels && !sameGitUrl(own, url) && !isUnderGitUrl(url, own))
    return fault(`Secret ${secret.namespace}/${secret.name} is Argo CD’s for another repository`)
  const read = gitCredentials(secret)
  if (!read.ok) return read
  const { credential, insecureTls } = read.value
  if (credential !== undefined) return parsed({ credential, insecureTls })
  return fault(`Secret ${secret.namespace}/${secret.name} has neither username and password nor bearerToken`)
}

/** A member of a Secret as text, without a line end after it; empty where it is missing, undefined where it is no text. */
export function textIn({ data }: SecretContent, key: string): string | undefined {
  const bytes = Object.hasOwn(data, key) ? data[key] : undefined
  return bytes === undefined ? '' : utf8(bytes)?.replace(/\r?\n$/, '')
}

/** Whether a member of a Secret says true, as Go's strconv.ParseBool reads it. */
export function isTrue(secret: SecretContent | undefined, key: string): boolean {
  if (secret === undefined) return false
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(textIn(secret, key) ?? '')
}
