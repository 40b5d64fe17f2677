import type { CommitAuthor } from '../core/policy.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import { buildCommits, type BuiltCommits } from './build-commits.ts'
import { readTexts } from './file-text.ts'
import type { WaitingEdit } from './lane.ts'
import type { ObjectSource } from './object-source.ts'
import { planCommits, type PlannedCommit } from './plan-commits.ts'
import type { Push, PushResult } from './receive-pack.ts'

/** A branch as a round of commits sees it. `repository` is its address, `name` is `host/path`. */
export interface RoundParts {
  readonly branch: string
  readonly repository: string
  readonly name: string
  readonly author: CommitAuthor
  readonly now: () => number
  /** Draws from [0, 1). */
  readonly random: () => number
  /** The branch's tip, not older than this many ms; undefined: as it is now. */
  readonly tip: (age: number | undefined) => Promise<string>
  /** Notes what the branch has become. */
  readonly pushed: (tip: string) => void
  readonly using: <T>(work: (source: ObjectSource) => Promise<T>) => Promise<T>
  readonly push: (push: Push) => Promise<PushResult>
}

type Built = BuiltCommits<WaitingEdit>

/** What an attempt ended in; `lost`: somebody was quicker; `unknown`: nobody said whether the push arrived. */
type Attempt =
  | { readonly kind: 'done' }
  | { readonly kind: 'lost'; readonly left: readonly WaitingEdit[] }
  | {
      readonly kind: 'unknown'
      readonly left: readonly WaitingEdit[]
      readonly built: Built
      readonly error: ReconcileError
    }
  | { readonly kind: 'refused'; readonly built: Built; readonly words: string }

/** What a round has spent, together with the parts into which it was split. */
interface Effort {
  readonly begun: number
  attempts: number
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
  return commitPart(edits, parts, { begun: parts.now(), attempts: 0 })
}

async function commitPart(edits: readonly WaitingEdit[], parts: RoundParts, effort: Effort): Promise<void> {
  try {
    const last = await race(edits, parts, effort)
    if (last.kind === 'refused') await refuse(last.built, last.words, parts, effort)
    else if (last.kind === 'unknown') throw last.error
    else if (last.kind === 'lost') await loseRace(last.left, parts, effort)
  } catch (error) {
    // Those that were settled before stay as they are.
    for (const edit of edits) edit.settle({ kind: 'failed', error })
  }
}

/** Attempts until something is decided, or until others have been quicker several times. */
async function race(edits: readonly WaitingEdit[], parts: RoundParts, effort: Effort): Promise<Attempt> {
  let last = await attempt(edits, await parts.tip(effort.attempts === 0 ? recentEnough : undefined), parts)
  let unknown = 0
  for (let count = 1; last.kind === 'lost' || last.kind === 'unknown'; count += 1) {
    effort.attempts += 1
    if (last.kind === 'unknown') unknown += 1
    if (unknown > mostUnknown || isSpent(parts, effort)) return last
    if (last.kind === 'lost' && last.left.length > 1 && count >= attemptsBeforeSplit) return last
    await pause(parts.random() * Math.min(longestJitter, 10 * 2 ** count))
    const tip = await parts.tip(undefined)
    last = last.kind === 'lost' ? await attempt(last.left, tip, parts) : await resume(last, tip, parts)
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

/** Builds commits on this tip and pushes them. */
async function attempt(edits: readonly WaitingEdit[], tip: string, parts: RoundParts): Promise<Attempt> {
  const built = await build(tip, edits, parts)
  return built === undefined ? { kind: 'done' } : send(built, parts)
}

/** After a push of which nobody knows what became: looks for it, so that nothing is ever committed twice. */
async function resume(unknown: Attempt & { kind: 'unknown' }, tip: string, parts: RoundParts): Promise<Attempt> {
  const { built, left } = unknown
  if (await holds(tip, built.oid, parts)) return succeed(built, tip, parts)
  if (built.base !== tip) return attempt(left, tip, parts)
  // The very same commits again: should the first push arrive late after all, it is no second commit, but who was quicker.
  const again = await send(built, parts)
  return again.kind === 'lost' ? unknown : again
}

async function send(built: Built, parts: RoundParts): Promise<Attempt> {
  const { branch } = parts
  const left = built.commits.flatMap(({ planned }) => editsOf(planned))
  const result = await parts.push({ branch, expected: built.base, oid: built.oid, objects: built.objects })
  switch (result.kind) {
    case 'taken':
      return succeed(built, built.oid, parts)
    case 'raced':
      return { kind: 'lost', left }
    case 'refused':
      return { kind: 'refused', built, words: result.words }
    case 'unclear':
      // Words that are not known: what the branch is at now tells whether it was a race.
      return (await parts.tip(undefined)) === built.base
        ? { kind: 'refused', built, words: result.words }
        : { kind: 'lost', left }
    case 'unknown':
      return { kind: 'unknown', left, built, error: result.error }
  }
}

/** Settles what needs no commit and builds the rest; undefined: nothing is left to be pushed. */
function build(tip: string, edits: readonly WaitingEdit[], parts: RoundParts): Promise<Built | undefined> {
  const { branch, repository, author } = parts
  const paths = edits.flatMap(({ edit }) => [edit.path, ...edit.reads])
  return parts.using(async (source) => {
    const { tree } = await source.commit(tip)
    const texts = await readTexts(source, tree, paths)
    const plan = await planCommits(edits, texts)
    const base = { tip, tree, texts, branch, repository, author, time: parts.now() }
    const built = await buildCommits(plan.commits, source, base)
    for (const [edit, settled] of plan.settled) edit.settle(settled)
    if (built.oid !== tip) return built
    for (const edit of plan.commits.flatMap(editsOf)) edit.settle({ kind: 'unchanged' })
    return undefined
  })
}

async function holds(tip: string, oid: string, { using }: RoundParts): Promise<boolean> {
  if (tip === oid) return true
  const history = await using((source) => source.history(tip, rivalsAtMost))
  return history.some((commit) => commit.oid === oid)
}

async function succeed(built: Built, tip: string, { using, pushed }: RoundParts): Promise<Attempt> {
  pushed(tip)
  // Saves fetching what we made. Should that fail, it is fetched.
  await using((source) => source.keep(built.oid, built.objects)).catch(() => undefined)
  for (const { oid, planned } of built.commits) {
    for (const { entry, carried } of planned.edited) entry.settle({ kind: 'pushed', revision: oid, carried })
    for (const entry of planned.joined) entry.settle({ kind: 'unchanged' })
  }
  return { kind: 'done' }
}

/** A server refuses a push as a whole: pushed commit by commit, only those that it does not want are refused. */
async function refuse(built: Built, words: string, parts: RoundParts, effort: Effort): Promise<void> {
  if (built.commits.length > 1) {
    for (const { planned } of built.commits) await commitPart(editsOf(planned), parts, effort)
    return
  }
  const error = new ReconcileError(reasons.pushRejected, `${parts.name} refused the push to ${parts.branch}: ${words}`)
  for (const edit of built.commits.flatMap(({ planned }) => editsOf(planned))) edit.settle({ kind: 'failed', error })
}

function editsOf({ edited, joined }: PlannedCommit<WaitingEdit>): readonly WaitingEdit[] {
  return [...edited.map(({ entry }) => entry), ...joined]
}

function lostRace({ name, branch }: RoundParts): ReconcileError {
  const message = `${name}: others pushed to ${branch} each time before our commit arrived; it is tried again`
  return new ReconcileError(reasons.writeBackConflict, message)
}
