import { reasons } from '../api/conditions.ts'
import type { Outcome } from './outcome.ts'
import { errorsOf } from './status/summary.ts'

/**
 * When a policy is looked at again: after a time; with growing delays (not before `afterMs`, and otherwise at most
 * `atMostMs` apart, so that an outage's end is seen within one interval); or when something changes. Times in ms.
 */
export type Requeue =
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'backoff'; readonly afterMs: number; readonly atMostMs: number }
  | { readonly kind: 'onChange' }

/** How far an interval is stretched or shortened, so that policies spread out. */
const jitterShare = 0.05

/**
 * When to run again after an outcome. `interval` in ms; `jitter` from 0 to 1, drawn by the caller; `lookAgainIn` ms:
 * a gate that may open or a write that is followed.
 */
export function requeueAfter(
  outcome: Outcome,
  at: { interval: number; jitter: number; lookAgainIn: readonly number[] },
): Requeue {
  const errors = errorsOf(outcome)
  const retried = errors.flatMap(({ retry }) => (retry.kind === 'backoff' ? [retry.afterMs ?? 0] : []))
  if (retried.length > 0) return { kind: 'backoff', afterMs: Math.max(...retried), atMostMs: at.interval }
  if (outcome.kind === 'failed' && outcome.error.retry.kind === 'onChange') return { kind: 'onChange' }
  if (outcome.kind === 'ran' && outcome.linkError?.reason === reasons.applicationNotFound) return { kind: 'onChange' }
  const interval = at.interval * (1 + jitterShare * (2 * at.jitter - 1))
  return { kind: 'after', ms: Math.max(0, Math.min(interval, ...at.lookAgainIn)) }
}
