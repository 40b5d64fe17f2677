import type { Application, Project } from '../core/applications/application.ts'
import { fileClaims, type ClaimKey } from '../core/applications/conflicts.ts'
import { gitRepositoryKey } from '../core/git/git-url.ts'
import { unreadable } from '../core/targets/file-state.ts'
import type { FileWork } from '../core/targets/file-work.ts'
import { namesOf } from '../core/targets/values.ts'
import { requestedBranch } from '../git/branch-name.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { ConfigMapStore } from '../kubernetes/config-maps.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { Logger } from '../log.ts'
import { createStyleFinder } from './commit-style.ts'
import { createGitAccess, type LookOptions } from './git-access.ts'
import type { GitFile } from './git-file.ts'
import { placeAt, type FoundPlace } from './git-place.ts'
import type { Found, GitTarget, Look } from './git-target.ts'
import type { LinkedTarget, WriteBackMethod } from './place.ts'
import { lookBeside } from './push-branch.ts'
import { createRefresher } from './refresher.ts'
import { pushBranchOf, renderedPushBranch } from './targets/rendered-path.ts'
import { createTargets } from './targets/index.ts'

/** What method `git` is made of. */
export interface GitMethodParts {
  readonly repositories: GitRepositories
  readonly secrets: SecretStore
  readonly settings: Pick<ConfigMapStore, 'get'>
  readonly applications: Pick<ApplicationStore, 'get' | 'requestRefresh'>
  readonly projectOf: (application: Application) => Project | undefined
  readonly argocdNamespace: string
  readonly log: Logger
  /** Reads and edits what stands in files. */
  readonly work: FileWork
}

/** Method `git`: the choice is committed to the source's repository, in the way that `writeBack.git.target` says. */
export function createGitMethod(parts: GitMethodParts): WriteBackMethod {
  const findSpot = createGitAccess(parts)
  const placeParts = { ...parts, styleOf: createStyleFinder(parts.secrets), refresh: createRefresher(parts) }
  const heads = new Map<string, string>()
  const targetFor = createTargets(parts)
  /** The same branch by its other name, as far as that has been seen: HEAD is one of the branches. */
  const otherName = (file: GitFile): string | undefined => {
    const head = heads.get(gitRepositoryKey(file.repository))
    const branch = branchName(file)
    return branch === 'HEAD' ? head : branch === head ? 'HEAD' : undefined
  }
  const lookFor = (linked: LinkedTarget, options: LookOptions): Look => ({
    spot: async (file) => {
      const spot = await findSpot(linked, file, options)
      if (spot.head !== undefined) heads.set(gitRepositoryKey(file.repository), spot.head)
      return spot
    },
    list: (spot, path) => parts.repositories.list(spot.access, spot.tip, path),
    texts: (spot, paths) => parts.repositories.read(spot.access, spot.tip, paths, spot.branch),
  })
  return {
    claims: (linked) => targetFor(linked).claims(linked, claimedBranch(linked, branchName)),
    aliases: (linked) => targetFor(linked).claims(linked, claimedBranch(linked, otherName)),
    possible: (linked) =>
      [branchName, otherName].flatMap(
        (nameIn) => targetFor(linked).possible?.(linked, claimedBranch(linked, nameIn)) ?? [],
      ),
    observe: async (known, { notBefore }) => {
      const linked = asItIs(known, parts)
      const push = pushBranchOf(linked)
      const look = lookFor(linked, { notBefore, beside: push })
      const place = await lookAround(push, linked, look, { target: targetFor(linked), parts })
      const branches = [branchName, otherName].map((nameIn) => claimedBranch(linked, nameIn)(place.found.file))
      const claims = [...new Set(branches)].flatMap((branch) => claimsAt(linked, place, branch))
      return placeAt(linked, place, { claims, parts: placeParts })
    },
  }
}

/** The branch that is written to: what two policies push to different branches is for people to choose from. */
function claimedBranch(
  linked: LinkedTarget,
  nameIn: (file: GitFile) => string | undefined,
): (file: GitFile) => string | undefined {
  if (linked.spec.writeBack.git?.pushBranch === undefined) return nameIn
  const push = renderedPushBranch(linked)
  return () => (push.ok ? push.value : undefined)
}

async function lookAround(
  push: string | undefined,
  linked: LinkedTarget,
  look: Look,
  { target, parts }: { target: GitTarget; parts: GitMethodParts },
): Promise<FoundPlace> {
  const base = await target.find(linked, look)
  const { state } = base
  if (state.kind === 'failed') throw unreadable(state)
  const found = { ...base, state }
  if (push === undefined) return { found, beside: undefined }
  return { found, beside: await lookBeside(push, linked, found, { target, look, repositories: parts.repositories }) }
}

function claimsAt(
  linked: LinkedTarget,
  { found, beside }: FoundPlace,
  branch: string | undefined,
): readonly ClaimKey[] {
  if (branch === undefined) return []
  const written = [found, beside?.found].flatMap((one) => (one === undefined ? [] : writtenBy(linked, one)))
  return [...new Set(written.flatMap(({ path, names }) => fileClaims({ ...found.file, branch, path }, names)))]
}

/** The names in files that are the policy's. */
function writtenBy(linked: LinkedTarget, { paths, written }: Found) {
  if (written !== undefined) return written.map(({ path, name }) => ({ path, names: [name] }))
  return paths.map((path) => ({ path, names: namesOf(linked.target) }))
}

/** A change of annotations or destination makes nobody look, but a path may be made of them: what they are now counts. */
function asItIs(linked: LinkedTarget, { applications }: GitMethodParts): LinkedTarget {
  const { namespace, name } = linked.application
  const { annotations, destinationNamespace } = applications.get(namespace, name) ?? linked.application
  return { ...linked, application: { ...linked.application, annotations, destinationNamespace } }
}

/** As it is asked for: a short name, or HEAD. */
function branchName({ revision }: GitFile): string {
  return requestedBranch(revision) ?? 'HEAD'
}
