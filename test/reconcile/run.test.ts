import assert from 'node:assert/strict'
import { test } from 'node:test'
import { application } from '../core/build-application.ts'
import { now, runOf, runtimeMemory } from './build-run.ts'

const minute = 60_000
const requested = { annotations: { 'imageupdate.dev/requestedAt': 'now' } }
const handled = { observedGeneration: 1, lastHandledReconcileAt: 'now' }

const rows: readonly [name: string, parts: Parameters<typeof runOf>[0], wanted: number][] = [
  ['the interval less a tenth', {}, now - 1.8 * minute],
  ['the policy’s own interval less a tenth', { given: { interval: '10m' } }, now - 9 * minute],
  ['a new generation or request', { changedAt: now - 5 }, now - 5],
  [
    'a request that a run took up and failed at',
    { ...requested, status: handled, given: { interval: '10m' }, changedAt: now - minute },
    now - minute,
  ],
]
for (const [name, parts, wanted] of rows)
  test(`no scan is taken that is older than ${name}`, () => assert.equal(runOf(parts).notBefore, wanted))

test('a status that could not be stored is what the next run starts from', () => {
  const runtime = runtimeMemory()
  runtime.unsaved = { linked: 'web' }
  assert.deepEqual(runOf({ runtime, status: { linked: 'other' } }).previous, { linked: 'web' })
})

test('annotations are kept as far as a status takes them', () => {
  const annotations = {
    'imageupdate.dev/requestedAt': 'x'.repeat(5_000),
    'imageupdate.dev/resumedAt': 'y'.repeat(5_000),
  }
  const { requestedAt, resumedAt } = runOf({ annotations })
  assert.equal(requestedAt?.length, 256)
  assert.equal(resumedAt?.length, 256)
})

test('an Application’s resumedAt is handled once, however long it is', () => {
  const value = 'y'.repeat(5_000)
  const applications = [application({ annotations: { 'imageupdate.dev/resumedAt': value } })]
  const web = { name: 'web', namespace: 'argocd', written: '1.5.0' }
  const written = (lastHandledResumedAt: string) =>
    runOf({ applications, status: { applications: [{ ...web, lastHandledResumedAt }] } }).memory.applications.get(
      'argocd/web',
    )?.written
  assert.equal(written('before'), undefined)
  assert.equal(written(`${value.slice(0, 255)}…`), '1.5.0')
})
