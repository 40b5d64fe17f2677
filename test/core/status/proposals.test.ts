import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../../src/api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../../src/api/v1alpha1.ts'
import { memoryOf } from '../../../src/core/memory.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { statusFor } from '../../../src/core/status/status-for.ts'
import { ReconcileError } from '../../../src/errors.ts'
import { applicationOutcome, ran } from '../build-outcome.ts'

const now = Date.UTC(2026, 10, 24, 12)

function statusAfter(outcome: Outcome, previous: ImageUpdatePolicyStatus = {}): ImageUpdatePolicyStatus {
  const of = { hash: 'hash', clockHash: 'clock', resumedAt: undefined }
  const memory = memoryOf(previous, { ...of, resumedAtOf: () => undefined })
  return statusFor(outcome, previous, { ...of, generation: 3, now, memory, digest: 'never', requestedAt: undefined })
}

const waits = { kind: 'held', gate: 'Merge', message: '1.4.0 waits', proposed: '1.4.0' } as const
const pushed = {
  kind: 'written',
  from: '1.3.0',
  to: '1.4.0',
  revision: 'abc',
  waitsOn: { branch: 'image-updates/web', base: 'main' },
} as const

test('what was pushed to a branch waits there from the first moment, and is not current', () => {
  const {
    current,
    pending,
    applications,
    conditions: [ready] = [],
    history,
  } = statusAfter(ran({ applications: [applicationOutcome({ current: '1.3.0', written: '1.3.0', result: pushed })] }))
  assert.equal(current?.image, '1.3.0')
  assert.deepEqual(pending, { tag: '1.4.0', heldBy: [{ gate: 'Merge', applications: 'web' }] })
  const message = '1.4.0 is on branch image-updates/web and waits to be merged into main'
  assert.deepEqual(applications, [
    {
      name: 'web',
      namespace: 'argocd',
      sourceType: 'Helm',
      current: '1.3.0',
      written: '1.3.0',
      proposed: '1.4.0',
      reason: 'Held',
      message,
      heldBy: 'Merge',
    },
  ])
  assert.equal(ready?.message, 'wrote 1.4.0 to 1 Application, on image-updates/web, to be merged into main')
  assert.deepEqual(
    history?.map(({ to, revision }) => [to, revision]),
    [['1.4.0', 'abc']],
  )
})

const proposals: readonly [
  name: string,
  app: Parameters<typeof applicationOutcome>[0],
  proposed: string | undefined,
][] = [
  ['while it waits', { current: '1.3.0', result: waits }, '1.4.0'],
  [
    'while nobody can look',
    {
      current: undefined,
      proposed: '1.4.0',
      result: { kind: 'failed', error: new ReconcileError(reasons.gitUnavailable, 'down') },
    },
    '1.4.0',
  ],
  ['while nothing is chosen', { current: '1.3.0', proposed: '1.4.0', result: { kind: 'idle' } }, '1.4.0'],
  ['when somebody has taken it back', { current: '1.3.0', result: { ...waits, gate: 'Reverted' } }, '1.4.0'],
  ['no longer when the choice is desired', { proposed: '1.3.9', result: { kind: 'upToDate' } }, undefined],
]
for (const [name, app, proposed] of proposals)
  test(`what was proposed is remembered ${name}`, () => {
    const { applications } = statusAfter(ran({ applications: [applicationOutcome(app)] }))
    assert.equal(applications?.[0]?.proposed, proposed)
  })

const takenBacks: readonly [name: string, app: Parameters<typeof applicationOutcome>[0], remembered: boolean][] = [
  ['while it is held', { proposed: '1.4.0', takenBack: true, result: { ...waits, gate: 'Reverted' } }, true],
  [
    'while nobody can look',
    {
      proposed: '1.4.0',
      takenBack: true,
      result: { kind: 'failed', error: new ReconcileError(reasons.gitUnavailable, 'down') },
    },
    true,
  ],
  ['while nothing is chosen', { proposed: '1.4.0', takenBack: true, result: { kind: 'idle' } }, true],
  ['no longer when something newer was written', { proposed: '1.3.9', takenBack: true, result: pushed }, false],
  ['no longer when something newer waits', { proposed: '1.3.9', takenBack: true, result: waits }, false],
  ['no longer when the choice is desired', { proposed: '1.4.0', takenBack: true, result: { kind: 'upToDate' } }, false],
  ['only where it was', { proposed: '1.4.0', result: waits }, false],
]
for (const [name, app, remembered] of takenBacks)
  test(`that it was taken back is remembered ${name}`, () => {
    const [status] = statusAfter(ran({ applications: [applicationOutcome(app)] })).applications ?? []
    assert.equal(status?.takenBack, remembered ? true : undefined)
  })

test('what was merged is written from the moment at which that was seen, at the base’s commit', () => {
  const app = applicationOutcome({ written: '1.4.0', writtenAt: now, mergedAt: 'def' })
  const [status] = statusAfter(ran({ applications: [app] })).applications ?? []
  assert.deepEqual(
    [status?.written, status?.writtenAt, status?.revision, status?.proposed],
    ['1.4.0', '2026-11-24T12:00:00Z', 'def', undefined],
  )
})

const down = new ReconcileError(reasons.registryUnavailable, 'down')
for (const [name, mergedAt, heldBy] of [
  ['ends with the merge', 'def', undefined],
  ['stays as it was where nothing was merged', undefined, 'Merge'],
] as const)
  test(`while the registry is down, a hold for a merge ${name}`, () => {
    const held = {
      name: 'web',
      namespace: 'argocd',
      proposed: '1.4.0',
      reason: 'Held',
      message: 'waits',
      heldBy: 'Merge',
    } as const
    const app = applicationOutcome({ current: '1.4.0', written: '1.4.0', mergedAt, result: { kind: 'idle' } })
    const { applications } = statusAfter(ran({ image: { kind: 'failed', error: down }, applications: [app] }), {
      applications: [held],
    })
    assert.deepEqual([applications?.[0]?.heldBy, applications?.[0]?.reason], [heldBy, heldBy && 'Held'])
  })

test('what waits stands in the summary as a hold', () => {
  const status = statusAfter(ran({ applications: [applicationOutcome({ current: '1.3.0', result: waits })] }))
  const [ready] = status.conditions ?? []
  assert.deepEqual([ready?.type, ready?.status, ready?.reason], ['Ready', 'True', 'Held'])
  assert.equal(status.conditions?.[0]?.message, 'argocd/web: 1.4.0 waits')
})
