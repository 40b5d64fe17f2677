import type { Application, ApplicationSource, Project } from '../applications/application.ts'
import { matchesArgocdGlob } from '../applications/argocd-glob.ts'
import { holdsCredential, isInsecure, secretTypeLabel, textIn, type SecretContent } from './git-credential.ts'
import { isUnderGitUrl, normaliseGitUrl, sameGitUrl } from './git-url.ts'
import { sourceFolder } from '../targets/override-place.ts'
import { isValueFile, namedValueFiles } from '../targets/value-file.ts'
import { admitsNamespace } from '../applications/tenancy.ts'

/** For what Argo CD's own credentials would be used. */
export interface LoanRequest {
  readonly url: string
  /** The file to be written, from the repository's root. */
  readonly path: string
  /** Where it is to be written; undefined: on the source's own. */
  readonly branch: string | undefined
  readonly application: Application
  /** The Application's AppProject. */
  readonly project: Project | undefined
  readonly policyNamespace: string
  readonly argocdNamespace: string
}

/**
 * A Secret that may be used (with `onlyIfRemoteHead` only if the branch asked for proves to be the remote's HEAD); none
 * that would fit, which `message` says; or a refusal with its sentence. `insecure`: Argo CD verifies neither this
 * repository's certificate nor its host key. `own`: the Secret of this very repository, perhaps without a credential.
 */
export type Loan =
  | {
      readonly kind: 'lent'
      readonly secret: SecretContent
      readonly onlyIfRemoteHead: boolean
      readonly insecure: boolean
      readonly own: SecretContent | undefined
    }
  | {
      readonly kind: 'none'
      readonly message: string
      readonly insecure: boolean
      readonly own: SecretContent | undefined
    }
  | { readonly kind: 'refused'; readonly message: string }

/**
 * Chooses which of Argo CD's repository Secrets may be lent to a policy (docs/security.md, "Credentials for git"): only for what
 * Argo CD itself does for the linked Application, so that nobody reaches by a policy what the AppProject keeps from them.
 */
export function lend(request: LoanRequest, secrets: readonly SecretContent[]): Loan {
  const { url, application, project, policyNamespace, argocdNamespace } = request
  const objection = objectionTo(request)
  if (objection !== undefined)
    return { kind: 'refused', message: `Argo CD’s credentials are not lent: ${objection}; set writeBack.git.secretRef` }
  const isOutside = policyNamespace !== argocdNamespace
  const usable = secrets
    .filter(({ namespace }) => namespace === argocdNamespace)
    .filter((secret) => isForGit(secret) && isForProject(secret, application.project))
  const lendable = isOutside ? usable.filter((secret) => textIn(secret, 'project') === project?.name) : usable
  const secret = choose(lendable.filter(holdsCredential), url)
  // The repository's own Secret decides on this also where the credential comes from another.
  const own = exact(ofType(lendable, 'repository'), url)
  const insecure = [secret, own].some(isInsecure)
  if (secret !== undefined) return { kind: 'lent', secret, onlyIfRemoteHead: isHeadToProve(request), insecure, own }
  if (choose(usable.filter(holdsCredential), url) === undefined) {
    const message = 'Argo CD has no credentials for this repository; set writeBack.git.secretRef'
    return { kind: 'none', message, insecure, own }
  }
  return {
    kind: 'refused',
    message: `Argo CD’s credentials are not lent: a policy outside namespace ${argocdNamespace} gets only Secrets with project ${application.project}; set writeBack.git.secretRef`,
  }
}

/** Whether an AppProject admits a git repository: some entry of `sourceRepos` does, and no entry with `!` denies it. */
export function admitsRepository({ sourceRepos }: Project, url: string): boolean {
  const normalised = normaliseGitUrl(url)
  const matches = (glob: string) => glob === '*' || matchesArgocdGlob(normaliseGitUrl(glob), normalised, '/')
  const isDenial = (glob: string) => glob.startsWith('!')
  // Argo CD escapes braces before it matches, so that such an entry admits nothing.
  return (
    sourceRepos.some((glob) => !isDenial(glob) && !/[{}]/.test(glob) && matches(glob)) &&
    !sourceRepos.some((glob) => isDenial(glob) && matches(glob.slice(1)))
  )
}

function objectionTo(request: LoanRequest): string | undefined {
  const { url, path, application, project, argocdNamespace } = request
  const sources = application.sources.filter((source) => (source.chart ?? '') === '' && sameGitUrl(source.repoURL, url))
  if (sources.length === 0) return 'the repository is not that of a source of the Application'
  if (project === undefined) return `AppProject ${application.project} was not found`
  // Argo CD leaves such an Application alone, and whoever made it may have written its status too.
  if (application.namespace !== argocdNamespace && !admitsNamespace(project, application.namespace))
    return `AppProject ${project.name} does not admit Applications of namespace ${application.namespace}`
  if (!admitsRepository(project, url)) return `AppProject ${project.name} does not admit the repository`
  const above = sources.filter((source) => covers(source, request))
  if (above.length === 0) return `${path} is not under the source’s path, nor named in its helm.valueFiles`
  if (!above.some((source) => isOwnBranch(request, source) || isHead(source)))
    return `branch ${request.branch ?? ''} is not the source’s own`
  return undefined
}

/** Whether a file is the source's: under its path, or one that a source of the Application reads as values. */
function covers(source: ApplicationSource, { path, application, argocdNamespace }: LoanRequest): boolean {
  if (isInFolder(path, source)) return true
  const named = application.sources.flatMap((reader) => namedValueFiles(reader, application, argocdNamespace))
  return named.some((file) => file.holder === source && isValueFile(file, path))
}

function isInFolder(path: string, source: ApplicationSource): boolean {
  const folder = sourceFolder(source)
  return folder.ok && path.startsWith(folder.value) && !path.split('/').includes('..')
}

function isOwnBranch({ branch }: LoanRequest, { targetRevision }: ApplicationSource): boolean {
  return branch === undefined || branchName(branch) === branchName(targetRevision)
}

/** Which branch the source follows can be told only by asking the remote. */
function isHead({ targetRevision }: ApplicationSource): boolean {
  return branchName(targetRevision) === 'HEAD'
}

function isHeadToProve(request: LoanRequest): boolean {
  const { application, url } = request
  const above = application.sources.filter((source) => sameGitUrl(source.repoURL, url) && covers(source, request))
  return !above.some((source) => isOwnBranch(request, source))
}

function branchName(revision = ''): string {
  return revision === '' ? 'HEAD' : revision.replace(/^refs\/heads\//, '')
}

function isForGit(secret: SecretContent): boolean {
  return ['', 'git'].includes((textIn(secret, 'type') ?? '').toLowerCase())
}

function isForProject(secret: SecretContent, project: string): boolean {
  return ['', project].includes(textIn(secret, 'project') ?? '?')
}

/** As Argo CD looks for them, those that are meant for writing first. */
function choose(secrets: readonly SecretContent[], url: string): SecretContent | undefined {
  return (
    exact(ofType(secrets, 'repository-write'), url) ??
    longestPrefix(ofType(secrets, 'repo-write-creds'), url) ??
    exact(ofType(secrets, 'repository'), url) ??
    longestPrefix(ofType(secrets, 'repo-creds'), url)
  )
}

function ofType(secrets: readonly SecretContent[], type: string): readonly SecretContent[] {
  return secrets.filter(({ labels }) => labels[secretTypeLabel] === type)
}

/** A Secret of the Application's project goes before one of no project. */
function exact(secrets: readonly SecretContent[], url: string): SecretContent | undefined {
  const same = secrets.filter((secret) => sameGitUrl(textIn(secret, 'url') ?? '', url))
  return same.find((secret) => textIn(secret, 'project') !== '') ?? same[0]
}

function longestPrefix(secrets: readonly SecretContent[], url: string): SecretContent | undefined {
  const lengthOf = (secret: SecretContent) => (textIn(secret, 'url') ?? '').trim().length
  return secrets
    .filter((secret) => isUnderGitUrl(url, textIn(secret, 'url') ?? ''))
    .toSorted((a, b) => lengthOf(b) - lengthOf(a))[0]
}
