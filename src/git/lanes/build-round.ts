import { reasons } from '../../api/conditions.ts'
import type { Standing } from '../../core/git/standing.ts'
import type { CommitAuthor } from '../../core/policy.ts'
import { parsed, type Parsed } from '../../core/result.ts'
import type { LaneBranches } from '../access.ts'
import { buildCommits, type BuiltCommits } from './build-commits.ts'
import { readTexts } from '../file-text.ts'
import { groundOn, plainGround, type Ground, type Tips } from './ground.ts'
import type { WaitingEdit } from './lane.ts'
import type { ObjectSource } from '../objects/object-source.ts'
import { planCommits, type PlannedCommit } from './plan-commits.ts'

/** The commits of a round, and on what they stand. */
export interface BuiltRound extends BuiltCommits<WaitingEdit> {
  readonly ground: Ground
}

/** What building needs; `branch` is the one that is pushed to, `onTop`: it is not to be rewritten. */
export interface BuildParts {
  readonly lane: LaneBranches
  readonly branch: string
  readonly repository: string
  readonly author: CommitAuthor
  readonly onTop: boolean
  readonly now: () => number
  readonly using: <T>(work: (source: ObjectSource) => Promise<T>) => Promise<T>
  /** Whose commits stand on the push branch at this tip. */
  readonly standing: (tip: string) => Promise<Standing>
}

/** Settles what needs no commit and builds the rest; undefined: nothing is left to be pushed. */
export function buildRound(
  tips: Tips,
  edits: readonly WaitingEdit[],
  parts: BuildParts,
): Promise<BuiltRound | undefined> {
  return parts.using(async (source) => {
    const found = await groundFor(tips, edits, source, parts)
    if (found.ok) return await buildOn(found.value, { tips, edits, source }, parts)
    for (const edit of edits) edit.settle({ kind: 'refused', reason: reasons.branchUnknown, message: found.fault })
    return undefined
  })
}

interface Building {
  readonly tips: Tips
  readonly edits: readonly WaitingEdit[]
  readonly source: ObjectSource
}

async function buildOn(
  ground: Ground,
  { tips, edits, source }: Building,
  { branch, repository, author, now }: BuildParts,
): Promise<BuiltRound | undefined> {
  const valid = edits.filter((entry) => !isMoved(entry, tips, ground))
  const editOf = ({ edit, push }: WaitingEdit) => (ground.anew ? (push?.anew ?? edit) : edit)
  const { tree } = await source.commit(ground.on)
  const paths = valid.map(editOf).flatMap(({ path, reads }) => [path, ...reads])
  const texts = await readTexts(source, tree, paths)
  const plan = await planCommits(valid, texts, editOf)
  const base = { tip: ground.on, tree, texts, branch, repository, author, time: now() }
  const built = await buildCommits(plan.commits, source, { ...base, mark: ground.mark })
  const revision = ground.on
  for (const [edit, settled] of plan.settled)
    edit.settle(settled.kind === 'unchanged' ? { ...settled, revision } : settled)
  for (const edit of edits) if (isMoved(edit, tips, ground)) edit.settle({ kind: 'moved' })
  if (built.oid !== revision) return { ...built, ground }
  for (const edit of plan.commits.flatMap(editsOf)) edit.settle({ kind: 'unchanged', revision })
  return undefined
}

/** What was decided upon a push branch that somebody has taken away since, or made where nothing is lent for it, is decided anew. */
function isMoved({ push }: WaitingEdit, { head }: Tips, { isTheirs }: Ground): boolean {
  if (push === undefined) return false
  return (push.anew !== undefined && head === undefined) || (push.onlyOurs && isTheirs)
}

async function groundFor(
  tips: Tips,
  edits: readonly WaitingEdit[],
  source: ObjectSource,
  { lane, onTop, standing: standingAt }: BuildParts,
): Promise<Parsed<Ground>> {
  const { head } = tips
  if (lane.push === undefined || head === undefined) return parsed(plainGround(tips, lane))
  const standing = await standingAt(head)
  return await groundOn({ ...tips, head }, { lane, edits, onTop, source, standing })
}

/** The edits that share the fate of a commit. */
export function editsOf({ edited }: PlannedCommit<WaitingEdit>): readonly WaitingEdit[] {
  return edited.map(({ entry }) => entry)
}
