import { reasons } from '../api/conditions.ts'
import type { Gate } from '../api/v1alpha1.ts'
import { atInterval, backoff, ReconcileError, type Retry } from '../errors.ts'
import type { Choice, TagMetadata } from './choosing/candidate.ts'
import { imageValue, parseImageValue } from './image-value.ts'
import type { PolicySpec } from './policy.ts'
import {
  isProposed,
  isRepairDue,
  isTakenBack,
  takenBackMessage,
  waitsForMergeMessage,
  type PushFacts,
} from './proposal.ts'
import { lastSegment, parseReference } from './reference.ts'
import type { Desired } from './targets/desired.ts'
import { isDateLike } from './choosing/strategies/semver.ts'
import { choiceOf, ranksAbove, ranksBelow } from './value-ranks.ts'

/** What is known of one linked Application (of one source of it) when a decision is made. Times are ms since the epoch. */
export interface LinkedFacts {
  /** Linked by an exact name: taken at its word. */
  readonly exact: boolean
  /** Images of live Pods; used for the first-write guard only, never to decide whether to write. */
  readonly images: readonly string[]
  /** `Kind name` of an owner that may undo our patch, such as an ApplicationSet. */
  readonly owner: string | undefined
  /** What is desired now: what our places say, and whether carried-over entries differ from the spec. */
  readonly desired:
    | ({ readonly kind: 'known'; readonly carriedDue: boolean } & Desired)
    | { readonly kind: 'failed'; readonly error: ReconcileError }
  /** Says which older policy writes the same key. */
  readonly conflict: string | undefined
  /** The value that stood there as our choice (history may know it where the status does not), and when we wrote it. */
  readonly written: string | undefined
  readonly writtenAt: number | undefined
  /** Not to be written before this time: an owner undid the last write. */
  readonly retryAt: number | undefined
  /** Undefined: what is written is desired at once. */
  readonly push?: PushFacts | undefined
}

/** What to do about one linked Application. `repair`: carried-over entries are to be made equal to the spec whatever the verdict. */
export interface Verdict {
  readonly repair: boolean
  readonly action: Action
}

/** See {@link decide}. */
export type Action =
  | { readonly kind: 'idle' }
  | { readonly kind: 'upToDate' }
  | { readonly kind: 'write'; readonly from: string | undefined; readonly to: string }
  /** `proposed`: what waits on a push branch, or did so before somebody took it back. */
  | { readonly kind: 'held'; readonly gate: Gate; readonly message: string; readonly proposed?: string | undefined }
  | { readonly kind: 'refused'; readonly error: ReconcileError; readonly undone: boolean }

interface Question {
  readonly spec: PolicySpec
  readonly choice: Choice
  /** The choice as it is written. */
  readonly to: string
  /** What is desired; where places differ, the first that is not the choice. */
  readonly value: string | undefined
  readonly values: readonly (string | undefined)[]
  readonly complete: boolean
  readonly facts: LinkedFacts
  readonly metadata: ReadonlyMap<string, TagMetadata>
  readonly now: number
}

type Check = (question: Question) => Action | undefined

/** How soon after our patch an undoing is taken for a controller's and not a person's (ms). */
const undoneByMachine = 60_000
const howToResume = 'a newer choice or a new value of annotation imageupdate.dev/resumedAt ends the hold'

/**
 * Decides for one Application what to do with a choice; `choice` undefined: nothing was chosen, nothing is written.
 * `metadata` tells creation times of tags where they are known (strategy `latest`).
 */
export function decide(
  spec: PolicySpec,
  choice: Choice | undefined,
  facts: LinkedFacts,
  at: { now: number; metadata: ReadonlyMap<string, TagMetadata> },
): Verdict {
  const { desired } = facts
  if (desired.kind === 'failed')
    return { repair: false, action: { kind: 'refused', error: desired.error, undone: false } }
  const repair = isRepairDue(desired.carriedDue, facts.push, spec.whenReverted)
  if (choice === undefined) return { repair, action: { kind: 'idle' } }
  const to = imageValue(choice, spec.writeBack.digest)
  const { values, complete } = desired
  const isDone = values.every((each) => each === to)
  const value = isDone ? to : values.find((each) => each !== to)
  const question = { spec, choice, to, value, values, complete, facts, ...at }
  for (const check of checks) {
    const action = check(question)
    if (action !== undefined) return { repair, action }
  }
  return { repair, action: { kind: 'write', from: value, to } }
}

const conflicting: Check = ({ facts: { conflict } }) =>
  conflict === undefined ? undefined : refused(reasons.targetConflict, conflict, atInterval)

const upToDate: Check = ({ value, to, complete, choice, spec, metadata }) => {
  if (value === to) return complete ? { kind: 'upToDate' } : undefined
  // `latest`: several tags may stand on one build; a desired tag with the choice's digest is that build already.
  const { tag } = parseImageValue(value ?? '')
  const sameBuild =
    spec.strategy.type === 'latest' &&
    spec.writeBack.digest === 'never' &&
    tag !== undefined &&
    choice.digest !== undefined &&
    metadata.get(tag)?.digest === choice.digest
  return sameBuild && complete ? { kind: 'upToDate' } : undefined
}

// A loose label or glob may link an Application that has nothing to do with the image.
const firstWrite: Check = ({ values, facts, spec }) => {
  const isFirst =
    values.every((each) => each === undefined) && facts.written === undefined && facts.push?.proposed === undefined
  if (!isFirst || facts.exact || facts.images.length === 0) return undefined
  const segment = lastSegment(spec.image)
  const seen = facts.images.map((image) => parseReference(image))
  if (seen.some((image) => image.ok && lastSegment(image.value.repository) === segment)) return undefined
  const listed = facts.images.slice(0, 5).join(', ')
  return refused(
    reasons.targetNotFound,
    `no Pod of this Application runs an image named ${segment} (seen: ${listed}); name the Application exactly in spec.applications if it is meant`,
    atInterval,
  )
}

// Without a range a tag such as 20240501 beats every 1.x.
const dateLike: Check = ({ spec, choice, value }) => {
  if (spec.strategy.type !== 'semver' || spec.strategy.range !== undefined || !isDateLike(choice.tag, spec.filters))
    return undefined
  const { tag } = parseImageValue(value ?? '')
  if (tag !== undefined && isDateLike(tag, spec.filters)) return undefined
  return held(
    'ScanSuspicious',
    `${choice.tag} looks like a date; set constraints.version to say which versions are meant`,
  )
}

const undoneByOwner: Check = ({ spec, facts, to, value, now }) => {
  if (spec.writeBack.method !== 'argocd' || facts.written !== to) return undefined
  const soon = facts.writtenAt !== undefined && now - facts.writtenAt < undoneByMachine
  if (facts.owner === undefined && !soon && facts.retryAt === undefined) return undefined
  if (facts.retryAt !== undefined && now >= facts.retryAt) return { kind: 'write', from: value, to }
  const what =
    facts.owner === undefined ? 'the patch was undone at once, as by a controller' : `${facts.owner} undid the patch`
  const error = refused(reasons.targetConflict, `${what}; let it own the value, or use writeBack.method: git`, backoff)
  return { ...error, undone: true }
}

// The value stands there, but not all that belongs to it, such as forceString.
const completion: Check = ({ to, value, facts: { push } }) =>
  value === to && push === undefined ? { kind: 'write', from: value, to } : undefined

const downgrade: Check = (question) => {
  const { spec, to, values, metadata, facts } = question
  const above = [...values, ...othersOnBranch(facts.push)].find(
    (value) => value !== undefined && ranksAbove(question, value),
  )
  if (spec.allowDowngrade || above === undefined) return undefined
  const isUntold = spec.strategy.type === 'latest' && choiceOf(above, metadata)?.createdAt === undefined
  const where = values.includes(above) ? '' : ` (on branch ${facts.push?.branch})`
  const why = isUntold ? `${above}${where} can’t be shown to be older than` : `${above}${where} ranks above`
  return held(
    'Downgrade',
    `${why} the choice ${to} and stays; set constraints.allowDowngrade: true to write it all the same`,
  )
}

/** Our own proposal follows the choice, also downwards, for nothing runs it; what others set there is theirs. */
function othersOnBranch(push: PushFacts | undefined): readonly (string | undefined)[] {
  if (push === undefined || push.isOurs) return []
  return (push.said?.values ?? []).filter((value) => value !== push.proposed)
}

const reverted: Check = (question) => {
  const { spec, facts, to, value } = question
  if (spec.whenReverted === 'overwrite') return undefined
  const { written } = facts
  if (written === undefined || written === value) return undefined
  if (written !== to && !ranksBelow(question, written)) return undefined
  return held('Reverted', `${written} was written here and somebody set ${value ?? 'nothing'} instead; ${howToResume}`)
}

const revertedOnBranch: Check = (question) => {
  const { spec, facts, to } = question
  const { push } = facts
  if (spec.whenReverted === 'overwrite' || push?.proposed === undefined || !isTakenBack(push)) return undefined
  const { proposed } = push
  if (proposed !== to && !ranksBelow(question, proposed)) return undefined
  return { ...held('Reverted', `${takenBackMessage(push)}; ${howToResume}`), proposed }
}

const waitsForMerge: Check = ({ facts: { push }, to }) =>
  push !== undefined && isProposed(push, to)
    ? { ...held('Merge', waitsForMergeMessage(to, push)), proposed: to }
    : undefined

/** The order is the specification: the first that objects decides. */
const checks: readonly Check[] = [
  conflicting,
  upToDate,
  firstWrite,
  dateLike,
  undoneByOwner,
  completion,
  downgrade,
  reverted,
  revertedOnBranch,
  waitsForMerge,
]

function refused(reason: ReconcileError['reason'], message: string, retry: Retry) {
  return { kind: 'refused', error: new ReconcileError(reason, message, { retry }), undone: false } as const
}

function held(gate: Gate, message: string): Extract<Action, { kind: 'held' }> {
  return { kind: 'held', gate, message }
}
