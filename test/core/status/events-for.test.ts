import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../../src/api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../../src/api/v1alpha1.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { eventsFor } from '../../../src/core/status/events-for.ts'
import { ReconcileError } from '../../../src/errors.ts'
import { applicationOutcome, ran } from '../build-outcome.ts'

const ready = (reason: string): ImageUpdatePolicyStatus => ({
  conditions: [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
})
const written = applicationOutcome({ result: { kind: 'written', from: '1.3.0', to: '1.4.0', revision: 'abc' } })
const heldBack = applicationOutcome({
  written: '1.4.0',
  current: '1.3.0',
  result: { kind: 'held', gate: 'Reverted', message: 'undone' },
})
const proposal = applicationOutcome({
  current: '1.3.0',
  result: {
    kind: 'written',
    from: '1.3.0',
    to: '1.4.0',
    revision: 'abc',
    waitsOn: { branch: 'updates', base: 'main' },
  },
})
const takenAway = applicationOutcome({
  current: '1.3.0',
  result: { kind: 'held', gate: 'Reverted', message: 'deleted', proposed: '1.4.0' },
})
const down: Outcome = ran({ image: { kind: 'failed', error: new ReconcileError(reasons.registryUnavailable, 'down') } })
const heldStatus: ImageUpdatePolicyStatus = {
  ...ready('Held'),
  applications: [{ name: 'web', namespace: 'argocd', heldBy: 'Reverted', reason: 'Held' }],
}

const rows: readonly [name: string, outcome: Outcome, previous: ImageUpdatePolicyStatus, wanted: readonly string[]][] =
  [
    [
      'a write, one for each Application',
      ran({ applications: [written, { ...written, name: 'api' }] }),
      ready('UpToDate'),
      ['Normal Updated', 'Normal Updated'],
    ],
    ['nothing while nothing changes', ran(), ready('UpToDate'), []],
    ['nothing for what follows a write', ran(), ready('UpdateWritten'), []],
    ['a failure, when it begins', down, ready('UpToDate'), ['Warning RegistryUnavailable']],
    ['no failure twice', down, ready('RegistryUnavailable'), []],
    ['the end of a failure', ran(), ready('RegistryUnavailable'), ['Normal UpToDate']],
    ['a rollback, once', ran({ applications: [heldBack] }), ready('UpToDate'), ['Warning Reverted']],
    [
      'a write to a push branch, which is no hold that is told besides',
      ran({ applications: [proposal] }),
      ready('UpToDate'),
      ['Normal Updated'],
    ],
    [
      'what was merged, beside what is written next',
      ran({ applications: [{ ...proposal, written: '1.3.9', mergedAt: 'abc' }] }),
      ready('Held'),
      ['Normal Merged', 'Normal Updated'],
    ],
    ['a push branch that was deleted, once', ran({ applications: [takenAway] }), ready('Held'), ['Warning Reverted']],
    ['no deletion twice', ran({ applications: [takenAway] }), heldStatus, []],
    ['no rollback twice', ran({ applications: [heldBack] }), heldStatus, []],
    [
      'what is probably not used',
      ran({ applications: [applicationOutcome({ suspicious: 'no Pod has it' })] }),
      ready('UpToDate'),
      ['Warning NotLive'],
    ],
    [
      'not twice what is probably not used',
      ran({ applications: [applicationOutcome({ suspicious: 'no Pod has it' })] }),
      { ...ready('UpToDate'), applications: [{ name: 'web', namespace: 'argocd', reason: 'NotLive' }] },
      [],
    ],
  ]
for (const [name, outcome, previous, wanted] of rows)
  test(`events tell: ${name}`, () => {
    const events = eventsFor(outcome, previous, 'ghcr.io/acme/web')
    assert.deepEqual(
      events.map(({ type, reason }) => `${type} ${reason}`),
      wanted,
    )
  })

test('a write is told with image, from, to, Application and commit', () => {
  const [event] = eventsFor(ran({ applications: [written] }), ready('UpToDate'), 'ghcr.io/acme/web')
  for (const part of ['ghcr.io/acme/web', '1.3.0', '1.4.0', 'argocd/web', 'abc'])
    assert.ok(event?.message.includes(part), part)
})

test('a rollback is told with where it was seen', () => {
  const [event] = eventsFor(ran({ applications: [heldBack] }), ready('UpToDate'), 'ghcr.io/acme/web')
  assert.ok(event?.message.includes('main at 1234'), event?.message)
})
