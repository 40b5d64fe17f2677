import type { GitTargetName } from '../api/v1alpha1.ts'
import type { Application, Project } from '../core/applications/application.ts'
import type { Change } from '../core/change.ts'
import type { Origin } from '../core/choosing/origin.ts'
import { parseTrailers } from '../core/git/commit-message.ts'
import { fileClaims, type ClaimKey } from '../core/applications/conflicts.ts'
import { gitRepositoryKey, sameGitUrl } from '../core/git/git-url.ts'
import { placeHash } from '../core/memory.ts'
import { refreshModeFor } from '../core/applications/refresh.ts'
import type { FileWish } from '../core/targets/file-state.ts'
import { namesOf } from '../core/targets/values.ts'
import { ReconcileError } from '../errors.ts'
import { requestedBranch } from '../git/branch-name.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { ConfigMapStore } from '../kubernetes/config-maps.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { Logger } from '../log.ts'
import { createStyleFinder, type FindStyle } from './commit-style.ts'
import { createGitAccess } from './git-access.ts'
import type { GitFile } from './git-file.ts'
import type { Found, GitTarget, Look } from './git-target.ts'
import type { LinkedTarget, Place, WriteBackMethod, Written } from './place.ts'
import { createHelmValuesTarget } from './targets/helm-values.ts'
import { createKustomizationTarget } from './targets/kustomization.ts'
import { createManifestsTarget } from './targets/manifests.ts'
import { createOverrideTarget } from './targets/override.ts'

/** What method `git` is made of. */
export interface GitMethodParts {
  readonly repositories: GitRepositories
  readonly secrets: SecretStore
  readonly settings: Pick<ConfigMapStore, 'get'>
  readonly applications: Pick<ApplicationStore, 'get' | 'requestRefresh'>
  readonly projectOf: (application: Application) => Project | undefined
  readonly argocdNamespace: string
  readonly log: Logger
}

/** How many commits back history is searched for a write of ours. */
const searchedCommits = 50

/** Method `git`: the choice is committed to the source's repository, in the way that `writeBack.git.target` says. */
export function createGitMethod(parts: GitMethodParts): WriteBackMethod {
  const findSpot = createGitAccess(parts)
  const styleOf = createStyleFinder(parts.secrets)
  const heads = new Map<string, string>()
  const targets: Readonly<Record<GitTargetName, GitTarget>> = {
    override: createOverrideTarget(parts.argocdNamespace),
    helmValues: createHelmValuesTarget(parts.argocdNamespace),
    kustomization: createKustomizationTarget(parts.argocdNamespace),
    manifests: createManifestsTarget(),
  }
  /** The same branch by its other name, as far as that has been seen: HEAD is one of the branches. */
  const otherName = (file: GitFile): string | undefined => {
    const head = heads.get(gitRepositoryKey(file.repository))
    const branch = branchName(file)
    return branch === 'HEAD' ? head : branch === head ? 'HEAD' : undefined
  }
  const lookFor = (linked: LinkedTarget, notBefore: number): Look => ({
    spot: async (file) => {
      const spot = await findSpot(linked, file, { notBefore })
      if (spot.head !== undefined) heads.set(gitRepositoryKey(file.repository), spot.head)
      return spot
    },
    list: (spot, path) => parts.repositories.list(spot.access, spot.tip, path),
    texts: (spot, paths) => parts.repositories.read(spot.access, spot.tip, paths),
  })
  return {
    claims: (linked) => targets[targetName(linked)].claims(linked, branchName),
    aliases: (linked) => targets[targetName(linked)].claims(linked, otherName),
    observe: async (known, { notBefore }) => {
      const linked = asItIs(known, parts)
      const found = await targets[targetName(linked)].find(linked, lookFor(linked, notBefore))
      const branches = [branchName(found.file), otherName(found.file)].filter((branch) => branch !== undefined)
      const names = namesOf(linked.target)
      const claims = branches.flatMap((branch) =>
        found.paths.flatMap((path) => fileClaims({ ...found.file, branch, path }, names)),
      )
      return placeAt(linked, found, { claims, parts: { ...parts, styleOf } })
    },
  }
}

/** A change of annotations or destination makes nobody look, but a path may be made of them: what they are now counts. */
function asItIs(linked: LinkedTarget, { applications }: GitMethodParts): LinkedTarget {
  const { namespace, name } = linked.application
  const { annotations, destinationNamespace } = applications.get(namespace, name) ?? linked.application
  return { ...linked, application: { ...linked.application, annotations, destinationNamespace } }
}

function targetName({ spec }: LinkedTarget): GitTargetName {
  return spec.writeBack.git?.target ?? 'override'
}

/** As it is asked for: a short name, or HEAD. */
function branchName({ revision }: GitFile): string {
  return requestedBranch(revision) ?? 'HEAD'
}

interface At {
  readonly claims: readonly ClaimKey[]
  readonly parts: GitMethodParts & { readonly styleOf: FindStyle }
}

function placeAt(linked: LinkedTarget, found: Found, { claims, parts }: At): Place {
  const { spot, state, file } = found
  if (state.kind === 'failed') throw state.error
  const { value } = state
  const target = targetName(linked)
  // What was written by override has always been told by its tool.
  const way = target === 'override' ? linked.chosen.tool : target
  return {
    desired: state,
    where: placeHash([linked.application.uid, way, spot.access.url, spot.branch, file.path]),
    claims,
    seenAt: `${spot.branch} at ${spot.tip}`,
    write: (from, to, origin) =>
      submit(linked, { found, parts }, { from, to, wish: { to, decidedUpon: state }, origin }),
    repair: () => submit(linked, { found, parts }, { from: value, to: value ?? '', wish: undefined }),
    wroteBefore: async (to, since) => {
      const messages = await parts.repositories.recentMessages(spot.access, spot.tip, searchedCommits)
      return (
        lastWritten(
          linked,
          messages.filter(({ time }) => time >= since),
        ) === to
      )
    },
  }
}

interface Order {
  readonly from: string | undefined
  readonly to: string
  readonly wish: FileWish | undefined
  readonly origin?: Origin | undefined
}

async function submit(
  linked: LinkedTarget,
  { found, parts }: { found: Found; parts: At['parts'] },
  { from, to, wish, origin }: Order,
): Promise<Written> {
  const { spec, application, policy } = linked
  const edit = found.edit(wish)
  if (edit === undefined) return { kind: 'unchanged' }
  const change: Change = {
    policy: `${policy.namespace}/${policy.name}`,
    application: { namespace: application.namespace, name: application.name },
    image: spec.image.written,
    from,
    to,
    carried: [],
    isRepair: wish === undefined,
    ...(origin === undefined ? {} : { origin }),
  }
  const { access, branch } = found.spot
  const message = spec.writeBack.git?.commit.message
  const style = await parts.styleOf(linked)
  const result = await parts.repositories.submit(access, branch, { edit, change, message, style })
  if (result.kind === 'refused')
    throw new ReconcileError(result.reason, result.message, { retry: { kind: 'interval' } })
  if (result.kind !== 'pushed') return result
  if (spec.writeBack.refresh) await refresh(application, found, parts)
  return { kind: 'written', from, to, revision: result.revision }
}

/** The write is done: that Argo CD was not asked to look at once only makes it slower. */
async function refresh(
  application: Application,
  { file: { repository }, paths }: Found,
  { applications, log }: GitMethodParts,
): Promise<void> {
  // Paths that Argo CD is to watch belong to a source's own repository and folder.
  const sources = application.sources.filter(
    (source) => sameGitUrl(source.repoURL, repository) && source.path !== undefined,
  )
  const mode = refreshModeFor({ ...application, sources }, paths)
  await applications.requestRefresh(application, mode).catch((error: unknown) => {
    const reason = error instanceof ReconcileError ? error.message : 'failed'
    log.warn('Argo CD was not asked to refresh', {
      application: `${application.namespace}/${application.name}`,
      reason,
    })
  })
}

/** What our newest commit for this policy and Application wrote, by its trailer. */
function lastWritten(
  { policy, application }: LinkedTarget,
  messages: readonly { readonly message: string }[],
): string | undefined {
  return messages
    .flatMap(({ message }) => parseTrailers(message))
    .find(
      (trailer) =>
        trailer.policy === `${policy.namespace}/${policy.name}` &&
        trailer.application.namespace === application.namespace &&
        trailer.application.name === application.name,
    )?.to
}
