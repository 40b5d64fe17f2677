import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons, type Reason } from '../../../src/api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../../src/api/v1alpha1.ts'
import { memoryOf } from '../../../src/core/memory.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { statusFor } from '../../../src/core/status/status-for.ts'
import { backoff, onChange, ReconcileError, type Retry } from '../../../src/errors.ts'
import { applicationOutcome, evaluation, ran } from '../build-outcome.ts'

const now = Date.UTC(2026, 10, 24, 12)
const interval: Retry = { kind: 'interval' }
const error = (reason: Reason, retry: Retry = backoff): ReconcileError =>
  new ReconcileError(reason, `${reason} happened`, { retry })

function statusAfter(
  outcome: Outcome,
  previous: ImageUpdatePolicyStatus = {},
  at: { now?: number; generation?: number; hash?: string; clockHash?: string; resumedAt?: string } = {},
): ImageUpdatePolicyStatus {
  const { hash = 'hash', clockHash = 'clock', resumedAt } = at
  const memory = memoryOf(previous, { hash, clockHash, resumedAt, resumedAtOf: () => undefined })
  const rest = { hash, clockHash, digest: 'never', requestedAt: undefined, resumedAt } as const
  return statusFor(outcome, previous, { generation: 3, now, memory, ...rest, ...at })
}

/** `Ready=True UpToDate; …` of each condition. */
function conditions({ conditions: all = [] }: ImageUpdatePolicyStatus): readonly string[] {
  return all.map(({ type, status, reason }) => `${type}=${status} ${reason}`)
}

const web = applicationOutcome()
const failed = (reason: Reason, retry?: Retry) =>
  applicationOutcome({ result: { kind: 'failed', error: error(reason, retry) } })
const fine = ['ImageResolved=True TagChosen', 'ApplicationsResolved=True ApplicationsFound']

const table: readonly [name: string, outcome: Outcome, wanted: readonly string[]][] = [
  ['up to date', ran(), ['Ready=True UpToDate', ...fine, 'WrittenBack=True UpToDate']],
  [
    'written',
    ran({
      applications: [
        applicationOutcome({ result: { kind: 'written', from: '1.3.0', to: '1.4.0', revision: undefined } }),
      ],
    }),
    ['Ready=True UpdateWritten', ...fine, 'WrittenBack=True UpdateWritten'],
  ],
  [
    'held by a gate',
    ran({ applications: [applicationOutcome({ result: { kind: 'held', gate: 'Downgrade', message: 'above' } })] }),
    ['Ready=True Held', ...fine, 'WrittenBack=True Held'],
  ],
  [
    'suspended',
    ran({ image: { kind: 'suspended' } }),
    ['Ready=True Suspended', 'ApplicationsResolved=True ApplicationsFound'],
  ],
  [
    'no Application matches',
    ran({ applications: [], linkError: error(reasons.applicationNotFound, onChange) }),
    [
      'Ready=False ApplicationNotFound',
      'ImageResolved=True TagChosen',
      'ApplicationsResolved=False ApplicationNotFound',
    ],
  ],
  [
    'too many Applications',
    ran({ applications: [], linkError: error(reasons.tooManyApplications, onChange) }),
    [
      'Ready=False TooManyApplications',
      'Stalled=True TooManyApplications',
      'ImageResolved=True TagChosen',
      'ApplicationsResolved=False TooManyApplications',
    ],
  ],
  [
    'an Application that is not compared yet',
    ran({ applications: [failed(reasons.applicationNotReady)] }),
    [
      'Ready=False ApplicationNotReady',
      'Reconciling=True ApplicationNotReady',
      'ImageResolved=True TagChosen',
      'ApplicationsResolved=False ApplicationNotReady',
      'WrittenBack=False ApplicationNotReady',
    ],
  ],
  [
    'a source that can’t take it, of all Applications',
    ran({ applications: [failed(reasons.targetUnsupported, onChange)] }),
    [
      'Ready=False TargetUnsupported',
      'Stalled=True TargetUnsupported',
      'ImageResolved=True TagChosen',
      'ApplicationsResolved=False TargetUnsupported',
      'WrittenBack=False TargetUnsupported',
    ],
  ],
  [
    'a source that can’t take it, of one of two',
    ran({ applications: [web, failed(reasons.targetUnsupported, onChange)] }),
    [
      'Ready=False TargetUnsupported',
      'ImageResolved=True TagChosen',
      'ApplicationsResolved=False TargetUnsupported',
      'WrittenBack=False TargetUnsupported',
    ],
  ],
  [
    'git is down',
    ran({ applications: [failed(reasons.gitUnavailable)] }),
    ['Ready=False GitUnavailable', 'Reconciling=True GitUnavailable', ...fine, 'WrittenBack=False GitUnavailable'],
  ],
  [
    'no tag qualifies',
    ran({ image: { kind: 'noMatch', evaluation: { ...evaluation, choice: undefined } } }),
    ['Ready=False NoMatchingTag', 'ImageResolved=False NoMatchingTag', 'ApplicationsResolved=True ApplicationsFound'],
  ],
  [
    'the registry is down',
    ran({ image: { kind: 'failed', error: error(reasons.registryUnavailable) } }),
    [
      'Ready=False RegistryUnavailable',
      'Reconciling=True RegistryUnavailable',
      'ImageResolved=False RegistryUnavailable',
      'ApplicationsResolved=True ApplicationsFound',
    ],
  ],
  [
    'a spec that can’t work',
    { kind: 'failed', error: error(reasons.invalidSpec, onChange) },
    ['Ready=False InvalidSpec', 'Stalled=True InvalidSpec'],
  ],
  [
    'a fault of ours',
    { kind: 'failed', error: error(reasons.internalError) },
    ['Ready=False InternalError', 'Reconciling=True InternalError'],
  ],
  [
    'a failure that is looked at at the next interval is neither',
    ran({ applications: [failed(reasons.targetNotFound, interval)] }),
    [
      'Ready=False TargetNotFound',
      'ImageResolved=True TagChosen',
      'ApplicationsResolved=False TargetNotFound',
      'WrittenBack=False TargetNotFound',
    ],
  ],
]
for (const [name, outcome, wanted] of table)
  test(`conditions: ${name}`, () => assert.deepEqual(conditions(statusAfter(outcome)), wanted))

test('observedGeneration moves at the end of every run that is not retried by itself', () => {
  assert.equal(statusAfter(ran(), { observedGeneration: 2 }).observedGeneration, 3)
  const down = ran({ image: { kind: 'failed', error: error(reasons.registryUnavailable) } })
  assert.equal(statusAfter(down, { observedGeneration: 2 }).observedGeneration, 2)
})

test('a transition time moves only when the status of its condition does', () => {
  const first = statusAfter(ran())
  const later = statusAfter(ran(), first, { now: now + 60_000 })
  assert.deepEqual(later, first)
  const down = statusAfter(ran({ image: { kind: 'failed', error: error(reasons.registryUnavailable) } }), first, {
    now: now + 60_000,
  })
  assert.equal(down.conditions?.[0]?.lastTransitionTime, '2026-11-24T12:01:00Z')
})

test('what an outage hides is told as it was', () => {
  const first = statusAfter(ran())
  const down = statusAfter(ran({ image: { kind: 'failed', error: error(reasons.registryUnavailable) } }), first)
  assert.deepEqual(down.chosen, first.chosen)
  assert.deepEqual(down.evaluation, first.evaluation)
  const gitDown = statusAfter(
    ran({ applications: [applicationOutcome({ ...failed(reasons.gitUnavailable), current: undefined })] }),
    first,
  )
  assert.equal(gitDown.applications?.[0]?.current, '1.4.0')
})

test('a write is told in current, written, history and revision', () => {
  const result = { kind: 'written', from: '1.3.0', to: '1.4.0', revision: 'abc' } as const
  const outcomes = ['a', 'b'].map((name) => applicationOutcome({ name, current: '1.4.0', result }))
  const status = statusAfter(ran({ applications: outcomes }))
  assert.deepEqual(status.history, [
    { from: '1.3.0', to: '1.4.0', time: '2026-11-24T12:00:00Z', applications: 2, revision: 'abc' },
  ])
  assert.deepEqual(status.applications?.[0], {
    name: 'a',
    namespace: 'argocd',
    sourceType: 'Helm',
    current: '1.4.0',
    written: '1.4.0',
    writtenAt: '2026-11-24T12:00:00Z',
    revision: 'abc',
  })
  const next = statusAfter(ran(), status)
  assert.equal(next.history?.length, 1)
})

const outage = ran({
  image: { kind: 'failed', error: error(reasons.registryUnavailable) },
  applications: [applicationOutcome({ result: { kind: 'idle' } })],
})

test('an outage of the registry ends no hold', () => {
  const result = { kind: 'held', gate: 'Reverted', message: 'undone' } as const
  const before = statusAfter(ran({ applications: [applicationOutcome({ written: '1.5.0', result })] }))
  const down = statusAfter(outage, before)
  assert.deepEqual(down.pending, before.pending)
  assert.equal(down.applications?.[0]?.heldBy, 'Reverted')
  const suspended = statusAfter({ ...outage, image: { kind: 'suspended' } }, before)
  assert.equal(suspended.pending, undefined)
})

const unresolved: readonly [name: string, outcome: Outcome][] = [
  ['failed before it looked', { kind: 'failed', error: error(reasons.kubernetesUnavailable) }],
  ['could not ask the registry', outage],
  ['is suspended', { ...outage, image: { kind: 'suspended' } }],
]
for (const [name, outcome] of unresolved)
  test(`a run that ${name} handles no resumedAt, but what was written is forgotten`, () => {
    const first = { ...statusAfter(ran()), lastHandledResumedAt: 'monday' }
    const status = statusAfter(outcome, first, { resumedAt: 'tuesday' })
    assert.equal(status.lastHandledResumedAt, 'monday')
    assert.equal(status.applications?.[0]?.written, undefined)
    assert.equal(statusAfter(ran(), status, { resumedAt: 'tuesday' }).lastHandledResumedAt, 'tuesday')
  })

test('what was chosen for another spec is no choice of this one', () => {
  const first = statusAfter(ran())
  const changed = statusAfter(outage, first, { hash: 'other' })
  assert.equal(changed.chosen, undefined)
  assert.equal(changed.writtenFor, 'hash')
  assert.equal(statusAfter(ran(), changed, { hash: 'other' }).writtenFor, 'other')
})

test('an Application more than can be linked makes no other forgotten', () => {
  const first = statusAfter(ran())
  const tooMany = ran({ applications: [], linkError: error(reasons.tooManyApplications, onChange) })
  assert.deepEqual(statusAfter(tooMany, first).applications, first.applications)
  const none = ran({ applications: [], linkError: error(reasons.applicationNotFound, onChange) })
  assert.deepEqual(statusAfter(none, first).applications, [])
})

test('whatever somebody wrote into an Application, the status stays within its bounds', () => {
  const result = { kind: 'written', from: 'x'.repeat(9_000), to: '1.4.0', revision: undefined } as const
  const { history } = statusAfter(ran({ applications: [applicationOutcome({ result })] }))
  assert.equal(history?.[0]?.from?.length, 256)
  const faults = new ReconcileError(reasons.invalidSpec, 'x'.repeat(40_000), { retry: onChange })
  assert.equal(statusAfter({ kind: 'failed', error: faults }).conditions?.[0]?.message.length, 32_768)
})

test('history keeps the last ten', () => {
  let status: ImageUpdatePolicyStatus = {}
  for (let minor = 0; minor < 14; minor += 1) {
    const result = { kind: 'written', from: `1.${minor}.0`, to: `1.${minor + 1}.0`, revision: undefined } as const
    status = statusAfter(ran({ applications: [applicationOutcome({ result })] }), status)
  }
  assert.equal(status.history?.length, 10)
  assert.equal(status.history[0]?.to, '1.14.0')
})

test('written becomes the desired value whenever that equals the choice, whoever wrote it', () => {
  assert.equal(statusAfter(ran()).applications?.[0]?.written, '1.4.0')
  const heldBack = applicationOutcome({
    current: '1.3.0',
    written: '1.4.0',
    result: { kind: 'held', gate: 'Reverted', message: '' },
  })
  assert.equal(statusAfter(ran({ applications: [heldBack] })).applications?.[0]?.written, '1.4.0')
})

test('while Applications differ, current counts them', () => {
  const outcomes = ['1.4.2', '1.4.1', '1.4.2'].map((current, index) =>
    applicationOutcome({ name: `web-${index}`, current }),
  )
  const { current, linked } = statusAfter(ran({ applications: outcomes }))
  assert.deepEqual(current, { image: '1.4.2 (2), 1.4.1 (1)' })
  assert.equal(linked, 'web-0, web-1, web-2')
})

test('many names are summed up', () => {
  const outcomes = Array.from({ length: 40 }, (_, index) =>
    applicationOutcome({ name: `web-${String(index).padStart(2, '0')}` }),
  )
  assert.equal(statusAfter(ran({ applications: outcomes })).linked, 'web-00, web-01 and 38 more')
})

test('what a gate holds is pending, with the Applications it is held for', () => {
  const result = { kind: 'held', gate: 'Reverted', message: 'undone' } as const
  const outcomes = ['a', 'b'].map((name) => applicationOutcome({ name, result }))
  const { pending, applications } = statusAfter(ran({ applications: [...outcomes, web] }))
  assert.deepEqual(pending, { tag: '1.4.0', heldBy: [{ gate: 'Reverted', applications: 'a, b' }] })
  assert.equal(applications?.[0]?.heldBy, 'Reverted')
})

test('a message of an Application is at most 256 characters', () => {
  const long = new ReconcileError(reasons.pushRejected, 'x'.repeat(1_000))
  const status = statusAfter(ran({ applications: [applicationOutcome({ result: { kind: 'failed', error: long } })] }))
  assert.equal(status.applications?.[0]?.message?.length, 256)
})

test('a remark of the evaluation is told with the counts', () => {
  const none = { ...evaluation, choice: undefined, candidates: 0, note: 'no version can be in ^1 ^2' }
  const { conditions: [ready] = [] } = statusAfter(ran({ image: { kind: 'noMatch', evaluation: none } }))
  assert.equal(ready?.message, 'none of 2 tags qualifies: 1 NotAVersion (main); no version can be in ^1 ^2')
})

const until = now + 3_600_000
const waiting = {
  tag: '1.5.0',
  digest: undefined,
  holds: [{ gate: 'MinAge', reason: 'TooYoung', message: 'has been known for less than minAge', until }] as const,
  nextAt: until,
}
const firstSeen = [{ tag: '1.5.0', time: '2026-11-24T11:00:00Z' }]

test('a tag that waits above the choice is told beside it', () => {
  const image = { kind: 'chosen', choice: { tag: '1.4.0' }, evaluation: { ...evaluation, waiting }, firstSeen } as const
  const status = statusAfter(ran({ image }))
  assert.equal(status.conditions?.[0]?.reason, 'Held')
  assert.equal(status.conditions[0].message, '1 Application up to date; 1.5.0 has been known for less than minAge')
  assert.deepEqual(status.pending, { tag: '1.5.0', heldBy: [{ gate: 'MinAge', until: '2026-11-24T13:00:00Z' }] })
  assert.deepEqual([status.firstSeen, status.firstSeenFor], [firstSeen, 'clock'])
  assert.equal(status.chosen?.image, '1.4.0')
})

test('where nothing else may be chosen, what was chosen before stays, and so do holds', () => {
  const held = applicationOutcome({ result: { kind: 'held', gate: 'Reverted', message: 'undone' }, current: '1.3.0' })
  const before = statusAfter(ran({ applications: [held] }))
  const image = {
    kind: 'waiting',
    waiting,
    evaluation: { ...evaluation, choice: undefined, waiting },
    firstSeen,
  } as const
  const idle = applicationOutcome({ result: { kind: 'idle' }, current: '1.3.0' })
  const status = statusAfter(ran({ image, applications: [idle] }), before)
  assert.deepEqual(conditions(status), [
    'Ready=True Held',
    'ImageResolved=True Held',
    'ApplicationsResolved=True ApplicationsFound',
    'WrittenBack=True Held',
  ])
  assert.deepEqual(status.chosen, before.chosen)
  assert.equal(status.applications?.[0]?.heldBy, 'Reverted')
  assert.deepEqual(status.pending?.heldBy, [
    { gate: 'MinAge', until: '2026-11-24T13:00:00Z' },
    { gate: 'Reverted', applications: 'web' },
  ])
})

test('a scan that is not believed changes nothing but what is told', () => {
  const image = { kind: 'chosen', choice: { tag: '1.4.0' }, evaluation, firstSeen } as const
  const before = statusAfter(ran({ image }))
  const doubted = ran({
    image: { kind: 'doubted', message: 'the repository had 40 tags and has 3 now' },
    applications: [applicationOutcome({ result: { kind: 'idle' } })],
  })
  const status = statusAfter(doubted, before)
  assert.equal(status.conditions?.[0]?.message, 'the repository had 40 tags and has 3 now')
  assert.deepEqual(status.pending, { heldBy: [{ gate: 'ScanSuspicious' }] })
  for (const member of ['chosen', 'evaluation', 'firstSeen', 'firstSeenFor', 'current'] as const)
    assert.deepEqual(status[member], before[member], member)
})

test('what was first seen belongs to image, strategy and filters', () => {
  const image = { kind: 'chosen', choice: { tag: '1.4.0' }, evaluation, firstSeen } as const
  const before = statusAfter(ran({ image }))
  assert.deepEqual(statusAfter(outage, before).firstSeen, firstSeen)
  assert.equal(statusAfter(outage, before, { clockHash: 'other' }).firstSeen, undefined)
  assert.equal(statusAfter(ran(), before).firstSeen, undefined)
})

test('where there are no tags, a remark of the evaluation says more', () => {
  const none = { ...evaluation, choice: undefined, tags: 0, candidates: 0, rejected: [] }
  const message = (note: string | undefined) =>
    statusAfter(ran({ image: { kind: 'noMatch', evaluation: { ...none, note } } })).conditions?.[0]?.message
  assert.equal(message(undefined), 'the repository has no tags')
  assert.equal(message('the repository has no tag main'), 'the repository has no tag main')
})

test('why no tag qualifies is told by its own condition, too: Ready may have something more telling to say', () => {
  const image = { kind: 'noMatch', evaluation: { ...evaluation, choice: undefined } } as const
  const linkError = error(reasons.applicationNotFound)
  const status = statusAfter(ran({ image, applications: [], linkError }))
  const alone = statusAfter(ran({ image }))
  const resolved = status.conditions?.find(({ type }) => type === 'ImageResolved')
  assert.equal(status.conditions?.[0]?.reason, 'ApplicationNotFound')
  assert.match(resolved?.message ?? '', /^none of \d+ tags qualifies: /)
  assert.equal(resolved?.message, alone.conditions?.[0]?.message)
})
