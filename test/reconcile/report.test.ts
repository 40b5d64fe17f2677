import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import type { PolicyEvent } from '../../src/api/events.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { ReconcileError } from '../../src/errors.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createReporter } from '../../src/reconcile/report.ts'
import type { RuntimeMemory } from '../../src/reconcile/runtime-memory.ts'
import { applicationOutcome, ran } from '../core/build-outcome.ts'
import { now, runOf, runtimeMemory } from './build-run.ts'

const second = 1_000
const interval = 120 * second

/** A reporter whose API server takes statuses, or does not. */
function reporting() {
  const runtime: RuntimeMemory = runtimeMemory()
  const world = { stored: undefined as ImageUpdatePolicyStatus | undefined, isDown: false, at: now }
  const writes: ImageUpdatePolicyStatus[] = []
  const events: PolicyEvent[] = []
  const silent = () => undefined
  const report = createReporter({
    store: {
      patchStatus: (_, status) => {
        if (world.isDown) return Promise.reject(new ReconcileError(reasons.kubernetesUnavailable, 'down'))
        world.stored = status
        writes.push(status)
        return Promise.resolve()
      },
    },
    events: { record: (_, event) => void events.push(event) },
    metrics: createMetrics(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    clock: () => world.at,
    random: () => 0.5,
  })
  return {
    world,
    writes,
    events,
    /** A run that ends in this, `after` ms after the one before. */
    ends: async (outcome: Outcome, after = 60 * second, lookAgainIn: readonly number[] = []) => {
      world.at += after
      const status = world.stored === undefined ? {} : { status: world.stored }
      return await report(runOf({ ...status, runtime, at: world.at }), outcome, lookAgainIn)
    },
  }
}

const seen = (live: string): Outcome =>
  ran({ applications: [applicationOutcome({ followed: { live, sync: 'Synced', health: 'Healthy' } })] })

test('a status is written when it changes, and not else', async () => {
  const { ends, writes } = reporting()
  assert.deepEqual(await ends(ran()), { kind: 'after', ms: interval })
  await ends(ran())
  assert.equal(writes.length, 1)
  await ends(ran({ applications: [] }))
  assert.equal(writes.length, 2)
})

test('what Pods, sync and health say is written at most every 5 s, and then in its last state', async () => {
  const { ends, writes } = reporting()
  await ends(seen('1.3.0'))
  assert.deepEqual(await ends(seen('1.3.1'), 2 * second), { kind: 'after', ms: 3 * second })
  assert.equal(writes.length, 1)
  await ends(seen('1.4.0'), 3 * second)
  assert.deepEqual(
    writes.map(({ applications = [] }) => applications[0]?.live),
    ['1.3.0', '1.4.0'],
  )
})

test('that all is up to date after a write is no more urgent', async () => {
  const { ends, writes } = reporting()
  const result = { kind: 'written', from: '1.4.0', to: '1.5.0', revision: undefined } as const
  await ends(ran({ applications: [applicationOutcome({ result })] }))
  const written = { current: '1.5.0', written: '1.5.0' }
  const settled = ran({ applications: [applicationOutcome({ ...written, writtenAt: now + 60 * second })] })
  assert.deepEqual(await ends(settled, second), { kind: 'after', ms: 4 * second })
  assert.equal(writes.length, 1)
  await ends(settled, 4 * second)
  const reasonIn = ({ conditions = [] }: ImageUpdatePolicyStatus) =>
    conditions.find(({ type }) => type === 'Ready')?.reason
  assert.deepEqual(writes.map(reasonIn), ['UpdateWritten', 'UpToDate'])
})

test('whatever else changes is written at once', async () => {
  const { ends, writes } = reporting()
  await ends(seen('1.3.0'))
  const result = { kind: 'written', from: '1.4.0', to: '1.5.0', revision: undefined } as const
  await ends(ran({ applications: [applicationOutcome({ result })] }), second)
  assert.equal(writes.length, 2)
})

test('a status that could not be written is tried again, its events are not told again', async () => {
  const { ends, writes, events, world } = reporting()
  const result = { kind: 'written', from: '1.3.0', to: '1.4.0', revision: 'abc' } as const
  world.isDown = true
  const requeue = await ends(ran({ applications: [applicationOutcome({ result })] }))
  assert.deepEqual(requeue, { kind: 'backoff', afterMs: 0, atMostMs: interval })
  world.isDown = false
  await ends(ran({ applications: [applicationOutcome({ written: '1.4.0' })] }), second)
  assert.equal(writes.length, 1)
  assert.equal(writes[0]?.history?.[0]?.revision, 'abc')
  assert.deepEqual(
    events.map(({ reason }) => reason),
    ['Updated'],
  )
})

test('the same status, once it could not be written, is written all the same', async () => {
  const { ends, writes, world } = reporting()
  world.isDown = true
  await ends(ran())
  world.isDown = false
  await ends(ran())
  assert.equal(writes.length, 1)
})

test('a rollback is told once, also over an outage of the registry', async () => {
  const { ends, events } = reporting()
  const result = { kind: 'held', gate: 'Reverted', message: 'undone' } as const
  const held = ran({ applications: [applicationOutcome({ current: '1.3.0', written: '1.4.0', result })] })
  const error = new ReconcileError(reasons.registryUnavailable, 'down')
  const outage = ran({
    image: { kind: 'failed', error },
    applications: [applicationOutcome({ current: '1.3.0', written: '1.4.0', result: { kind: 'idle' } })],
  })
  for (const outcome of [held, held, outage, held]) await ends(outcome)
  assert.equal(events.filter(({ reason }) => reason === 'Reverted').length, 1)
})

test('what is followed is looked at again in time', async () => {
  const { ends } = reporting()
  assert.deepEqual(await ends(ran(), 0, [5 * second, 300 * second]), { kind: 'after', ms: 5 * second })
})
