import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveImage } from '../../src/reconcile/resolve-image.ts'
import { scanImage } from '../../src/reconcile/scan-image.ts'
import { policySpec } from '../core/build-policy.ts'
import { openScans, useRegistry } from '../registry/fixture.ts'
import { pushImage } from '../servers/image.ts'
import { nowhere, runOf, runtimeMemory } from './build-run.ts'

const platforms = ['linux/amd64', 'linux/arm64']

for (const constraints of [undefined, { platforms }])
  test(`a version that points elsewhere now is told and not written, ${constraints === undefined ? 'known or not' : 'also where platforms are asked for'}`, async (t) => {
    const registry = await useRegistry(t)
    const { scans, clock } = openScans(t)
    const given = {
      image: `${registry.host}/shop/web`,
      registry: { insecure: true },
      writeBack: { digest: 'withTag' as const },
      ...(constraints === undefined ? {} : { constraints }),
    }
    const spec = policySpec(given)
    const runtime = runtimeMemory()
    const resolved = async (status = {}) => {
      const run = runOf({ given, runtime, status, at: clock.now() })
      const scanned = await scanImage(run, spec, { scans, ...nowhere })
      const { image } = await resolveImage(run, spec, scanned, { scans, desired: [], clock: clock.now })
      assert.ok(image.kind === 'chosen')
      return { digest: image.choice.digest, note: image.evaluation.note }
    }
    const { digest } = await pushImage(registry, 'shop/web', '1.0', { platforms })
    assert.deepEqual(await resolved(), { digest, note: undefined })

    const chosen = { tag: '1.0', digest, image: '1.0' }
    const moved = await pushImage(registry, 'shop/web', '1.0', { platforms, seed: 'anew' })
    clock.advance(2 * 60_000)
    assert.deepEqual(await resolved({ chosen }), { digest, note: undefined }, 'asked once an hour')
    clock.advance(3_600_000)
    assert.deepEqual(await resolved({ chosen }), {
      digest,
      note: `tag 1.0 points to ${moved.digest} now; ${digest}, which was chosen, stays`,
    })
  })

test('what a tag points to is no part of a choice that is written without it', async (t) => {
  const registry = await useRegistry(t)
  const { scans, clock } = openScans(t)
  const given = { image: `${registry.host}/shop/web`, registry: { insecure: true }, constraints: { platforms } }
  await pushImage(registry, 'shop/web', '1.0', { platforms })
  const run = runOf({ given, at: clock.now() })
  const spec = policySpec(given)
  const scanned = await scanImage(run, spec, { scans, ...nowhere })
  const { image } = await resolveImage(run, spec, scanned, { scans, desired: [], clock: clock.now })
  assert.deepEqual(image.kind === 'chosen' && image.choice, { tag: '1.0' })
})
