import { gates, type ApplicationStatus, type Gate, type PendingStatus } from '../../api/v1alpha1.ts'
import type { Waiting } from '../choosing/best-contender.ts'
import type { Choice } from '../choosing/candidate.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import { optional } from './optional.ts'
import { namesOf } from './summaries.ts'

/** What may wait: a tag above the choice, the choice itself, or whatever a doubtful scan would have brought (then neither is told). */
export interface WaitingParts {
  readonly choice?: Choice | undefined
  readonly waiting?: Waiting | undefined
  /** Holds it back wherever it would be written. */
  readonly gate?: Gate
  /** Those that a gate holds back have `heldBy`. */
  readonly applications: readonly Pick<ApplicationStatus, 'name' | 'heldBy'>[]
}

type HeldBy = PendingStatus['heldBy'][number]

/** What waits, and for which gates; undefined: nothing does. A tag that waits above the choice is named before the choice. */
export function pendingStatus(parts: WaitingParts): PendingStatus | undefined {
  const heldBy = gates.flatMap((gate) => heldByGate(gate, parts) ?? [])
  const { tag, digest } = parts.waiting ?? parts.choice ?? {}
  if (heldBy.length === 0) return undefined
  return { ...optional('tag', tag), ...optional('digest', digest === '' ? undefined : digest), heldBy }
}

function heldByGate(gate: Gate, parts: WaitingParts): HeldBy | undefined {
  const { waiting, applications } = parts
  const hold = waiting?.holds.find((each) => each.gate === gate)
  const names = namesOf(applications.filter(({ heldBy }) => heldBy === gate).map(({ name }) => name))
  if (hold === undefined && names === undefined && parts.gate !== gate) return undefined
  const until = hold?.until === undefined ? undefined : rfc3339(hold.until)
  return { gate, ...optional('until', until), ...optional('applications', names) }
}
