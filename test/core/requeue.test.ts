import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import { requeueAfter } from '../../src/core/requeue.ts'
import { onChange, ReconcileError } from '../../src/errors.ts'
import { applicationOutcome, ran } from './build-outcome.ts'

const at = { interval: 120_000, jitter: 0.5, lookAgainIn: [] }
const limited = new ReconcileError(reasons.registryRateLimited, 'wait', { retry: { kind: 'backoff', afterMs: 30_000 } })
const down = new ReconcileError(reasons.gitUnavailable, 'down')

const rows: readonly [name: string, requeue: ReturnType<typeof requeueAfter>, wanted: object][] = [
  ['at the interval', requeueAfter(ran(), at), { kind: 'after', ms: 120_000 }],
  ['spread by a twentieth: early', requeueAfter(ran(), { ...at, jitter: 0 }), { kind: 'after', ms: 114_000 }],
  ['spread by a twentieth: late', requeueAfter(ran(), { ...at, jitter: 1 }), { kind: 'after', ms: 126_000 }],
  [
    'earlier when something is to be looked at',
    requeueAfter(ran(), { ...at, lookAgainIn: [9_000, 5_000] }),
    { kind: 'after', ms: 5_000 },
  ],
  ['never in the past', requeueAfter(ran(), { ...at, lookAgainIn: [-5] }), { kind: 'after', ms: 0 }],
  [
    'with growing delays after a failure',
    requeueAfter({ kind: 'failed', error: down }, at),
    { kind: 'backoff', afterMs: 0, atMostMs: 120_000 },
  ],
  [
    'as late as the most patient server asks',
    requeueAfter(
      ran({
        image: { kind: 'failed', error: limited },
        applications: [applicationOutcome({ result: { kind: 'failed', error: down } })],
      }),
      at,
    ),
    { kind: 'backoff', afterMs: 30_000, atMostMs: 120_000 },
  ],
  [
    'not before the spec changes',
    requeueAfter({ kind: 'failed', error: new ReconcileError(reasons.invalidSpec, '', { retry: onChange }) }, at),
    { kind: 'onChange' },
  ],
  [
    'at the interval after a failure that nobody tries again by itself',
    requeueAfter(
      { kind: 'failed', error: new ReconcileError(reasons.gitAuthFailed, '', { retry: { kind: 'interval' } }) },
      at,
    ),
    { kind: 'after', ms: 120_000 },
  ],
  [
    'not before an Application appears',
    requeueAfter(
      ran({ applications: [], linkError: new ReconcileError(reasons.applicationNotFound, '', { retry: onChange }) }),
      at,
    ),
    { kind: 'onChange' },
  ],
]
for (const [name, requeue, wanted] of rows) test(`runs again ${name}`, () => assert.deepEqual(requeue, wanted))

test('a thousand policies that began together spread out, more with each interval', () => {
  // A sequence that looks like chance and is always the same (Numerical Recipes).
  let drawn = 1
  const random = (): number => (drawn = (drawn * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
  const next = (time: number): number => {
    const requeue = requeueAfter(ran(), { ...at, jitter: random() })
    assert.ok(requeue.kind === 'after')
    return time + requeue.ms
  }
  /** The most that come within one second. */
  const together = (times: readonly number[]): number => {
    const counts = new Map<number, number>()
    for (const time of times) counts.set(Math.floor(time / 1_000), (counts.get(Math.floor(time / 1_000)) ?? 0) + 1)
    return Math.max(...counts.values())
  }
  const first = Array.from({ length: 1_000 }, () => next(0))
  assert.ok(together(first) < 120, `${together(first)} within a second after the first interval`)
  let later = first
  for (let interval = 1; interval < 20; interval += 1) later = later.map(next)
  assert.ok(together(later) < 60, `${together(later)} within a second after twenty`)
})
