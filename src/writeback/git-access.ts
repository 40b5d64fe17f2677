import { createHash } from 'node:crypto'
import { reasons } from '../api/conditions.ts'
import type { Application, Project } from '../core/applications/application.ts'
import {
  gitCredentials,
  secretRefCredentials,
  type GitCredentials,
  type SecretContent,
} from '../core/git/git-credential.ts'
import { publicUrl, type GitAddress } from '../core/git/git-address.ts'
import { lend } from '../core/git/lending.ts'
import { isWithoutProxy } from '../core/git/no-proxy.ts'
import type { Parsed } from '../core/result.ts'
import { atInterval, orUndefined, ReconcileError } from '../errors.ts'
import { addressOf, type GitAccess } from '../git/access.ts'
import type { GitRepositories } from '../git/repositories.ts'
import { knownHostsConfigMap, tlsCertsConfigMap, type ConfigMapStore } from '../kubernetes/config-maps.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { Logger } from '../log.ts'
import type { GitFile } from './git-file.ts'
import type { LinkedTarget } from './place.ts'

/** Where in git a choice is written: the branch, its tip when it was looked at, and the branch that is the remote's HEAD. */
export interface GitSpot {
  readonly access: GitAccess
  readonly branch: string
  readonly tip: string
  readonly head: string | undefined
  /** Where the push branch was at the same moment; undefined: it is not there, or none was asked for. */
  readonly beside?: string | undefined
  /** The credential is Argo CD's. */
  readonly isLent: boolean
}

/** What finding the way into git needs. */
export interface GitAccessParts {
  readonly repositories: Pick<GitRepositories, 'tip'>
  readonly secrets: SecretStore
  readonly settings: Pick<ConfigMapStore, 'get'>
  readonly projectOf: (application: Application) => Project | undefined
  readonly argocdNamespace: string
  readonly log: Logger
}

/** How old an answer may be (ms since the epoch), and which push branch is looked for beside the branch. */
export interface LookOptions {
  readonly notBefore: number
  readonly beside?: string | undefined
}

/** Finds credential, branch and tip for a write to a file. Throws ReconcileError. */
export type FindSpot = (linked: LinkedTarget, file: GitFile, options: LookOptions) => Promise<GitSpot>

interface Way extends Omit<GitAccess, 'url' | 'credentialId'> {
  /** The credential is lent for the remote's HEAD only. */
  readonly onlyHead: boolean
}

/** Makes the finder of ways into git: by the policy's Secret, else by what Argo CD lends. */
export function createGitAccess(parts: GitAccessParts): FindSpot {
  const warned = new Set<string>()

  function warnOnce(url: string): void {
    if (!warned.has(url))
      parts.log.warn('the git server is not verified, as Argo CD’s Secret says', { repository: url })
    warned.add(url)
  }

  return async (linked, { repository, path, revision }, options) => {
    const address = addressOf({ url: repository })
    const url = publicUrl(address, repository)
    const wanted = { url, path, address, branch: revision || 'HEAD' }
    const { onlyHead, ...way } = await wayTo(linked, wanted, parts)
    const access: GitAccess = { url, ...way, credentialId: idOf(way) }
    if (way.insecure) warnOnce(url)
    const requested = revision?.replace(/^refs\/heads\//, '')
    const tip = await parts.repositories.tip(access, requested, options)
    const head = await headOf(access, { options, repositories: parts.repositories })
    if (onlyHead && head !== tip.branch) throw notOwnBranch(tip.branch)
    return { access, ...tip, head, isLent: linked.spec.writeBack.git?.secretName === undefined }
  }
}

interface Wanted {
  readonly url: string
  readonly path: string
  readonly address: GitAddress
  readonly branch: string
}

async function wayTo(linked: LinkedTarget, wanted: Wanted, parts: GitAccessParts): Promise<Way> {
  const { git } = linked.spec.writeBack
  if (git?.secretName !== undefined) return await ownWay(linked.policy.namespace, git.secretName, { wanted, parts })
  return borrowedWay(linked, wanted, parts)
}

/** By the policy's own Secret. */
async function ownWay(
  namespace: string,
  name: string,
  { wanted, parts }: { wanted: Wanted; parts: GitAccessParts },
): Promise<Way> {
  const secret = await parts.secrets.get(namespace, name)
  if (secret === undefined) {
    const message = `Secret ${namespace}/${name} of spec.writeBack.git.secretRef was not found`
    throw new ReconcileError(reasons.secretNotFound, message, { retry: atInterval })
  }
  const at = { url: wanted.url, transport: wanted.address.kind }
  const { knownHosts, ...credentials } = valueOf(secretRefCredentials(secret, at), reasons.gitAuthFailed)
  const trust =
    knownHosts === undefined
      ? trustOf(wanted, credentials, parts)
      : { knownHosts: { text: knownHosts, from: `Secret ${namespace}/${name}` } }
  return { ...reachOf(wanted, credentials), ...trust, onlyHead: false }
}

/** By what Argo CD lends. */
function borrowedWay({ policy, application }: LinkedTarget, wanted: Wanted, parts: GitAccessParts): Way {
  const { secrets, projectOf, argocdNamespace } = parts
  const { url, path, address, branch } = wanted
  const loan = lend(
    {
      url,
      path,
      branch,
      application,
      project: projectOf(application),
      argocdNamespace,
      policyNamespace: policy.namespace,
    },
    secrets.listRepositorySecrets(),
  )
  if (loan.kind === 'refused' || (loan.kind === 'none' && address.kind === 'ssh'))
    throw new ReconcileError(reasons.gitAuthFailed, loan.message, { retry: atInterval })
  const lent = loan.kind === 'lent' ? credentialsIn(loan.secret, address) : noCredentials
  const own = loan.own === undefined ? noCredentials : credentialsIn(loan.own, address)
  const { insecure } = loan
  return {
    ...reachOf(wanted, { ...lent, insecure, proxy: lent.proxy ?? own.proxy }),
    ...trustOf(wanted, loan, parts),
    onlyHead: loan.kind === 'lent' && loan.onlyIfRemoteHead,
  }
}

const noCredentials = { credential: undefined, insecure: false, clientCertificate: undefined, proxy: undefined }

function credentialsIn(secret: SecretContent, { kind }: GitAddress): GitCredentials {
  return valueOf(gitCredentials(secret, kind), reasons.gitAuthFailed)
}

type Reach = Pick<GitAccess, 'credential' | 'insecure' | 'clientCertificate' | 'proxy'>

/** What is shown to the server, and by which way. */
function reachOf({ address }: Wanted, credentials: GitCredentials): Reach {
  const { credential, insecure, clientCertificate, proxy } = credentials
  if (address.kind === 'ssh') return { credential, insecure }
  const { hostname, port, protocol } = new URL(address.url)
  const isDirect =
    proxy === undefined || isWithoutProxy(proxy.noProxy, hostname, Number(port) || (protocol === 'http:' ? 80 : 443))
  return { credential, insecure, clientCertificate, proxy: isDirect ? undefined : proxy.url }
}

/** By what the server is known: as Argo CD knows it. */
function trustOf(
  { address }: Wanted,
  { insecure }: { insecure: boolean },
  { settings, argocdNamespace }: GitAccessParts,
): Pick<GitAccess, 'authorities' | 'knownHosts'> {
  if (insecure) return {}
  if (address.kind === 'ssh') {
    const text = settings.get(knownHostsConfigMap)?.['ssh_known_hosts'] ?? ''
    return { knownHosts: { text, from: `ConfigMap ${argocdNamespace}/${knownHostsConfigMap}` } }
  }
  const { hostname } = new URL(address.url)
  // What can't be read vouches for nobody: then the server is verified by what the system trusts.
  return { authorities: orUndefined(() => settings.get(tlsCertsConfigMap)?.[hostname]) }
}

/** Costs no request: whoever tells of a branch tells of HEAD. Undefined: it names none. */
async function headOf(
  access: GitAccess,
  { options, repositories }: { options: { notBefore: number }; repositories: Pick<GitRepositories, 'tip'> },
): Promise<string | undefined> {
  return await repositories.tip(access, undefined, options).then(
    ({ branch }) => branch,
    (error: unknown) => {
      if (error instanceof ReconcileError) return undefined
      throw error
    },
  )
}

function notOwnBranch(branch: string): ReconcileError {
  const message = `Argo CD’s credentials are not lent: branch ${branch} is not the source’s own; set writeBack.git.secretRef`
  return new ReconcileError(reasons.gitAuthFailed, message, { retry: atInterval })
}

function valueOf<T>(read: Parsed<T>, reason: ReconcileError['reason']): T {
  if (read.ok) return read.value
  throw new ReconcileError(reason, read.fault, { retry: atInterval })
}

/** Tells apart without showing it who asks, and by which way. */
function idOf({ credential, clientCertificate, proxy }: Reach): string {
  const all = [credential, clientCertificate, proxy]
  if (all.every((each) => each === undefined)) return ''
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16)
}
