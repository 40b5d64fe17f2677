import type { CommitAuthor } from '../../core/policy.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { Standing } from '../../core/git/standing.ts'
import type { LaneBranches } from '../access.ts'
import { buildRound, editsOf, type BuiltRound as Built } from './build-round.ts'
import { beginEffort, heedOutrun, heedRefusal, type Effort } from './effort.ts'
import type { FixedTips } from './fixed-tips.ts'
import { policiesDropped, type Tips } from './ground.ts'
import type { WaitingEdit } from './lane.ts'
import type { ObjectSource } from '../objects/object-source.ts'
import type { RefusalTopic } from '../wire/push-refusal.ts'
import type { Push, PushResult } from '../wire/receive-pack.ts'

/** A lane's branches as a round of commits sees them. `repository` is their address, `name` is `host/path`. */
export interface RoundParts {
  readonly lane: LaneBranches
  readonly repository: string
  readonly name: string
  readonly author: CommitAuthor
  readonly now: () => number
  /** Draws from [0, 1). */
  readonly random: () => number
  /** The branches' tips, not older than this many ms; undefined: as they are now. */
  readonly tips: (age: number | undefined) => Promise<Tips>
  /** Whose commits stand on the push branch at this tip. */
  readonly standing: (tip: string) => Promise<Standing>
  /** What is known of branches that the server lets nobody rewrite. */
  readonly fixed: FixedTips
  /** Notes what the branch has become. */
  readonly pushed: (tip: string) => void
  /** Told of policies whose changes were not carried over when a push branch began anew. */
  readonly dropped: (policies: readonly string[]) => void
  readonly using: <T>(work: (source: ObjectSource) => Promise<T>) => Promise<T>
  readonly push: (push: Push) => Promise<PushResult>
}

/** What an attempt ended in; `done`: with the branch at `tip`; `lost`: somebody was quicker; `unknown`: nobody said whether the push arrived. */
type Attempt =
  | { readonly kind: 'done'; readonly tip: string | undefined }
  | {
      readonly kind: 'lost'
      readonly left: readonly WaitingEdit[]
      readonly built: Built
      readonly topic: RefusalTopic
    }
  | {
      readonly kind: 'unknown'
      readonly left: readonly WaitingEdit[]
      readonly built: Built
      readonly error: ReconcileError
    }
  | Refused

interface Refused {
  readonly kind: 'refused'
  readonly built: Built
  readonly words: string
  readonly topic: RefusalTopic
}

// A tip that somebody saw a moment ago will do: the push compares anyway.
const recentEnough = 1_000
const leastAttempts = 6
const longestRace = 30_000
const longestJitter = 250
const attemptsBeforeSplit = 5
// A server that takes no push but answers otherwise does not get better by trying at once.
const mostUnknown = 3
// How far back our own commit is looked for when it is not known whether a push arrived.
const rivalsAtMost = 50

/** Commits edits to a branch and pushes them, once for all of them; settles each. Never rejects. */
export function commitRound(edits: readonly WaitingEdit[], parts: RoundParts): Promise<void> {
  return commitPart(edits, parts, beginEffort(parts.now()))
}

async function commitPart(edits: readonly WaitingEdit[], parts: RoundParts, effort: Effort): Promise<void> {
  try {
    const last = await race(edits, parts, effort)
    if (last.kind === 'done') noteFixed(last, parts, effort)
    else if (last.kind === 'refused') await refuse(last, parts, effort)
    else if (last.kind === 'unknown') throw last.error
    else await loseRace(last.left, parts, effort)
  } catch (error) {
    // Those that were settled before stay as they are.
    for (const edit of edits) edit.settle({ kind: 'failed', error })
  }
}

/** Attempts until something is decided, or until others have been quicker several times. */
async function race(edits: readonly WaitingEdit[], parts: RoundParts, effort: Effort): Promise<Attempt> {
  let last = await attempt(edits, await parts.tips(effort.attempts === 0 ? recentEnough : undefined), parts, effort)
  let unknown = 0
  for (let count = 1; last.kind === 'lost' || last.kind === 'unknown'; count += 1) {
    effort.attempts += 1
    if (last.kind === 'unknown') unknown += 1
    if (unknown > mostUnknown || isSpent(parts, effort)) return last
    if (last.kind === 'lost' && last.left.length > 1 && count >= attemptsBeforeSplit) return last
    await pause(parts.random() * Math.min(longestJitter, 10 * 2 ** count))
    const tips = await parts.tips(undefined)
    if (last.kind === 'lost') heedOutrun({ ...last.built, topic: last.topic }, tips, placeOf(parts), effort)
    last =
      last.kind === 'lost' ? await attempt(last.left, tips, parts, effort) : await resume(last, tips, parts, effort)
  }
  return last
}

/** Where others push all the time, half as many edits take less time and so have the better chance. */
async function loseRace(left: readonly WaitingEdit[], parts: RoundParts, effort: Effort): Promise<void> {
  if (left.length < 2 || isSpent(parts, effort)) throw lostRace(parts)
  const middle = Math.ceil(left.length / 2)
  await commitPart(left.slice(0, middle), parts, effort)
  await commitPart(left.slice(middle), parts, effort)
}

function isSpent({ now }: RoundParts, { begun, attempts }: Effort): boolean {
  return attempts >= leastAttempts && now() - begun > longestRace
}

/** Builds commits on these tips and pushes them. */
async function attempt(edits: readonly WaitingEdit[], tips: Tips, parts: RoundParts, effort: Effort): Promise<Attempt> {
  effort.fixed ??= parts.fixed.at(branchOf(parts), tips.head)
  effort.onTop ||= effort.fixed !== undefined
  const built = await buildRound(tips, edits, { ...parts, branch: branchOf(parts), onTop: effort.onTop })
  return built === undefined ? { kind: 'done', tip: tips.head } : send(built, parts)
}

/** After a push of which nobody knows what became: looks for it, so that nothing is ever committed twice. */
async function resume(
  unknown: Attempt & { kind: 'unknown' },
  tips: Tips,
  parts: RoundParts,
  effort: Effort,
): Promise<Attempt> {
  const { built, left } = unknown
  const { head } = tips
  if (head !== undefined && (await holds(head, built.oid, parts))) return succeed(built, head, parts)
  if (built.ground.expected !== head) return attempt(left, tips, parts, effort)
  // The very same commits again: should the first push arrive late after all, it is no second commit, but who was quicker.
  const again = await send(built, parts)
  return again.kind === 'lost' ? unknown : again
}

async function send(built: Built, parts: RoundParts): Promise<Attempt> {
  const { expected } = built.ground
  const left = built.commits.flatMap(({ planned }) => editsOf(planned))
  const result = await parts.push({ branch: branchOf(parts), expected, oid: built.oid, objects: built.objects })
  switch (result.kind) {
    case 'taken':
      return succeed(built, built.oid, parts)
    case 'raced':
      return { kind: 'lost', left, built, topic: result.topic }
    case 'refused':
      return { ...result, built }
    case 'unclear':
      // Words that are not known: what the branch is at now tells whether it was a race.
      return (await parts.tips(undefined)).head === expected
        ? { ...result, kind: 'refused', built }
        : { kind: 'lost', left, built, topic: result.topic }
    case 'unknown':
      return { kind: 'unknown', left, built, error: result.error }
  }
}

function branchOf({ lane: { base, push } }: RoundParts): string {
  return push ?? base
}

function placeOf(parts: RoundParts) {
  return { branch: branchOf(parts), name: parts.name }
}

async function holds(tip: string, oid: string, { using }: RoundParts): Promise<boolean> {
  if (tip === oid) return true
  const history = await using((source) => source.history(tip, rivalsAtMost))
  return history.some((commit) => commit.oid === oid)
}

async function succeed(built: Built, tip: string, { using, pushed, dropped }: RoundParts): Promise<Attempt> {
  pushed(tip)
  dropped(
    policiesDropped(
      built.ground,
      built.commits.flatMap(({ planned }) => editsOf(planned)),
    ),
  )
  // Saves fetching what we made. Should that fail, it is fetched.
  await using((source) => source.keep(built.oid, built.objects)).catch(() => undefined)
  for (const { oid, planned } of built.commits) {
    for (const { entry, carried } of planned.edited) entry.settle({ kind: 'pushed', revision: oid, carried })
  }
  return { kind: 'done', tip }
}

/**
 * What may not be taken off the branch stays below. And a server refuses a push as a whole: pushed commit by commit, only
 * those that it does not want are refused.
 */
async function refuse({ built, words, topic }: Refused, parts: RoundParts, effort: Effort): Promise<void> {
  const edits = built.commits.flatMap(({ planned }) => editsOf(planned))
  if (built.ground.rewrites && !effort.onTop) {
    heedRefusal(topic, effort)
    return await commitPart(edits, parts, effort)
  }
  if (built.commits.length > 1) {
    for (const { planned } of built.commits) await commitPart(editsOf(planned), parts, effort)
    return
  }
  const error = new ReconcileError(
    reasons.pushRejected,
    `${parts.name} refused the push to ${branchOf(parts)}: ${words}`,
  )
  for (const edit of edits) edit.settle({ kind: 'failed', error })
}

/** So that a push which will be refused is made only once. */
function noteFixed({ tip }: Attempt & { kind: 'done' }, parts: RoundParts, { fixed }: Effort): void {
  if (tip !== undefined && fixed !== undefined) parts.fixed.note(branchOf(parts), tip, fixed)
}

function lostRace(parts: RoundParts): ReconcileError {
  const message = `${parts.name}: others pushed to ${branchOf(parts)} each time before our commit arrived; it is tried again`
  return new ReconcileError(reasons.writeBackConflict, message)
}
