import { reasons } from '../api/conditions.ts'
import { besideBase, otherBaseFault, searchedForMerge } from '../core/git/push-branch.ts'
import { sameGitUrl } from '../core/git/git-url.ts'
import type { Standing } from '../core/git/standing.ts'
import { sameValues, unreadable, type FileState } from '../core/targets/file-state.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { Tip } from '../git/shared-tips.ts'
import type { Found, GitTarget, Look } from './git-target.ts'
import type { LinkedTarget } from './place.ts'
import { noBranch } from './targets/rendered-path.ts'

/** Where a choice stands, and what is desired there. */
export type KnownFound = Found & { readonly state: Extract<FileState, { kind: 'known' }> }

/** A push branch beside its base. */
export interface BesideBase {
  readonly branch: string
  readonly isThere: boolean
  readonly isOurs: boolean
  readonly overtaken: boolean
  readonly fixed: boolean
  /** What was found on it; undefined: it is not there, or nothing of the image is to be read on it. */
  readonly found: KnownFound | undefined
}

/** By what a push branch is looked at. */
export interface BesideParts {
  readonly target: GitTarget
  readonly look: Look
  readonly repositories: Pick<GitRepositories, 'standing' | 'recentMessages'>
}

/** Looks at the push branch of what was found on its base. Throws a ReconcileError where it may not be pushed to. */
export async function lookBeside(
  branch: string,
  linked: LinkedTarget,
  base: KnownFound,
  parts: BesideParts,
): Promise<BesideBase> {
  const { spot } = base
  const name = besideBase(branch, spot.branch)
  if (!name.ok) throw noBranch(name.fault)
  const { beside } = spot
  if (beside === undefined)
    return { branch, isThere: false, isOurs: true, overtaken: false, fixed: false, found: undefined }
  const standing = await parts.repositories.standing(spot.access, beside, { base: spot.branch, push: branch })
  if (spot.isLent && !standing.begunByUs) throw notLent(branch)
  await refuseOtherBase({ ...standing, branch, tip: beside }, { linked, base, parts })
  const found = await foundAt({ branch, tip: beside }, linked, base, parts)
  return {
    branch,
    isThere: true,
    isOurs: standing.fork !== undefined,
    overtaken: await isOvertaken({ ...standing, branch }, found, { linked, base, parts }),
    fixed: standing.fixed,
    found,
  }
}

interface Seen {
  readonly linked: LinkedTarget
  readonly base: KnownFound
  readonly parts: BesideParts
}

/** What waits to be merged into another base brings that base's files; a branch that is in this one by now waits for nothing. */
async function refuseOtherBase(
  { base: theirs, branch, tip }: Pick<Standing, 'base'> & Tip,
  { base: { spot }, parts }: Seen,
): Promise<void> {
  if (theirs === undefined || theirs === spot.branch) return
  const known = await parts.repositories.recentMessages(spot.access, spot.tip, searchedForMerge)
  if (!known.some(({ oid }) => oid === tip)) throw noBranch(otherBaseFault(branch, { base: spot.branch, theirs }))
}

/** What stands at another commit of the repository. What can't be read there is for the base to tell. */
async function foundAt(
  at: Tip,
  linked: LinkedTarget,
  base: Found,
  { target, look }: BesideParts,
): Promise<KnownFound | undefined> {
  try {
    const found = await target.find(linked, lookAt(at, base, look))
    const { state } = found
    if (state.kind === 'known') return { ...found, state }
    throw unreadable(state)
  } catch (error) {
    if (error instanceof ReconcileError && error.retry.kind !== 'backoff') return undefined
    throw error
  }
}

/** The same look, but at another commit of the repository, in the course of another branch. */
function lookAt(at: Tip, { file, spot }: Found, look: Look): Look {
  return {
    ...look,
    spot: async (wanted) => {
      const found = await look.spot(wanted)
      const isHome = sameGitUrl(wanted.repository, file.repository) && found.branch === spot.branch
      return isHome ? { ...found, ...at } : found
    },
  }
}

/** Whether the base says something else than when the branch began: then a merge would meet a conflict. */
async function isOvertaken(
  { fork, branch }: Standing & { readonly branch: string },
  found: KnownFound | undefined,
  { linked, base, parts }: Seen,
): Promise<boolean> {
  const isSame = found !== undefined && sameValues(found.state.values, base.state.values)
  if (fork === undefined || fork === base.spot.tip || isSame) return false
  const began = await foundAt({ branch, tip: fork }, linked, base, parts)
  return began === undefined || !sameValues(began.state.values, base.state.values)
}

function notLent(branch: string): ReconcileError {
  const message = `Argo CD’s credentials are not lent: branch ${branch} is there and was not begun by the operator; set writeBack.git.secretRef, or delete the branch`
  return new ReconcileError(reasons.gitAuthFailed, message, { retry: atInterval })
}
