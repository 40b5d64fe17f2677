import { reasons } from '../../api/conditions.ts'
import type { ApplicationStatus, ImageUpdatePolicyStatus } from '../../api/v1alpha1.ts'
import { evaluationStatus } from '../choosing/evaluate.ts'
import type { Memory, MemoryHashes } from '../memory.ts'
import type { ImageOutcome, Outcome } from '../outcome.ts'
import type { DigestMode } from '../../api/v1alpha1.ts'
import { applicationStatuses } from './applications.ts'
import { conditionsFor } from './conditions.ts'
import { optional } from './optional.ts'
import { pendingStatus } from './pending.ts'
import { chosenImage, currentImage, historyAfter, namesOf } from './summaries.ts'
import { summaryOf } from './summary.ts'

/** When and for what a status is made: `now` in ms, annotations that this run handled, the hashes its memory belongs to. */
export interface StatusAt extends MemoryHashes {
  readonly generation: number
  readonly now: number
  readonly memory: Memory
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
    ...optional('pending', pending(outcome.image, applications, previous)),
    ...firstSeen(outcome.image, at),
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
    ...optional('writtenFor', isDecided ? at.hash : previous.writtenFor),
  }
}

function chosen(image: ImageOutcome, { memory, digest }: StatusAt): Previous['chosen'] {
  switch (image.kind) {
    case 'chosen':
      return chosenImage(image.choice, digest)
    case 'noMatch':
      return undefined
    case 'waiting':
    case 'doubted':
    case 'failed':
    case 'suspended':
      return memory.chosen
  }
}

function pending(
  image: ImageOutcome,
  applications: readonly ApplicationStatus[],
  previous: Previous,
): Previous['pending'] {
  switch (image.kind) {
    case 'chosen':
      return pendingStatus({ choice: image.choice, waiting: image.evaluation.waiting, applications })
    case 'waiting':
      return pendingStatus({ waiting: image.waiting, applications })
    case 'doubted':
      return pendingStatus({ gate: 'ScanSuspicious', applications })
    case 'failed':
      return previous.pending
    case 'noMatch':
    case 'suspended':
      return undefined
  }
}

function evaluation(image: ImageOutcome, previous: Previous): Previous['evaluation'] {
  return 'evaluation' in image ? evaluationStatus(image.evaluation) : previous.evaluation
}

/** A run that saw no tags has nothing to add. */
function firstSeen(image: ImageOutcome, { memory, clockHash }: StatusAt): Pick<Previous, 'firstSeen' | 'firstSeenFor'> {
  const known = 'evaluation' in image ? image.firstSeen : memory.clock?.firstSeen
  return known === undefined ? {} : { firstSeen: known, firstSeenFor: clockHash }
}
