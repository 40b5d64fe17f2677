import { parseTrailers } from '../../core/git/commit-message.ts'
import type { BranchMark } from '../../core/git/branch-mark.ts'
import { linkKey } from '../../core/memory.ts'
import { otherBaseFault, searchedForMerge } from '../../core/git/push-branch.ts'
import type { Standing } from '../../core/git/standing.ts'
import { fault, parsed, type Parsed } from '../../core/result.ts'
import type { LaneBranches } from '../access.ts'
import type { ObjectSource } from '../objects/object-source.ts'
import type { LaneEdit } from './plan-commits.ts'
import { changedPaths, differAt } from '../objects/tree-changes.ts'

/** The tips of a lane's branches at one moment; `head` is that of the branch which is pushed to (undefined: it is not there). */
export interface Tips {
  readonly base: string
  readonly head: string | undefined
}

/** On what the commits of a round stand. */
export interface Ground {
  /** The commit that they follow. */
  readonly on: string
  /** What the branch must be at when they are pushed; undefined: it must not be there. */
  readonly expected: string | undefined
  /** A push branch begins (anew) at its base: what was decided upon there counts. */
  readonly anew: boolean
  /** Commits are taken off the branch by that: none of them is the base's own yet. */
  readonly rewrites: boolean
  readonly mark: Omit<BranchMark, 'seal'> | undefined
  /** The branch is there, and was not begun by us. */
  readonly isTheirs: boolean
  /** The messages of commits of ours that are no longer on the branch then. */
  readonly dropped: readonly string[]
}

/** What finding the ground needs. `onTop`: the branch is not to be rewritten. */
export interface GroundParts {
  readonly lane: LaneBranches
  readonly edits: readonly LaneEdit[]
  readonly onTop: boolean
  readonly source: ObjectSource
  readonly standing: Standing
}

/** The ground of a lane that pushes to the branch itself, or to one that is not there yet. */
export function plainGround({ base, head }: Tips, lane: LaneBranches): Ground {
  const plain = { on: base, expected: head, rewrites: false, isTheirs: false, dropped: [] }
  if (lane.push === undefined) return { ...plain, anew: false, mark: undefined }
  return { ...plain, anew: true, mark: markOf(lane, base) }
}

/**
 * The ground of commits to a push branch that is there. It begins anew at its base where that takes nothing from anybody:
 * - everything on it has been merged; or
 * - all of it is ours, and this round writes all that it holds; or
 * - all of it is ours, and the base has changed the same files since, so that it could no longer be merged.
 *
 * Otherwise commits go on top, unless the branch waits to be merged into another base: that is a fault, for the files of
 * that base would come along.
 */
export async function groundOn(tips: Tips & { readonly head: string }, parts: GroundParts): Promise<Parsed<Ground>> {
  const { lane, standing, onTop, source } = parts
  const { fork, messages } = standing
  const { base, head } = tips
  const isTheirs = !standing.begunByUs
  const anew = { ...plainGround(tips, lane), isTheirs, dropped: messages }
  if (await isIn(base, head, source)) return parsed(anew)
  const theirs = standing.base ?? lane.base
  if (theirs !== lane.base) return fault(otherBaseFault(lane.push ?? '', { base: lane.base, theirs }))
  const isFree = fork !== undefined && fork !== base && !onTop
  if (isFree && (isAllWritten(parts) || (await isOvertaken({ fork, base, head }, parts))))
    return parsed({ ...anew, rewrites: true })
  return parsed({ ...anew, on: head, anew: false, mark: markOf(lane, fork), dropped: [] })
}

function markOf({ base, push }: LaneBranches, fork: string | undefined): Ground['mark'] {
  return push === undefined ? undefined : { branch: push, base, fork }
}

/** Whether a commit is one of the base's own by now: a branch that ends there has nothing to be merged. */
async function isIn(base: string, commit: string, source: ObjectSource): Promise<boolean> {
  if (base === commit) return true
  return (await source.history(base, searchedForMerge)).some(({ oid }) => oid === commit)
}

/** Whether the branch has nothing that the round does not write anyway. */
function isAllWritten({ edits, standing: { messages } }: GroundParts): boolean {
  const written = writtenBy(edits)
  return messages.flatMap(parseTrailers).every((trailer) => written.has(keyOf(trailer)))
}

/** Whether the base has changed, since the branch began, what the branch changes or is about to. */
async function isOvertaken(
  { fork, base, head }: { fork: string; base: string; head: string },
  { edits, source }: GroundParts,
): Promise<boolean> {
  const [began, now, ours] = [await source.commit(fork), await source.commit(base), await source.commit(head)]
  const paths = edits.flatMap(({ edit }) => [edit.path, ...edit.reads])
  const changed = await changedPaths(source, began.tree, ours.tree)
  return await differAt(source, [began.tree, now.tree], [...new Set([...paths, ...changed])])
}

/** A repair writes no choice. */
function writtenBy(edits: readonly LaneEdit[]): ReadonlySet<string> {
  return new Set(edits.flatMap(({ change }) => (change.isRepair === true ? [] : [keyOf(change)])))
}

/** A policy's write to a source of an Application, as a trailer tells it. */
function keyOf({ policy, application }: Pick<LaneEdit['change'], 'policy' | 'application'>): string {
  return `${policy} ${linkKey(application)}`
}

/** Policies, as `namespace/name`, with something among dropped commits that this round does not write again. */
export function policiesDropped({ dropped }: Ground, edits: readonly LaneEdit[]): readonly string[] {
  const written = writtenBy(edits)
  const lost = dropped.flatMap(parseTrailers).filter((trailer) => !written.has(keyOf(trailer)))
  return [...new Set(lost.map(({ policy }) => policy))]
}
