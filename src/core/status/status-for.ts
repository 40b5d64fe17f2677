import { reasons } from '../../api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../api/v1alpha1.ts'
import { evaluationStatus } from '../evaluate.ts'
import type { Memory } from '../memory.ts'
import type { ImageOutcome, Outcome } from '../outcome.ts'
import type { DigestMode } from '../../api/v1alpha1.ts'
import { applicationStatuses } from './applications.ts'
import { conditionsFor } from './conditions.ts'
import { optional } from './optional.ts'
import { chosenImage, currentImage, historyAfter, namesOf, pendingOf } from './summaries.ts'
import { summaryOf } from './summary.ts'

/** When and for what a status is made: `now` in ms, annotations that this run handled, the hash its memory belongs to. */
export interface StatusAt {
  readonly generation: number
  readonly now: number
  readonly memory: Memory
  readonly writtenFor: string
  readonly digest: DigestMode
  readonly requestedAt: string | undefined
  readonly resumedAt: string | undefined
}

type Previous = ImageUpdatePolicyStatus

/** The whole status after a run. A run that could not even read the spec keeps what is known and says so in the conditions. */
export function statusFor(outcome: Outcome, previous: Previous, at: StatusAt): ImageUpdatePolicyStatus {
  const conditions = conditionsFor(outcome, previous.conditions ?? [], at)
  const handled = handledBy(outcome, previous, at)
  const remembered = [...at.memory.applications.values()]
  if (outcome.kind === 'failed')
    return {
      ...previous,
      ...optional('applications', previous.applications && remembered),
      ...handled,
      conditions,
    }
  // Those of a policy that links too many are not looked at, but not forgotten either.
  const applications =
    outcome.linkError?.reason === reasons.tooManyApplications
      ? remembered
      : applicationStatuses(outcome.applications, at.memory.applications, { now: at.now, image: outcome.image.kind })
  const linked = namesOf(applications.map(({ name }) => name))
  return {
    ...handled,
    ...optional('current', currentImage(applications)),
    ...optional('chosen', chosen(outcome.image, at)),
    ...optional('linked', linked),
    applications,
    ...optional('evaluation', evaluation(outcome.image, previous)),
    ...optional('pending', pending(outcome, previous)),
    history: historyAfter(previous.history ?? [], outcome.applications, at.now),
    conditions,
  }
}

/** What a run has come to the end of. */
function handledBy(outcome: Outcome, previous: Previous, at: StatusAt) {
  // Until there is a choice nothing is resumed, and what was written and chosen before belongs to the spec of then.
  const isDecided = outcome.kind === 'ran' && outcome.image.kind === 'chosen'
  return {
    // A run that is retried by itself has not observed the generation to its end (kstatus).
    ...optional('observedGeneration', summaryOf(outcome).reconciling ? previous.observedGeneration : at.generation),
    ...optional('lastHandledReconcileAt', at.requestedAt ?? previous.lastHandledReconcileAt),
    ...optional('lastHandledResumedAt', (isDecided ? at.resumedAt : undefined) ?? previous.lastHandledResumedAt),
    ...optional('writtenFor', isDecided ? at.writtenFor : previous.writtenFor),
  }
}

function chosen(image: ImageOutcome, { memory, digest }: StatusAt): Previous['chosen'] {
  switch (image.kind) {
    case 'chosen':
      return chosenImage(image.choice, digest)
    case 'noMatch':
      return undefined
    case 'failed':
    case 'suspended':
      return memory.chosen
  }
}

function pending({ image, applications }: Extract<Outcome, { kind: 'ran' }>, previous: Previous): Previous['pending'] {
  if (image.kind === 'chosen') return pendingOf(image.choice, applications)
  return image.kind === 'failed' ? previous.pending : undefined
}

function evaluation(image: ImageOutcome, previous: Previous): Previous['evaluation'] {
  return image.kind === 'chosen' || image.kind === 'noMatch' ? evaluationStatus(image.evaluation) : previous.evaluation
}
