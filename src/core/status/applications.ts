import { reasons } from '../../api/conditions.ts'
import type { ApplicationStatus } from '../../api/v1alpha1.ts'
import { linkKey } from '../memory.ts'
import type { ApplicationOutcome, ImageOutcome } from '../outcome.ts'
import { waitsForMergeMessage } from '../proposal.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import { optional } from './optional.ts'
import { shortened } from '../text/shortened.ts'

/** When a status is made (ms), and what choosing came to: nothing is resumed before there is a choice, and no hold ends without one. */
interface At {
  readonly now: number
  readonly image: ImageOutcome['kind']
}

/** One entry for each linked Application, in the order of namespace and name. `previous` is by {@link linkKey}. */
export function applicationStatuses(
  outcomes: readonly ApplicationOutcome[],
  previous: ReadonlyMap<string, ApplicationStatus>,
  at: At,
): readonly ApplicationStatus[] {
  return outcomes
    .map((outcome) => applicationStatus(outcome, previous.get(linkKey(outcome)), at))
    .toSorted((a, b) => (linkKey(a) < linkKey(b) ? -1 : 1))
}

function applicationStatus(
  outcome: ApplicationOutcome,
  before: ApplicationStatus | undefined,
  { now, image }: At,
): ApplicationStatus {
  const { namespace, name, source, result } = outcome
  const resumedAt = image === 'chosen' && result.kind !== 'failed' ? outcome.resumedAt : undefined
  return {
    name,
    namespace,
    ...optional('source', source),
    ...optional('sourceType', outcome.sourceType ?? before?.sourceType),
    ...optional('current', currentOf(outcome, before)),
    ...written(outcome, now),
    ...optional('proposed', proposed(outcome)),
    ...(isTakenBack(outcome) ? { takenBack: true } : {}),
    ...followed(outcome, before),
    ...optional('revision', revisionOf(outcome) ?? before?.revision),
    ...(keepsHold(outcome, image) ? hold(before) : objection(outcome)),
    ...optional('lastHandledResumedAt', resumedAt ?? before?.lastHandledResumedAt),
  }
}

/** Who was not judged is held as before, but for what was merged meanwhile. */
function keepsHold({ result, mergedAt }: ApplicationOutcome, image: At['image']): boolean {
  return keepsHolds(image) && result.kind === 'idle' && mergedAt === undefined
}

/** What could not be read this time is told as it was. */
function currentOf({ result, current }: ApplicationOutcome, before: ApplicationStatus | undefined): string | undefined {
  if (result.kind === 'written' && result.waitsOn === undefined) return result.to
  if (current !== undefined) return shortened(current)
  return result.kind === 'failed' ? before?.current : undefined
}

// `written` becomes the desired value whenever that equals the choice, whoever wrote it.
function written(
  outcome: ApplicationOutcome,
  now: number,
): Pick<ApplicationStatus, 'written' | 'writtenAt' | 'writtenTo'> {
  const place = optional('writtenTo', outcome.writtenTo)
  if (outcome.result.kind === 'written' && outcome.result.waitsOn === undefined)
    return { written: outcome.result.to, writtenAt: rfc3339(now), ...place }
  const value = outcome.result.kind === 'upToDate' ? outcome.current : outcome.written
  if (value === undefined) return {}
  const same = value === outcome.written && outcome.writtenAt !== undefined
  return { written: value, ...(same ? { writtenAt: rfc3339(outcome.writtenAt) } : {}), ...place }
}

/** What waits to be merged. Where the choice is desired already nothing does. */
function proposed({ result, proposed: before }: ApplicationOutcome): string | undefined {
  if (result.kind === 'written') return result.waitsOn === undefined ? undefined : result.to
  if (result.kind === 'upToDate') return undefined
  return (result.kind === 'held' ? result.proposed : undefined) ?? before
}

/** That it was taken back is remembered until it is desired after all, or something else waits in its stead. */
function isTakenBack({ result, takenBack }: ApplicationOutcome): boolean {
  const isOver =
    result.kind === 'written' || result.kind === 'upToDate' || (result.kind === 'held' && result.gate === 'Merge')
  return takenBack && !isOver
}

/** The commit by which what is desired came to be so. */
function revisionOf({ result, mergedAt }: ApplicationOutcome): string | undefined {
  return result.kind === 'written' && result.waitsOn === undefined ? result.revision : mergedAt
}

function followed(
  outcome: ApplicationOutcome,
  before: ApplicationStatus | undefined,
): Pick<ApplicationStatus, 'live' | 'sync' | 'health'> {
  if (outcome.followed !== undefined) return outcome.followed
  return { ...optional('live', before?.live), ...optional('sync', before?.sync), ...optional('health', before?.health) }
}

function objection({ result, suspicious }: ApplicationOutcome): Objection {
  switch (result.kind) {
    case 'failed':
      return { reason: result.error.reason, message: shortened(result.error.message) }
    case 'held':
      return { reason: reasons.held, message: shortened(result.message), heldBy: result.gate }
    case 'written':
      if (result.waitsOn !== undefined)
        return {
          reason: reasons.held,
          message: shortened(waitsForMergeMessage(result.to, result.waitsOn)),
          heldBy: 'Merge',
        }
      return toldSuspicion(suspicious)
    case 'idle':
    case 'upToDate':
      return toldSuspicion(suspicious)
  }
}

function toldSuspicion(suspicious: string | undefined): Objection {
  return suspicious === undefined ? {} : { reason: reasons.notLive, message: shortened(suspicious) }
}

/** An outage decides nothing, nor does a choice that has to wait. */
function keepsHolds(image: ImageOutcome['kind']): boolean {
  return image === 'failed' || image === 'waiting' || image === 'doubted'
}

type Objection = Pick<ApplicationStatus, 'reason' | 'message' | 'heldBy'>

function hold({ reason, message, heldBy }: Objection = {}): Objection {
  return heldBy === undefined
    ? {}
    : { ...optional('reason', reason), ...optional('message', message), ...optional('heldBy', heldBy) }
}
