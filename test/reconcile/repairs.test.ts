import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act } from '../../src/reconcile/act.ts'
import { judge } from '../../src/reconcile/judge.ts'
import type { Place } from '../../src/writeback/place.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, placeWith, runOf, runtimeMemory } from './build-run.ts'

const waitsOn = { branch: 'updates', base: 'main' }

/** What the branches say: is what is carried over due on the base, is the push branch there, and mended there? */
interface Sight {
  readonly due: boolean
  readonly branch: 'gone' | 'mended' | 'unmended'
}

/** A process that looks at a policy's place again and again; `repairs` counts the commits that mend what is carried over. */
function process(isPushed = true) {
  const runtime = runtimeMemory()
  let repairs = 0
  async function look({ due, branch }: Sight, { choice = '1.5.0', resumedAt = '' } = {}): Promise<number> {
    const desired = { kind: 'known', value: '1.5.0', values: ['1.5.0'], complete: true, carriedDue: due } as const
    const written = { kind: 'written', from: '1.5.0', revision: 'abc', waitsOn } as const
    const push = {
      ...waitsOn,
      tip: 'def',
      isThere: branch !== 'gone',
      isOurs: true,
      said: branch === 'gone' ? undefined : { ...desired, carriedDue: branch === 'unmended' },
      overtaken: false,
      fixed: false,
      merged: () => Promise.resolve(),
    }
    const place: Place = placeWith('1.5.0', {
      desired,
      ...(isPushed ? { push } : {}),
      write: (_, to) => Promise.resolve({ ...written, to }),
      repair: () => {
        repairs += 1
        return Promise.resolve({ ...written, to: '1.5.0' })
      },
    })
    const spec = policySpec({ writeBack: { method: 'git' } })
    const matter = { spec, choice: { tag: choice }, metadata: new Map(), conflictAt: () => undefined }
    const annotations = resumedAt === '' ? {} : { 'imageupdate.dev/resumedAt': resumedAt }
    const run = runOf({ runtime, annotations, status: { applications: [{ name: 'web', namespace: 'argocd' }] } })
    const judged = await judge(run, matter, { link: linkTo(application(), spec), place })
    await act(run, matter, judged, () => Promise.resolve(place))
    return repairs
  }
  return { look }
}

const drifted = { due: true, branch: 'gone' } as const
const mended = { due: true, branch: 'mended' } as const
const merged = { due: false, branch: 'gone' } as const

test('a branch that mends what is carried over and was deleted unmerged is not made again', async () => {
  const { look } = process()
  const seen = [await look(drifted), await look(mended), await look(drifted), await look(drifted)]
  assert.deepEqual(seen, [1, 1, 1, 1])
  assert.equal(await look({ due: true, branch: 'unmended' }), 1, 'not on one that others made again either')
})

test('one that was merged is, when something differs again', async () => {
  const { look } = process()
  assert.deepEqual([await look(drifted), await look(mended), await look(merged), await look(drifted)], [1, 1, 1, 2])
})

test('a new resumedAt ends it', async () => {
  const { look } = process()
  await look(drifted)
  assert.deepEqual([await look(drifted), await look(drifted, { resumedAt: 'now' })], [1, 2])
})

test('a newer choice, which brings it along, ends it', async () => {
  const { look } = process()
  await look(drifted)
  assert.deepEqual([await look(drifted), await look(drifted, { choice: '1.6.0' })], [1, 1])
  assert.equal(await look({ due: true, branch: 'unmended' }, { choice: '1.6.0' }), 1, 'by the write')
  assert.equal(await look({ due: true, branch: 'unmended' }), 2)
})

test('without a push branch nothing is taken back', async () => {
  const { look } = process(false)
  assert.deepEqual([await look(drifted), await look(drifted)], [1, 2])
})
