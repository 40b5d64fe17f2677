import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { ApplicationStatus, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import type { Verdict } from '../../src/core/decide.ts'
import { ReconcileError } from '../../src/errors.ts'
import { judge } from '../../src/reconcile/judge.ts'
import { noteUndone, type RuntimeMemory } from '../../src/reconcile/runtime-memory.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, now, placeWith, runOf, runtimeMemory } from './build-run.ts'

const second = 1_000
const minute = 60 * second

/** The moment as the status tells it. */
const at = (time: number): string => new Date(time).toISOString()

interface Scene {
  readonly value?: string
  readonly choice?: string
  readonly app?: Partial<ApplicationStatus>
  readonly status?: ImageUpdatePolicyStatus
  readonly resumed?: 'policy' | 'Application'
  readonly runtime?: RuntimeMemory
  readonly conflict?: string
  /** What history says when it is asked. */
  readonly history?: boolean | ReconcileError
}

/** Judges an Application where `value` (1.4.0) stands and 1.5.0 is the choice. */
async function judged(scene: Scene = {}) {
  const asked: { to: string; since: number }[] = []
  const { history = false, value = '1.4.0', choice = '1.5.0', app = {}, resumed } = scene
  const annotations = { 'imageupdate.dev/resumedAt': 'now' }
  const linked = application(resumed === 'Application' ? { annotations } : {})
  const run = runOf({
    ...(scene.runtime === undefined ? {} : { runtime: scene.runtime }),
    ...(resumed === 'policy' ? { annotations } : {}),
    status: scene.status ?? { applications: [{ name: 'web', namespace: 'argocd', ...app }] },
    applications: [linked],
  })
  const place = placeWith(value, {
    wroteBefore: (to, since) => {
      asked.push({ to, since })
      return history instanceof ReconcileError ? Promise.reject(history) : Promise.resolve(history ? 'here' : undefined)
    },
  })
  const matter = {
    spec: policySpec(),
    choice: choice === '' ? undefined : { tag: choice },
    metadata: new Map(),
    conflictAt: () => Promise.resolve(scene.conflict),
  }
  const { verdict, facts } = await judge(run, matter, { link: linkTo(linked), place })
  return { said: said(verdict), asked, facts }
}

function said({ action }: Verdict): string {
  switch (action.kind) {
    case 'write':
      return `write ${action.to}`
    case 'held':
      return `held ${action.gate}`
    case 'refused':
      return `refused ${action.error.reason}`
    case 'idle':
    case 'upToDate':
      return action.kind
  }
}

const owner = (age: number) => ({ written: '1.5.0', writtenAt: at(now - age) })

/** A controller undid a write a minute and a half ago, and it was written again after that. */
function undoneOnce(seenAgo: number): RuntimeMemory {
  const runtime = runtimeMemory()
  noteUndone(runtime, 'argocd/web', now - seenAgo)
  return runtime
}

const rows: readonly [name: string, scene: Scene, wanted: string][] = [
  ['a newer choice is written', {}, 'write 1.5.0'],
  ['another policy’s key is not', { conflict: 'older' }, 'refused TargetConflict'],
  ['a rollback is held', { app: { written: '1.5.0' } }, 'held Reverted'],
  ['a rollback that history tells of is held', { history: true }, 'held Reverted'],
  [
    'a rollback that history tells of beside an older memory is held',
    { app: { written: '1.4.0' }, history: true },
    'held Reverted',
  ],
  ['the policy’s resumedAt ends a hold', { app: { written: '1.5.0' }, resumed: 'policy' }, 'write 1.5.0'],
  ['the Application’s resumedAt ends a hold', { app: { written: '1.5.0' }, resumed: 'Application' }, 'write 1.5.0'],
  ['what was resumed is not found in history', { resumed: 'policy', history: true }, 'write 1.5.0'],
  ['another spec’s memory is dropped', { status: { writtenFor: 'other' }, history: true }, 'write 1.5.0'],
  ['an undone patch waits', { app: owner(5 * second), runtime: undoneOnce(5 * second) }, 'refused TargetConflict'],
  ['and is due after its delay', { app: owner(11 * second), runtime: undoneOnce(10 * second) }, 'write 1.5.0'],
  [
    'a person’s rollback long after a controller’s is held',
    { app: owner(2 * minute), runtime: undoneOnce(3 * minute) },
    'held Reverted',
  ],
  [
    'history that can’t be read is told of this Application alone',
    { history: new ReconcileError(reasons.gitUnavailable, 'down') },
    'refused GitUnavailable',
  ],
]
for (const [name, scene, wanted] of rows) test(name, async () => assert.equal((await judged(scene)).said, wanted))

test('history is asked once a process, and only where a write is due', async () => {
  const runtime = runtimeMemory()
  assert.equal((await judged({ runtime, value: '1.5.0' })).asked.length, 0)
  assert.equal((await judged({ runtime })).asked.length, 1)
  assert.equal((await judged({ runtime })).asked.length, 0)
})

test('history that could not be read is asked again', async () => {
  const runtime = runtimeMemory()
  const history = new ReconcileError(reasons.gitUnavailable, 'down')
  await judged({ runtime, history })
  assert.equal((await judged({ runtime, history: true })).said, 'held Reverted')
})

test('history counts from the policy’s creation, or from the last write that is known of', async () => {
  const created = Date.UTC(2026, 0, 1)
  const writtenAt = now - minute
  assert.deepEqual((await judged()).asked, [{ to: '1.5.0', since: created }])
  const known = await judged({ app: { written: '1.4.0', writtenAt: at(writtenAt) } })
  assert.deepEqual(known.asked, [{ to: '1.5.0', since: writtenAt }])
})

test('what was resumed while nothing could be chosen stays resumed', async () => {
  const runtime = runtimeMemory()
  await judged({ runtime, resumed: 'policy', choice: '' })
  assert.equal((await judged({ runtime, history: true })).said, 'write 1.5.0')
})

const places: readonly [name: string, app: Partial<ApplicationStatus>, wanted: string][] = [
  ['a rollback where it was written is held', { written: '1.5.0', writtenTo: 'here' }, 'held Reverted'],
  [
    'what was written at another place does not count here',
    { written: '1.5.0', writtenTo: 'elsewhere' },
    'write 1.5.0',
  ],
  ['a status that does not know the place yet counts', { written: '1.5.0' }, 'held Reverted'],
]
for (const [name, app, wanted] of places)
  test(name, async () => {
    const { said: verdict, asked } = await judged({ app, history: true })
    assert.equal(verdict, wanted)
    assert.deepEqual(asked, [], 'history tells nothing of places')
  })
