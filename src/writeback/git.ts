import { reasons } from '../api/conditions.ts'
import type { Application, Project } from '../core/application.ts'
import type { Change } from '../core/change.ts'
import { parseTrailers } from '../core/commit-message.ts'
import { fileClaims, type ClaimKey } from '../core/conflicts.ts'
import { gitRepositoryKey } from '../core/git-url.ts'
import { placeHash } from '../core/memory.ts'
import { refreshModeFor } from '../core/refresh.ts'
import { overrideEdit, overrideReads, readOverride, type OverrideWish } from '../core/targets/override-file.ts'
import { overridePlace, type OverridePlace } from '../core/targets/override-place.ts'
import { namesOf } from '../core/targets/values.ts'
import type { Parsed } from '../core/result.ts'
import { ReconcileError } from '../errors.ts'
import { requestedBranch } from '../git/branch-name.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { ConfigMapStore } from '../kubernetes/config-maps.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { Logger } from '../log.ts'
import { createStyleFinder, type FindStyle } from './commit-style.ts'
import { createGitAccess, type GitSpot } from './git-access.ts'
import type { LinkedTarget, Place, WriteBackMethod, Written } from './place.ts'

/** What method `git` is made of. */
export interface GitMethodParts {
  readonly repositories: GitRepositories
  readonly secrets: SecretStore
  readonly settings: Pick<ConfigMapStore, 'get'>
  readonly applications: Pick<ApplicationStore, 'requestRefresh'>
  readonly projectOf: (application: Application) => Project | undefined
  readonly argocdNamespace: string
  readonly log: Logger
}

/** How many commits back history is searched for a write of ours. */
const searchedCommits = 50

/** Method `git`: the choice is committed into the override file beside the Application's manifests. */
export function createGitMethod(parts: GitMethodParts): WriteBackMethod {
  const findSpot = createGitAccess(parts)
  const styleOf = createStyleFinder(parts.secrets)
  const heads = new Map<string, string>()
  const claimsOn = (linked: LinkedTarget, branch: string): readonly ClaimKey[] => {
    const place = overrideOf(linked, parts.argocdNamespace)
    if (!place.ok) return []
    return fileClaims({ repository: repositoryOf(linked), branch, path: place.value.path }, namesOf(linked.target))
  }
  return {
    claims: (linked) => claimsOn(linked, branchOf(linked)),
    aliases: (linked) => {
      const head = heads.get(gitRepositoryKey(repositoryOf(linked)))
      const branch = branchOf(linked)
      if (head === undefined) return []
      return branch === 'HEAD' ? claimsOn(linked, head) : branch === head ? claimsOn(linked, 'HEAD') : []
    },
    observe: async (linked, { notBefore }) => {
      const place = overrideOf(linked, parts.argocdNamespace)
      if (!place.ok) throw new ReconcileError(reasons.targetUnsupported, place.fault, { retry: { kind: 'interval' } })
      const spot = await findSpot(linked, place.value.path, { notBefore })
      if (spot.head !== undefined) heads.set(gitRepositoryKey(repositoryOf(linked)), spot.head)
      return await placeAt(linked, { place: place.value, spot, parts: { ...parts, styleOf } })
    },
  }
}

function repositoryOf({ spec, chosen }: LinkedTarget): string {
  return spec.writeBack.git?.repository ?? chosen.source.repoURL
}

/** As it is asked for: a short name, or HEAD. */
function branchOf({ spec, chosen }: LinkedTarget): string {
  return requestedBranch(spec.writeBack.git?.branch ?? chosen.source.targetRevision) ?? 'HEAD'
}

interface At {
  readonly place: OverridePlace
  readonly spot: GitSpot
  readonly parts: GitMethodParts & { readonly styleOf: FindStyle }
}

async function placeAt(linked: LinkedTarget, at: At): Promise<Place> {
  const { place, spot, parts } = at
  const { repositories } = parts
  const state = readOverride(place, await repositories.read(spot.access, spot.tip, overrideReads(place)))
  if (state.kind === 'failed') throw state.error
  const { value } = state
  return {
    desired: state,
    where: placeHash([linked.application.uid, linked.chosen.tool, spot.access.url, spot.branch, place.path]),
    seenAt: `${spot.branch} at ${spot.tip}`,
    write: (from, to) => submit(linked, at, { from, to, wish: { to, decidedUpon: state } }),
    repair: () => submit(linked, at, { from: value, to: value ?? '', wish: undefined }),
    wroteBefore: async (to, since) => {
      const messages = await repositories.recentMessages(spot.access, spot.tip, searchedCommits)
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
  readonly wish: OverrideWish | undefined
}

async function submit(linked: LinkedTarget, { place, spot, parts }: At, { from, to, wish }: Order): Promise<Written> {
  const { spec, application } = linked
  const change: Change = {
    policy: place.policy,
    application: { namespace: application.namespace, name: application.name },
    image: spec.image.written,
    from,
    to,
    carried: [],
    isRepair: wish === undefined,
  }
  const message = spec.writeBack.git?.commit.message
  const style = await parts.styleOf(linked)
  const result = await parts.repositories.submit(spot.access, spot.branch, {
    edit: overrideEdit(place, wish),
    change,
    message,
    style,
  })
  if (result.kind === 'refused')
    throw new ReconcileError(result.reason, result.message, { retry: { kind: 'interval' } })
  if (result.kind !== 'pushed') return result
  if (spec.writeBack.refresh) await refresh(application, place.path, parts)
  return { kind: 'written', from, to, revision: result.revision }
}

/** The write is done: that Argo CD was not asked to look at once only makes it slower. */
async function refresh(application: Application, path: string, { applications, log }: GitMethodParts): Promise<void> {
  const mode = refreshModeFor(application, [path])
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

function overrideOf(
  { application, chosen, target, policy }: LinkedTarget,
  argocdNamespace: string,
): Parsed<OverridePlace> {
  return overridePlace(application, chosen, target, { policy: `${policy.namespace}/${policy.name}`, argocdNamespace })
}
