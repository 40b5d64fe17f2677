import { createHash } from 'node:crypto'

/** A git repository and how to reach it. */
export interface GitAccess {
  /** `https://host/path` or `http://host/path`, without user name and password. */
  readonly url: string
  readonly credential: GitCredential | undefined
  /** Tells credentials apart without showing them: who has the same shares requests. Never logged. */
  readonly credentialId: string
  readonly insecureTls: boolean
}

/** What is shown to the git server; only ever to the origin of the access's URL. */
export type GitCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }

/** One repository as seen with one credential: equal keys share tips and objects. */
export function accessKey({ url, credentialId, insecureTls }: GitAccess): string {
  const { origin, pathname } = new URL(url)
  return hash([origin, pathname.replace(/\/+$/, ''), credentialId, String(insecureTls)])
}

/**
 * One branch as written to with one credential, however its repository's address is spelled. Its case counts but for the
 * host's: some servers tell repositories apart by it.
 */
export function laneKey({ url, credentialId, insecureTls }: GitAccess, branch: string): string {
  const { origin, pathname } = new URL(url)
  return hash([origin, pathname.replace(/(\.git)?\/*$/, ''), credentialId, String(insecureTls), branch])
}

/** `host/path` of a repository, for messages. */
export function repositoryName(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`.replace(/(\.git)?\/*$/, '')
}

/** The value of the Authorization header. */
export function authorizationFor(credential: GitCredential): string {
  if (credential.kind === 'bearer') return `Bearer ${credential.token}`
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
