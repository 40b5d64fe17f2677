import type { EvaluationStatus, PendingStatus } from '../api/v1alpha1.ts'
import type { Choice, Rejection, TagMetadata } from '../core/choosing/candidate.ts'
import { decide, type Action, type LinkedFacts } from '../core/decide.ts'
import { evaluationStatus, told, type Evaluation } from '../core/choosing/evaluate.ts'
import { imageValue, parseImageValue } from '../core/image-value.ts'
import type { PolicySpec } from '../core/policy.ts'
import { pendingStatus } from '../core/status/pending.ts'
import { waitingMessage } from '../core/status/summary.ts'

/** What `evaluate -o json` prints (docs/cli.md): members are added, never taken away or changed. */
export interface EvaluationReport {
  readonly chosen: { readonly tag: string; readonly digest: string | null } | null
  readonly kind: 'update' | 'upToDate' | 'held' | 'noMatch'
  readonly evaluation: EvaluationStatus & Required<Pick<EvaluationStatus, 'rejected'>>
  /** Every tag that is left out, in the order of the list. */
  readonly tags: readonly Rejection[]
  readonly pending: PendingStatus | null
}

/** A report, and a sentence about its kind for people. */
export interface Verdict {
  readonly report: EvaluationReport
  readonly sentence: string
}

/** What a verdict is about. `current` is what stands there now; `now` is in ms since the epoch. */
export interface Judged {
  readonly spec: PolicySpec
  readonly evaluation: Evaluation
  readonly metadata: ReadonlyMap<string, TagMetadata>
  readonly current: string | undefined
  readonly now: number
}

type Saying = Pick<EvaluationReport, 'chosen' | 'kind' | 'pending'> & { readonly sentence: string }

/** Says what the operator would do about one Application that desires `current`. */
export function verdictOn(judged: Judged): Verdict {
  const { evaluation } = judged
  const { sentence, ...saying } = sayingOf(judged)
  const status = evaluationStatus(told(evaluation))
  return {
    sentence,
    report: {
      chosen: saying.chosen,
      kind: saying.kind,
      evaluation: { ...status, rejected: status.rejected ?? [] },
      tags: evaluation.rejected.toSorted((a, b) => (a.tag < b.tag ? -1 : 1)),
      pending: saying.pending,
    },
  }
}

function sayingOf(judged: Judged): Saying {
  const { choice, waiting } = judged.evaluation
  const pending = pendingStatus({ waiting, applications: [] }) ?? null
  if (choice === undefined && waiting !== undefined)
    return { chosen: null, kind: 'held', pending, sentence: `nothing may be chosen now: ${waitingMessage(waiting)}` }
  if (choice === undefined) return { chosen: null, kind: 'noMatch', pending, sentence: 'no tag qualifies' }
  const { spec, current, metadata, now } = judged
  const chosen = { tag: choice.tag, digest: choice.digest ?? null }
  const remark = waiting === undefined ? '' : `; ${waitingMessage(waiting)}`
  const upToDate: Saying = { chosen, kind: 'upToDate', pending, sentence: `is what is there${remark}` }
  if (isSameImage(choice, current, spec)) return upToDate
  const { action } = decide(spec, choice, factsOf(desiredOf(current)), { now, metadata })
  if (action.kind === 'upToDate') return upToDate
  const sentence = current === undefined ? 'would be written' : `would be written over ${current}`
  const update: Saying = { chosen, kind: 'update', pending, sentence: sentence + remark }
  return action.kind === 'held' ? toldOfHold(judged, action, update) : update
}

function toldOfHold(
  { evaluation: { choice, waiting }, current }: Judged,
  { gate, message }: Extract<Action, { kind: 'held' }>,
  update: Saying,
): Saying {
  // Of an Application nobody has told of, only a remark can be made.
  if (current === undefined)
    return { ...update, sentence: `would be written, but not as the first value (gate ${gate}): ${message}` }
  return {
    chosen: null,
    kind: 'held',
    pending: pendingStatus({ choice, waiting, gate, applications: [] }) ?? null,
    sentence: `is the choice, and gate ${gate} holds it: ${message}`,
  }
}

/** Where no digests are written, one that stands there by hand and is the choice's, or that nobody knows of, is no difference. */
function isSameImage(choice: Choice, current: string | undefined, { writeBack }: PolicySpec): boolean {
  if (current === undefined) return false
  if (writeBack.digest !== 'never') return current === imageValue(choice, writeBack.digest)
  const { tag, digest } = parseImageValue(current)
  if (tag === undefined) return digest === choice.digest
  return tag === choice.tag && (digest === undefined || choice.digest === undefined || digest === choice.digest)
}

function desiredOf(current: string | undefined): LinkedFacts['desired'] {
  return { kind: 'known', value: current, values: [current], complete: true, carriedDue: false }
}

/** An Application that is linked by its name, of which only what it desires is known. */
export function factsOf(desired: LinkedFacts['desired']): LinkedFacts {
  return {
    exact: true,
    images: [],
    owner: undefined,
    desired,
    conflict: undefined,
    written: undefined,
    writtenAt: undefined,
    retryAt: undefined,
  }
}
