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
  const handled = {
    // A run that is retried by itself has not observed the generation to its end (kstatus).
    ...optional('observedGeneration', summaryOf(outcome).reconciling ? previous.observedGeneration : at.generation),
    ...optional('lastHandledReconcileAt', at.requestedAt ?? previous.lastHandledReconcileAt),
    ...optional('lastHandledResumedAt', at.resumedAt ?? previous.lastHandledResumedAt),
  }
  if (outcome.kind === 'failed') return { ...previous, ...handled, conditions }
  const applications = applicationStatuses(outcome.applications, at.memory.applications, at.now)
  const linked = namesOf(applications.map(({ name }) => name))
  return {
    ...handled,
    ...optional('current', currentImage(applications)),
    ...optional('chosen', chosen(outcome.image, previous, at.digest)),
    ...optional('linked', linked),
    applications,
    ...optional('evaluation', evaluation(outcome.image, previous)),
    ...optional(
      'pending',
      outcome.image.kind === 'chosen' ? pendingOf(outcome.image.choice, outcome.applications) : undefined,
    ),
    history: historyAfter(previous.history ?? [], outcome.applications, at.now),
    writtenFor: at.writtenFor,
    conditions,
  }
}

function chosen(image: ImageOutcome, previous: Previous, mode: DigestMode): Previous['chosen'] {
  switch (image.kind) {
    case 'chosen':
      return chosenImage(image.choice, mode)
    case 'noMatch':
      return undefined
    case 'failed':
    case 'suspended':
      return previous.chosen
  }
}

function evaluation(image: ImageOutcome, previous: Previous): Previous['evaluation'] {
  return image.kind === 'chosen' || image.kind === 'noMatch' ? evaluationStatus(image.evaluation) : previous.evaluation
}
