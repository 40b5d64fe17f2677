import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import { ReconcileError } from '../../src/errors.ts'
import { act } from '../../src/reconcile/act.ts'
import { judge } from '../../src/reconcile/judge.ts'
import type { Place, Written } from '../../src/writeback/place.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, now, placeWith, runOf, runtimeMemory } from './build-run.ts'

const moved: Written = { kind: 'moved' }
const down = new ReconcileError(reasons.gitUnavailable, 'down')

/** Carries out what is decided at each of these places in turn: the first is looked at, the others when it is looked at again. */
async function acted(
  places: readonly (Place | ReconcileError)[],
  options: { choice?: string; written?: string; writtenAt?: string } = {},
) {
  const { choice = '1.5.0', ...app } = options
  const runtime = runtimeMemory()
  const run = runOf({ runtime, status: { applications: [{ name: 'web', namespace: 'argocd', ...app }] } })
  const matter = {
    spec: policySpec(),
    choice: choice === '' ? undefined : { tag: choice },
    metadata: new Map(),
    conflictAt: () => undefined,
  }
  let looks = 0
  const next = () => Promise.resolve(places[Math.min((looks += 1), places.length - 1)] ?? assert.fail('no place'))
  const first = await judge(run, matter, { link: linkTo(application()), place: places[0] ?? assert.fail('no place') })
  const { result, value } = await act(run, matter, first, next)
  const told = result.kind === 'failed' ? result.error.reason : result.kind === 'held' ? result.gate : result.kind
  return { told, value, looks, result, runtime }
}

const answering = (value: string | undefined, written: Written | ReconcileError): Place =>
  placeWith(value, {
    write: () => (written instanceof ReconcileError ? Promise.reject(written) : Promise.resolve(written)),
  })

const rows: readonly [
  name: string,
  places: Parameters<typeof acted>[0],
  options: Parameters<typeof acted>[1],
  wanted: readonly [told: string, value: string | undefined, looks: number],
][] = [
  ['a write', [placeWith('1.4.0')], {}, ['written', '1.5.0', 0]],
  ['nothing is due', [placeWith('1.5.0')], {}, ['upToDate', '1.5.0', 0]],
  ['nothing is chosen', [placeWith('1.4.0')], { choice: '' }, ['idle', '1.4.0', 0]],
  ['a hold', [placeWith('1.4.0')], { written: '1.5.0' }, ['Reverted', '1.4.0', 0]],
  ['somebody wrote the same', [answering('1.4.0', { kind: 'unchanged' })], {}, ['upToDate', '1.5.0', 0]],
  ['a write that fails', [answering('1.4.0', down)], {}, ['GitUnavailable', '1.4.0', 0]],
  ['what can’t be seen', [down], {}, ['GitUnavailable', undefined, 0]],
  [
    'a value that moved is decided upon anew: written',
    [answering('1.4.0', moved), placeWith('1.3.0')],
    {},
    ['written', '1.5.0', 1],
  ],
  [
    'a value that moved is decided upon anew: held',
    [answering('1.4.0', moved), placeWith('2.0.0')],
    {},
    ['Downgrade', '2.0.0', 1],
  ],
  ['a value that moved out of sight', [answering('1.4.0', moved), down], {}, ['GitUnavailable', undefined, 1]],
  ['a value that keeps moving', [answering('1.4.0', moved)], {}, ['WriteBackConflict', '1.4.0', 2]],
]
for (const [name, places, options, wanted] of rows)
  test(name, async () => {
    const { told, value, looks } = await acted(places, options)
    assert.deepEqual([told, value, looks], wanted)
  })

test('a write tells from what, to what and in which commit', async () => {
  const { result } = await acted([placeWith('1.4.0')])
  assert.deepEqual(result, { kind: 'written', from: '1.4.0', to: '1.5.0', revision: 'abc' })
})

const due = { kind: 'known', value: '1.4.0', values: ['1.4.0'], complete: true, carriedDue: true } as const
for (const [name, choice, written, repairs, writes] of [
  ['without a choice', '', undefined, 1, 0],
  ['while a rollback is held', '1.5.0', '1.5.0', 1, 0],
  ['by the write itself', '1.5.0', undefined, 0, 1],
] as const)
  test(`carried-over entries are kept equal ${name}`, async () => {
    const calls = { repair: 0, write: 0 }
    const place = placeWith('1.4.0', {
      desired: due,
      repair: async () => {
        calls.repair += 1
        return { kind: 'unchanged' }
      },
      write: async (from, to) => {
        calls.write += 1
        return { kind: 'written', from, to, revision: undefined }
      },
    })
    await acted([place], { choice, ...(written === undefined ? {} : { written }) })
    assert.deepEqual(calls, { repair: repairs, write: writes })
  })

test('what a controller undid is noted, for the delay before the next write', async () => {
  const { told, runtime } = await acted([placeWith('1.4.0')], {
    written: '1.5.0',
    writtenAt: new Date(now - 5_000).toISOString(),
  })
  assert.equal(told, 'TargetConflict')
  assert.deepEqual(runtime.undone.get('argocd/web'), { count: 1, seenAt: now, retryAt: now + 10_000 })
})

test('what the image of the choice was built from goes with the write', async () => {
  const origin = { source: 'https://git.example.com/acme/web', revision: '3f1c' }
  const told: unknown[] = []
  const place = placeWith('1.4.0', {
    write: (...args) => {
      told.push(args)
      return Promise.resolve({ kind: 'unchanged' })
    },
  })
  const run = runOf()
  const metadata = new Map([['1.5.0', { digest: '', createdAt: undefined, origin }]])
  const matter = { spec: policySpec(), choice: { tag: '1.5.0' }, metadata, conflictAt: () => undefined }
  await act(run, matter, await judge(run, matter, { link: linkTo(application()), place }), () => Promise.resolve(place))
  assert.deepEqual(told, [['1.4.0', '1.5.0', origin]])
})
