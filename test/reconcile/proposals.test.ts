import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationStatus } from '../../src/api/v1alpha1.ts'
import { ReconcileError } from '../../src/errors.ts'
import { judge } from '../../src/reconcile/judge.ts'
import { nothingFollowed, type Followable } from '../../src/reconcile/follow.ts'
import { settle } from '../../src/reconcile/settle.ts'
import type { Place, PushPlace, WroteBefore, Written } from '../../src/writeback/place.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, now, placeWith, runOf, runtimeMemory } from './build-run.ts'

const waitsOn = { branch: 'updates', base: 'main' }

interface Scene {
  readonly base?: string
  /** What the push branch says; undefined: it is not there. */
  readonly said?: string
  readonly push?: Partial<PushPlace>
  readonly app?: Partial<ApplicationStatus>
  readonly choice?: string
  /** Where history shows it. */
  readonly history?: WroteBefore
  readonly written?: Written
  /** The process has looked into history before. */
  readonly looked?: boolean
}

/** A place with a push branch, where 1.5.0 is the choice. */
function scenery(scene: Scene) {
  const { base = '1.4.0', said, push = {}, app = {}, choice = '1.5.0', history } = scene
  const calls = { history: 0, merged: 0 }
  const followed: Followable[] = []
  const runtime = runtimeMemory()
  if (scene.looked === true) runtime.looked.add('argocd/web')
  const run = runOf({ runtime, status: { applications: [{ name: 'web', namespace: 'argocd', ...app }] } })
  const place: Place = placeWith(base, {
    write: (from, to) => Promise.resolve(scene.written ?? { kind: 'written', from, to, revision: 'abc', waitsOn }),
    wroteBefore: () => {
      calls.history += 1
      return Promise.resolve(history)
    },
    push: {
      ...waitsOn,
      tip: 'def',
      isThere: said !== undefined,
      isOurs: true,
      said: said === undefined ? undefined : { value: said, values: [said], complete: true, carriedDue: false },
      overtaken: false,
      fixed: false,
      merged: async () => void (calls.merged += 1),
      ...push,
    },
  })
  const spec = policySpec({ writeBack: { method: 'git' } })
  const matter = { spec, choice: { tag: choice }, metadata: new Map(), conflictAt: () => undefined }
  const looked = { link: linkTo(application(), spec), place }
  const follow = async (_run: unknown, _spec: unknown, followable: Followable) => {
    followed.push(followable)
    return nothingFollowed
  }
  return { run, matter, looked, calls, followed, follow }
}

async function settled(scene: Scene) {
  const { run, matter, looked, calls, followed, follow } = scenery(scene)
  const methods = { argocd: undefined, git: undefined } as never
  const deps = { methods, follow, clock: () => now }
  const { applications } = await settle(run, matter, [looked], { place: { lend: (awaited) => awaited }, deps })
  return { outcome: applications[0] ?? assert.fail(), calls, followed: followed[0] ?? assert.fail() }
}

test('what is pushed is neither desired nor followed, but waits', async () => {
  const { outcome, followed } = await settled({ app: { written: '1.4.0', writtenAt: new Date(now - 1).toISOString() } })
  assert.deepEqual(outcome.result, { kind: 'written', from: '1.4.0', to: '1.5.0', revision: 'abc', waitsOn })
  assert.deepEqual([outcome.current, outcome.written, followed.value], ['1.4.0', '1.4.0', '1.4.0'])
})

test('what somebody else has put on the branch already waits as well', async () => {
  const { outcome } = await settled({ said: '1.5.0', written: { kind: 'unchanged' } })
  assert.ok(outcome.result.kind === 'held')
  assert.deepEqual([outcome.result.gate, outcome.result.proposed], ['Merge', '1.5.0'])
})

test('what was proposed and is on the base now is written from now on: Argo CD is asked to look, and it is followed', async () => {
  const { outcome, calls, followed } = await settled({ base: '1.5.0', said: '1.5.0', app: { proposed: '1.5.0' } })
  assert.deepEqual([outcome.result.kind, outcome.mergedAt, outcome.proposed], ['upToDate', 'def', undefined])
  assert.deepEqual([outcome.written, outcome.writtenAt], ['1.5.0', now])
  assert.deepEqual(
    [followed.value, followed.written, followed.writtenAt, followed.mergedAt],
    ['1.5.0', '1.5.0', now, 'def'],
  )
  assert.equal(calls.merged, 1)
})

test('a merge is seen also when something newer is chosen at the same moment', async () => {
  const { outcome, calls } = await settled({ base: '1.4.0', said: '1.4.0', app: { proposed: '1.4.0' } })
  assert.deepEqual([outcome.result.kind, outcome.mergedAt, outcome.written], ['written', 'def', '1.4.0'])
  assert.equal(calls.merged, 1)
})

test('a merge that only a second look has seen, for the value moved while it was written, is told all the same', async () => {
  const app = { proposed: '1.5.0' }
  const before = scenery({ said: '1.5.0', app, choice: '1.6.0', written: { kind: 'moved' } })
  const after = scenery({ base: '1.5.0', said: '1.5.0', app, choice: '1.6.0' })
  const method = {
    claims: () => [],
    possible: () => [],
    aliases: () => [],
    observe: () => Promise.resolve(after.looked.place),
  }
  const deps = { methods: { argocd: method, git: method }, follow: before.follow, clock: () => now }
  const { applications } = await settle(before.run, before.matter, [before.looked], {
    place: { lend: (awaited) => awaited },
    deps,
  })
  const [outcome] = applications
  assert.deepEqual([outcome?.result.kind, outcome?.mergedAt, outcome?.written], ['written', 'def', '1.5.0'])
  assert.deepEqual([before.calls.merged, after.calls.merged], [0, 1])
})

test('a merge is noted once', async () => {
  const { outcome, calls } = await settled({ base: '1.5.0', said: '1.5.0', app: { written: '1.5.0' } })
  assert.deepEqual([outcome.mergedAt, calls.merged], [undefined, 0])
})

test('what waits is remembered while the place can’t be seen', async () => {
  const { run, matter, looked, follow } = scenery({ app: { proposed: '1.5.0' } })
  const place = new ReconcileError('GitUnavailable', 'down')
  const deps = { methods: { argocd: undefined, git: undefined } as never, follow, clock: () => now }
  const lend = { lend: <T>(awaited: Promise<T>) => awaited }
  const { applications } = await settle(run, matter, [{ ...looked, place }], { place: lend, deps })
  assert.equal(applications[0]?.proposed, '1.5.0')
})

test('that something was taken back is remembered from the look at which the branch was gone, whatever becomes of it', async () => {
  const gone = await settled({ app: { proposed: '1.5.0' } })
  const again = await settled({ said: '1.4.0', app: { proposed: '1.5.0', takenBack: true } })
  const healed = await settled({ said: '1.5.0', app: { proposed: '1.5.0', takenBack: true } })
  const told = [gone, again, healed].map(({ outcome: { result, takenBack } }) => [
    result.kind === 'held' && result.gate,
    takenBack,
  ])
  assert.deepEqual(told, [
    ['Reverted', true],
    ['Reverted', true],
    ['Merge', false],
  ])
})

test('what the base’s history tells is remembered as written there, for the branch says nothing of it', async () => {
  for (const said of ['1.4.0', '1.5.0']) {
    const { outcome } = await settled({ said, history: 'here' })
    assert.deepEqual(
      [outcome.result.kind === 'held' && outcome.result.gate, outcome.written, outcome.proposed],
      ['Reverted', '1.5.0', undefined],
    )
  }
})

test('what the branch’s history tells is remembered as taken back there', async () => {
  const { outcome } = await settled({ said: '1.4.0', push: { isOurs: false }, history: 'beside' })
  assert.deepEqual([outcome.written, outcome.proposed, outcome.takenBack], [undefined, '1.5.0', true])
})

const rows: readonly [name: string, scene: Scene, wanted: string, asked: number][] = [
  ['a first write', {}, 'write', 1],
  ['a first write of a process that has looked before', { looked: true }, 'write', 0],
  ['deleted', { app: { proposed: '1.5.0' } }, 'Reverted', 0],
  [
    'missing among commits of others, and history had it',
    { said: '1.4.0', push: { isOurs: false }, app: { proposed: '1.5.0' }, history: 'beside', looked: true },
    'Reverted',
    1,
  ],
  [
    'missing among commits of others, and history never had it',
    { said: '1.4.0', push: { isOurs: false }, app: { proposed: '1.5.0' }, looked: true },
    'write',
    1,
  ],
  [
    'taken back, and the branch is there again, all ours',
    { said: '1.4.0', app: { proposed: '1.5.0', takenBack: true } },
    'Reverted',
    0,
  ],
  [
    'taken back, and something newer is chosen',
    { said: '1.4.0', app: { proposed: '1.5.0', takenBack: true }, choice: '1.6.0', looked: true },
    'write',
    0,
  ],
  [
    'taken back from another place',
    { said: '1.4.0', app: { proposed: '1.5.0', takenBack: true, writtenTo: 'elsewhere' } },
    'write',
    0,
  ],
  [
    'missing on a branch of ours: it began anew',
    { said: '1.4.0', app: { proposed: '1.5.0' }, history: 'beside', looked: true },
    'write',
    0,
  ],
  [
    'nothing is remembered, and history had it',
    { said: '1.4.0', push: { isOurs: false }, history: 'beside' },
    'Reverted',
    1,
  ],
  ['nothing is remembered, there is no branch, and the base’s history had it', { history: 'here' }, 'Reverted', 1],
]
for (const [name, scene, wanted, asked] of rows)
  test(`judges: ${name}`, async () => {
    const { run, matter, looked, calls } = scenery(scene)
    const { action } = (await judge(run, matter, looked)).verdict
    assert.deepEqual([action.kind === 'held' ? action.gate : action.kind, calls.history], [wanted, asked])
  })
