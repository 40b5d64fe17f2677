import { conditionTypes, reasons, type Reason } from '../../api/conditions.ts'
import type { Condition } from '../../api/v1alpha1.ts'
import type { ImageOutcome, Outcome } from '../outcome.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import { shortened } from '../text/shortened.ts'
import { counted, noMatchMessage, summaryOf, waitingMessage, type Summary } from './summary.ts'

/** What `metav1.Condition` admits. */
const longestMessage = 32_768

/** A condition before it has times. */
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Reasons for which an Application has no place to write to, as against a write that failed. */
const unresolved: ReadonlySet<Reason> = new Set([
  reasons.applicationNotFound,
  reasons.applicationNotReady,
  reasons.tooManyApplications,
  reasons.targetUnsupported,
  reasons.targetNotFound,
])

/** All conditions of a run; `now` in ms. A transition time moves only when the status of its condition does. */
export function conditionsFor(
  outcome: Outcome,
  previous: readonly Condition[],
  at: { generation: number; now: number },
): readonly Condition[] {
  const summary = summaryOf(outcome)
  const drafts = [...sumUp(summary), ...(outcome.kind === 'failed' ? [] : stepsOf(outcome, summary))]
  const kept = previous.filter(({ type }) => isStep(type) && !drafts.some((draft) => draft.type === type))
  return [...drafts.map((draft) => dated(draft, previous, at)), ...kept]
}

function isStep(type: string): boolean {
  return type !== conditionTypes.ready && type !== conditionTypes.reconciling && type !== conditionTypes.stalled
}

// Reconciling and Stalled are abnormal-true: there only while they are (kstatus).
function sumUp({ ready, reason, message, reconciling, stalled }: Summary): readonly Draft[] {
  return [
    { type: conditionTypes.ready, status: ready ? 'True' : 'False', reason, message },
    ...(reconciling ? [{ type: conditionTypes.reconciling, status: 'True', reason, message } as const] : []),
    ...(stalled ? [{ type: conditionTypes.stalled, status: 'True', reason, message } as const] : []),
  ]
}

/** What a step of the run says; a step that was not taken says nothing and keeps its condition. */
function stepsOf(outcome: Extract<Outcome, { kind: 'ran' }>, summary: Summary): readonly Draft[] {
  return [imageResolved(outcome.image), applicationsResolved(outcome), writtenBack(outcome, summary)].filter(
    (draft) => draft !== undefined,
  )
}

function imageResolved(image: ImageOutcome): Draft | undefined {
  const type = conditionTypes.imageResolved
  switch (image.kind) {
    case 'chosen':
      return { type, status: 'True', reason: reasons.tagChosen, message: `${image.choice.tag} is the choice` }
    case 'waiting':
      return { type, status: 'True', reason: reasons.held, message: waitingMessage(image.waiting) }
    case 'doubted':
      return { type, status: 'True', reason: reasons.held, message: image.message }
    case 'noMatch':
      return { type, status: 'False', reason: reasons.noMatchingTag, message: noMatchMessage(image.evaluation) }
    case 'failed':
      return { type, status: 'False', reason: image.error.reason, message: image.error.message }
    case 'suspended':
      return undefined
  }
}

function applicationsResolved({ linkError, applications }: Extract<Outcome, { kind: 'ran' }>): Draft {
  const type = conditionTypes.applicationsResolved
  const error =
    linkError ??
    applications
      .flatMap(({ result }) => (result.kind === 'failed' && unresolved.has(result.error.reason) ? [result.error] : []))
      .at(0)
  if (error !== undefined) return { type, status: 'False', reason: error.reason, message: error.message }
  return { type, status: 'True', reason: reasons.applicationsFound, message: `${counted(applications.length)} linked` }
}

function writtenBack({ image, applications }: Extract<Outcome, { kind: 'ran' }>, summary: Summary): Draft | undefined {
  if (image.kind !== 'chosen' || applications.length === 0) return undefined
  const type = conditionTypes.writtenBack
  return { type, status: summary.ready ? 'True' : 'False', reason: summary.reason, message: summary.message }
}

function dated(draft: Draft, previous: readonly Condition[], at: { generation: number; now: number }): Condition {
  const before = previous.find(({ type }) => type === draft.type)
  const lastTransitionTime = before?.status === draft.status ? before.lastTransitionTime : rfc3339(at.now)
  const message = shortened(draft.message, longestMessage)
  return { ...draft, message, lastTransitionTime, observedGeneration: at.generation }
}
