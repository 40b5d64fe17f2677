import { gates, type ApplicationStatus, type Gate, type PendingStatus } from '../../api/v1alpha1.ts'
import type { Waiting } from '../best-contender.ts'
import type { Choice } from '../candidate.ts'
import { rfc3339 } from '../rfc3339.ts'
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
export function pendingStatus({
  choice,
  waiting,
  gate: everywhere,
  applications,
}: WaitingParts): PendingStatus | undefined {
  const heldBy = new Map<Gate, HeldBy>()
  for (const { gate, until } of waiting?.holds ?? [])
    heldBy.set(gate, { gate, ...(until === undefined ? {} : { until: rfc3339(until) }) })
  if (everywhere !== undefined) heldBy.set(everywhere, { gate: everywhere })
  for (const gate of gates) {
    const names = namesOf(applications.filter((each) => each.heldBy === gate).map(({ name }) => name))
    if (names !== undefined) heldBy.set(gate, { gate, ...heldBy.get(gate), applications: names })
  }
  if (heldBy.size === 0) return undefined
  const { tag, digest } = waiting ?? choice ?? {}
  return {
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined || digest === '' ? {} : { digest }),
    heldBy: gates.flatMap((gate) => heldBy.get(gate) ?? []),
  }
}
