import { createHash } from 'node:crypto'
import { reasons } from '../api/conditions.ts'
import { anonymousUrl, gitAddress, type GitAddress } from '../core/git/git-address.ts'
import type { ClientCertificate, GitCredential } from '../core/git/git-credential.ts'
import { atInterval, ReconcileError } from '../errors.ts'

/** A git repository and how to reach it. */
export interface GitAccess {
  /** As people write it: `https://host/path`, `ssh://user@host/path` or `user@host:path`. A user name and password in it is not used for HTTP. */
  readonly url: string
  readonly credential: GitCredential | undefined
  /** Tells credentials, client certificates and proxies apart without showing them: who has the same shares requests. Never logged. */
  readonly credentialId: string
  /** Neither a TLS certificate nor an SSH host key is verified. */
  readonly insecure: boolean
  /** Certificates in PEM, of which Argo CD has some for the server: only what they vouch for is accepted. */
  readonly authorities?: string | undefined
  /** Shown to servers that ask for one; PEM. */
  readonly clientCertificate?: ClientCertificate | undefined
  /** The URL of the proxy to go through. */
  readonly proxy?: string | undefined
  /** By what the host keys of SSH servers are verified. */
  readonly knownHosts?: KnownHosts | undefined
}

/** Between which branches a lane runs: commits go to `push`, to be merged into `base`; undefined: to `base` itself. */
export interface LaneBranches {
  readonly base: string
  readonly push: string | undefined
}

/** The text of a known_hosts file, and where it is from, as users know it: `ConfigMap argocd/argocd-ssh-known-hosts-cm`. */
export interface KnownHosts {
  readonly text: string
  readonly from: string
}

/** Where an access leads. Throws a ReconcileError (TargetUnsupported) for a URL that is none of a git repository. */
export function addressOf({ url }: Pick<GitAccess, 'url'>): GitAddress {
  const read = gitAddress(url)
  if (read.ok && (read.value.kind === 'ssh' || URL.canParse(read.value.url))) return read.value
  const message = read.ok ? 'the git repository’s URL is not valid' : read.fault
  throw new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}

/** `host/path` of a repository, for messages. */
export function nameOf(access: Pick<GitAccess, 'url'>): string {
  return placeOf(addressOf(access))
    .replace(/^[a-z]+:\/\//, '')
    .replace(/(\.git)?\/*$/, '')
}

/** One repository as seen with one credential: equal keys share tips and objects. */
export function accessKey(access: GitAccess): string {
  const address = addressOf(access)
  const place = address.kind === 'http' ? placeOf(address).replace(/\/+$/, '') : address
  return hash([place, ...reachOf(access)])
}

/**
 * One branch, and perhaps one that is pushed to in its stead, as written to with one credential, however its repository's
 * address is spelled. Its case counts but for the host's: some servers tell repositories apart by it.
 */
export function laneKey(access: GitAccess, { base, push }: LaneBranches): string {
  const address = addressOf(access)
  const place = placeOf(address).replace(/(\.git)?\/*$/, '')
  return hash([place, address.kind === 'ssh' ? address.user : '', ...reachOf(access), base, push ?? ''])
}

/** `credentialId` stands for everything secret. */
function reachOf({ credentialId, insecure, authorities, knownHosts }: GitAccess): readonly unknown[] {
  return [credentialId, insecure, authorities ?? '', knownHosts?.text ?? '']
}

function placeOf(address: GitAddress): string {
  if (address.kind === 'ssh') return anonymousUrl(address)
  const { origin, pathname } = new URL(address.url)
  return `${origin}${pathname}`
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
