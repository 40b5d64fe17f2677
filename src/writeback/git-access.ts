import { createHash } from 'node:crypto'
import { reasons } from '../api/conditions.ts'
import type { Application, Project } from '../core/application.ts'
import { gitCredentials, secretRefCredentials, type GitCredentials } from '../core/git-credential.ts'
import { httpGitUrl } from '../core/git-url.ts'
import { lend } from '../core/lending.ts'
import type { Parsed } from '../core/result.ts'
import { ReconcileError } from '../errors.ts'
import type { GitAccess } from '../git/access.ts'
import type { GitRepositories } from '../git/repositories.ts'
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
}

/** What finding the way into git needs. */
export interface GitAccessParts {
  readonly repositories: Pick<GitRepositories, 'tip'>
  readonly secrets: SecretStore
  readonly projectOf: (application: Application) => Project | undefined
  readonly argocdNamespace: string
  readonly log: Logger
}

/** Finds credential, branch and tip for a write to a file. Throws ReconcileError. */
export type FindSpot = (linked: LinkedTarget, file: GitFile, options: { notBefore: number }) => Promise<GitSpot>

const lookAgain = { retry: { kind: 'interval' } } as const

interface Way {
  readonly credentials: GitCredentials
  readonly insecureTls: boolean
  /** The credential is lent for the remote's HEAD only. */
  readonly onlyHead: boolean
}

/** Makes the finder of ways into git: by the policy's Secret, else by what Argo CD lends. */
export function createGitAccess(parts: GitAccessParts): FindSpot {
  const warned = new Set<string>()
  return async (linked, file, options) => {
    const url = valueOf(httpGitUrl(file.repository), reasons.targetUnsupported)
    const { credentials, insecureTls, onlyHead } = await wayTo(linked, { ...file, repository: url }, parts)
    const { credential } = credentials
    const access: GitAccess = { url, credential, credentialId: idOf(credential), insecureTls }
    if (insecureTls && !warned.has(url))
      parts.log.warn('TLS is not verified, as Argo CD’s Secret says', { repository: url })
    if (insecureTls) warned.add(url)
    const requested = file.revision?.replace(/^refs\/heads\//, '')
    const tip = await parts.repositories.tip(access, requested, options)
    const head = await headOf(access, { options, repositories: parts.repositories })
    if (onlyHead && head !== tip.branch) throw notOwnBranch(tip.branch)
    return { access, ...tip, head }
  }
}

async function wayTo(
  linked: LinkedTarget,
  { repository: url, path, revision }: GitFile,
  { secrets, projectOf, argocdNamespace }: GitAccessParts,
): Promise<Way> {
  const { policy, spec, application } = linked
  const { git } = spec.writeBack
  if (git?.secretName !== undefined) {
    const credentials = await namedCredentials(policy.namespace, git.secretName, { url, secrets })
    return { credentials, insecureTls: credentials.insecureTls, onlyHead: false }
  }
  const request = {
    url,
    path,
    branch: revision || 'HEAD',
    application,
    argocdNamespace,
    policyNamespace: policy.namespace,
  }
  const loan = lend({ ...request, project: projectOf(application) }, secrets.listRepositorySecrets())
  switch (loan.kind) {
    case 'refused':
      throw new ReconcileError(reasons.gitAuthFailed, loan.message, lookAgain)
    case 'none':
      return {
        credentials: { credential: undefined, insecureTls: false },
        insecureTls: loan.insecureTls,
        onlyHead: false,
      }
    case 'lent': {
      const credentials = valueOf(gitCredentials(loan.secret), reasons.gitAuthFailed)
      return { credentials, insecureTls: loan.insecureTls, onlyHead: loan.onlyIfRemoteHead }
    }
  }
}

async function namedCredentials(
  namespace: string,
  name: string,
  { url, secrets }: { url: string; secrets: SecretStore },
): Promise<GitCredentials> {
  const secret = await secrets.get(namespace, name)
  if (secret === undefined) {
    const message = `Secret ${namespace}/${name} of spec.writeBack.git.secretRef was not found`
    throw new ReconcileError(reasons.secretNotFound, message, lookAgain)
  }
  return valueOf(secretRefCredentials(secret, url), reasons.gitAuthFailed)
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
  return new ReconcileError(reasons.gitAuthFailed, message, lookAgain)
}

function valueOf<T>(read: Parsed<T>, reason: ReconcileError['reason']): T {
  if (read.ok) return read.value
  throw new ReconcileError(reason, read.fault, lookAgain)
}

/** Tells credentials apart without showing them. */
function idOf(credential: GitCredentials['credential']): string {
  return credential === undefined
    ? ''
    : createHash('sha256').update(JSON.stringify(credential)).digest('hex').slice(0, 16)
}
