import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationStatus } from '../../src/api/v1alpha1.ts'
import { reasons } from '../../src/api/conditions.ts'
import type { Application } from '../../src/core/applications/application.ts'
import type { Result } from '../../src/core/outcome.ts'
import { ReconcileError } from '../../src/errors.ts'
import { createFollower, nothingFollowed, type Followed } from '../../src/reconcile/follow.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, now, runOf, runtimeMemory } from './build-run.ts'

const second = 1_000
const minute = 60 * second
const upToDate: Result = { kind: 'upToDate' }
const fresh: Result = { kind: 'written', from: '1.4.0', to: '1.5.0', revision: undefined }

const withTag = (tag: string) =>
  source({ helm: { parameters: [{ name: 'image.tag', value: tag, forceString: true }], valueFiles: [] } })
const compared = { status: 'Synced', revisions: [], comparedTo: [withTag('1.5.0')] }
const overlooked = { status: 'Synced', revisions: [], comparedTo: [withTag('1.4.0')] }
const old = ['ghcr.io/acme/web:1.4.0']

/** What is followed `age` ms after the write of 1.5.0. */
async function followed(
  seen: Partial<Application>,
  age: number,
  more: { result?: Result; before?: Partial<ApplicationStatus>; value?: string; fails?: boolean } = {},
) {
  const { result = upToDate, before = {}, value = '1.5.0', fails = false } = more
  const asked: string[] = []
  const runtime = runtimeMemory()
  const spec = policySpec()
  const app = application({ sources: [withTag('1.5.0')], ...seen })
  const follow = createFollower({
    get: () => app,
    requestRefresh: (_, how) => {
      asked.push(how)
      return fails ? Promise.reject(new ReconcileError(reasons.kubernetesUnavailable, 'down')) : Promise.resolve()
    },
  })
  const writtenAt = now - age
  const status = { name: 'web', namespace: 'argocd', current: '1.5.0', written: '1.5.0', ...before }
  const look = async (): Promise<Followed> =>
    await follow(runOf({ runtime, status: { applications: [status] } }), spec, {
      link: linkTo(app, spec),
      result,
      value,
      written: '1.5.0',
      writtenAt,
    })
  return { first: await look(), again: await look(), asked }
}

const rows: readonly [name: string, seen: Partial<Application>, age: number, wanted: Partial<Followed>][] = [
  [
    'a patch that Argo CD has not seen yet is looked at after 5 s',
    { sync: overlooked, images: old },
    second,
    { seen: { live: '1.4.0', sync: 'Synced', health: 'Healthy' }, lookAgainIn: 4 * second },
  ],
  [
    'a patch that is compared is looked at again after 5 min',
    { sync: compared, images: old },
    minute,
    { lookAgainIn: 4 * minute, suspicious: undefined },
  ],
  [
    'what is live and healthy needs no further look',
    { sync: compared, images: ['ghcr.io/acme/web:1.5.0'] },
    minute,
    { seen: { live: '1.5.0', sync: 'Synced', health: 'Healthy' }, lookAgainIn: undefined },
  ],
  [
    'after 30 min without a Pod what was told is left as it was',
    { sync: { ...compared, status: 'OutOfSync' }, health: 'Degraded', images: old },
    30 * minute,
    nothingFollowed,
  ],
  [
    'what becomes live after 30 min is told',
    { sync: compared, images: ['ghcr.io/acme/web:1.5.0'] },
    40 * minute,
    { seen: { live: '1.5.0', sync: 'Synced', health: 'Healthy' }, lookAgainIn: undefined },
  ],
]
for (const [name, seen, age, wanted] of rows)
  test(name, async () => {
    const { first } = await followed(seen, age)
    assert.deepEqual({ ...first, ...wanted }, first)
  })

test('Argo CD is asked to refresh once a write, and not in the first 5 s', async () => {
  assert.deepEqual((await followed({ sync: overlooked, images: old }, 6 * second)).asked, ['normal'])
  assert.deepEqual((await followed({ sync: overlooked, images: old }, 4 * second)).asked, [])
  assert.deepEqual((await followed({ sync: overlooked, images: old }, second, { result: fresh })).asked, [])
})

test('a patch of half an hour ago is not refreshed any more', async () => {
  assert.deepEqual((await followed({ sync: overlooked, images: old }, 31 * minute)).asked, [])
})

test('a request to refresh that failed is made again', async () => {
  const { asked } = await followed({ sync: overlooked, images: old }, 6 * second, { fails: true })
  assert.deepEqual(asked, ['normal', 'normal'])
})

test('a value that is not what was written is not followed', async () => {
  assert.deepEqual((await followed({ images: old }, minute, { value: '1.4.0' })).first, nothingFollowed)
})

test('what was seen through is left alone, whatever becomes of it', async () => {
  const { first } = await followed({ health: 'Degraded', images: old }, minute, {
    before: { live: '1.5.0', health: 'Healthy' },
  })
  assert.deepEqual(first, nothingFollowed)
})

test('what no Pod has after 5 min is suspicious, and stays so until it is live', async () => {
  const suspicion = /^1\.5\.0 was written and compared, but no Pod has it: the key image\.tag/
  const marked = { before: { reason: 'NotLive' } }
  const at = async (...parts: Parameters<typeof followed>) => (await followed(...parts)).first.suspicious
  assert.match((await at({ sync: compared, images: old }, 5 * minute)) ?? '', suspicion)
  assert.match((await at({ sync: compared, health: 'Progressing', images: old }, 6 * minute, marked)) ?? '', suspicion)
  assert.match((await at({ sync: compared, images: old }, 31 * minute, marked)) ?? '', suspicion)
  assert.equal(await at({ sync: compared, images: ['ghcr.io/acme/web:1.5.0'] }, 6 * minute, marked), undefined)
})
