import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../src/core/applications/application.ts'
import { ReconcileError } from '../../src/errors.ts'
import type { JsonPatchOperation } from '../../src/kubernetes/api-client.ts'
import { createArgocdMethod } from '../../src/writeback/argocd.ts'
import type { LinkedTarget } from '../../src/writeback/place.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo } from '../reconcile/build-run.ts'

const second = 1_000
const withTag = (tag: string) =>
  source({ helm: { parameters: [{ name: 'image.tag', value: tag, forceString: true }], valueFiles: [] } })
const other = source({ path: 'apps/other' })

/** The method where an Application was linked as `before` and is `now`. */
function method(now: Application | undefined, answer: 'patched' | 'moved' = 'patched') {
  const patches: (readonly JsonPatchOperation[])[] = []
  const argocd = createArgocdMethod({
    get: () => now,
    patch: (_, operations) => {
      patches.push(operations)
      return Promise.resolve(answer)
    },
  })
  return { argocd, patches }
}

const linked = (before: Application) => linkTo(before, policySpec()).target as LinkedTarget
const plain = application({ sources: [withTag('1.4.0')] })

test('what stands in the Application now is desired, not what stood there when it was linked', async () => {
  const { argocd } = method(application({ sources: [withTag('1.3.0')], resourceVersion: '7' }))
  const { desired, seenAt } = await argocd.observe(linked(plain), { notBefore: 0 })
  assert.deepEqual([desired.value, desired.complete, seenAt], ['1.3.0', true, 'resourceVersion 7'])
})

const gone: readonly [name: string, before: Application, now: Application | undefined, reason: string][] = [
  ['an Application that is gone', plain, undefined, 'TargetNotFound'],
  [
    'another source that has come before it',
    application({ sources: [withTag('1.4.0'), other] }),
    application({ sources: [other, withTag('1.4.0')] }),
    'WriteBackConflict',
  ],
  ['several sources instead of one', plain, application({ sources: [withTag('1.4.0'), other] }), 'WriteBackConflict'],
]
for (const [name, before, now, reason] of gone)
  test(`nothing is written to ${name}`, async () => {
    await assert.rejects(method(now).argocd.observe(linked(before), { notBefore: 0 }), (error: unknown) => {
      assert.ok(error instanceof ReconcileError)
      assert.equal(error.reason, reason)
      return true
    })
  })

const writes: readonly [name: string, stands: string, answer: 'patched' | 'moved', kind: string, patches: number][] = [
  ['a patch', '1.4.0', 'patched', 'written', 1],
  ['a patch whose test fails', '1.4.0', 'moved', 'moved', 1],
  ['what stands there already', '1.5.0', 'patched', 'unchanged', 0],
]
for (const [name, stands, answer, kind, count] of writes)
  test(`${name} is ${kind}`, async () => {
    const app = application({ sources: [withTag(stands)] })
    const { argocd, patches } = method(app, answer)
    const place = await argocd.observe(linked(app), { notBefore: 0 })
    assert.equal((await place.write('1.4.0', '1.5.0')).kind, kind)
    assert.equal(patches.length, count)
  })

test('history tells of what was deployed since then', async () => {
  const deployedAt = Date.UTC(2026, 5, 1)
  const history = [{ deployedAt, sources: [withTag('1.5.0')] }]
  const app = application({ sources: [withTag('1.4.0')], history })
  const place = await method(app).argocd.observe(linked(app), { notBefore: 0 })
  assert.equal(await place.wroteBefore('1.5.0', deployedAt), 'here')
  assert.equal(await place.wroteBefore('1.5.0', deployedAt + second), undefined)
  assert.equal(await place.wroteBefore('1.6.0', deployedAt), undefined)
})
