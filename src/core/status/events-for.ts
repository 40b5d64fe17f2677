import { conditionTypes, reasons, type Reason } from '../../api/conditions.ts'
import { merged, notLive, readyChanged, reverted, takenBack, updated, type PolicyEvent } from '../../api/events.ts'
import type { ImageUpdatePolicyStatus } from '../../api/v1alpha1.ts'
import { linkKey } from '../memory.ts'
import type { ApplicationOutcome, Outcome } from '../outcome.ts'
import { summaryOf } from './summary.ts'

/** Reasons that follow from each other in the ordinary course; the events of the writes themselves tell more. */
export const ordinary: ReadonlySet<string> = new Set([reasons.upToDate, reasons.updateWritten])

/** The events of a run: each write, and what has changed since the status before it. `image` as the policy writes it. */
export function eventsFor(outcome: Outcome, previous: ImageUpdatePolicyStatus, image: string): readonly PolicyEvent[] {
  const applications = outcome.kind === 'failed' ? [] : outcome.applications
  const before = new Map((previous.applications ?? []).map((application) => [linkKey(application), application]))
  const told = applications.flatMap((application) => {
    const { heldBy, reason } = before.get(linkKey(application)) ?? {}
    return applicationEvents(application, image, {
      held: heldBy === 'Reverted',
      suspicious: reason === reasons.notLive,
    })
  })
  return [
    ...told,
    ...transition(
      outcome,
      previous,
      told.some(({ reason }) => reason === 'Reverted'),
    ),
  ]
}

function applicationEvents(
  outcome: ApplicationOutcome,
  image: string,
  before: { held: boolean; suspicious: boolean },
): readonly PolicyEvent[] {
  const { mergedAt, written = '' } = outcome
  const told = mergedAt === undefined ? [] : [merged(outcome, written, mergedAt)]
  return [...told, ...resultEvents(outcome, image, before)]
}

function resultEvents(
  { namespace, name, current, written, result, suspicious, seenAt }: ApplicationOutcome,
  image: string,
  before: { held: boolean; suspicious: boolean },
): readonly PolicyEvent[] {
  const application = { namespace, name }
  if (result.kind === 'written') return [updated({ application, image, ...result })]
  if (result.kind === 'held' && result.gate === 'Reverted' && !before.held)
    return result.proposed === undefined
      ? [reverted({ application, from: written ?? 'the choice', to: current, seenAt })]
      : [takenBack(application, result.message)]
  if (suspicious !== undefined && !before.suspicious) return [notLive(application, suspicious)]
  return []
}

function transition(
  outcome: Outcome,
  previous: ImageUpdatePolicyStatus,
  revertedTold: boolean,
): readonly PolicyEvent[] {
  const { ready, reason, message } = summaryOf(outcome)
  const before = previous.conditions?.find(({ type }) => type === conditionTypes.ready)?.reason
  if (before === reason || isOrdinary(before, reason) || (revertedTold && reason === reasons.held)) return []
  return [readyChanged(ready, reason, message)]
}

function isOrdinary(before: string | undefined, reason: Reason): boolean {
  return reason === reasons.updateWritten || (before !== undefined && ordinary.has(before) && ordinary.has(reason))
}
