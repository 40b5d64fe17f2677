import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { clockHash } from '../../src/core/memory.ts'
import { firstSeenStatus } from '../../src/core/sightings.ts'
import { chooseImage } from '../../src/reconcile/choose-image.ts'
import { scanImage } from '../../src/reconcile/scan-image.ts'
import type { RuntimeMemory } from '../../src/reconcile/runtime-memory.ts'
import { openScans, useRegistry } from '../registry/fixture.ts'
import { policySpec } from '../core/build-policy.ts'
import { pushImage } from '../servers/image.ts'
import { nowhere, runOf, runtimeMemory } from './build-run.ts'

const hour = 3_600_000
const both = ['linux/amd64', 'linux/arm64']

/** A registry with `shop/web`, and a policy of it that is run on the clock of a test. */
async function scene(
  t: TestContext,
  given: Pick<ImageUpdatePolicySpec, 'constraints'> & { strategy?: ImageUpdatePolicySpec['strategy'] },
) {
  const registry = await useRegistry(t)
  const { scans, clock } = openScans(t)
  const whole = { ...given, image: `${registry.host}/shop/web`, registry: { insecure: true } }
  const spec = policySpec(whole)
  const push = (tag: string, platforms: readonly string[] = both) =>
    pushImage(registry, 'shop/web', tag, { platforms, created: new Date(clock.now()) })
  const run = async (
    runtime: RuntimeMemory,
    status: ImageUpdatePolicyStatus = {},
    desired: readonly string[] | 'unknown' = [],
  ) => {
    registry.clearRequests()
    const one = runOf({ given: whole, runtime, status, at: clock.now() })
    const scanned = await scanImage(one, spec, { scans, ...nowhere })
    const { evaluation, sightings } = await chooseImage(one, spec, scanned, {
      scans,
      desired: desired === 'unknown' ? undefined : desired.map((tag) => ({ tag })),
    })
    const asked = registry.requests().filter(({ path }) => !path.includes('/tags/'))
    return {
      choice: evaluation.choice?.tag,
      waiting: evaluation.waiting?.tag,
      sightings,
      asked: asked.map(({ method }) => method),
    }
  }
  const hash = clockHash({ applications: [{ name: 'web' }], strategy: 'semver', ...whole })
  return { clock, push, run, hash }
}

test('platforms: the best is asked about, once an hour; one that lacks a platform in each interval, until it has it', async (t) => {
  const { clock, push, run } = await scene(t, { constraints: { platforms: both } })
  const runtime = runtimeMemory()
  await push('1.0')
  await push('1.1', ['linux/amd64'])
  assert.deepEqual([(await run(runtime)).choice, (await run(runtime)).waiting], ['1.0', '1.1'])

  clock.advance(2 * 60_000)
  assert.deepEqual((await run(runtime)).asked, ['HEAD'])
  clock.advance(2 * 60_000)
  await push('1.1')
  assert.equal((await run(runtime)).choice, '1.1')
  clock.advance(2 * 60_000)
  assert.deepEqual((await run(runtime)).asked, [])
  clock.advance(hour)
  assert.deepEqual((await run(runtime)).asked, ['HEAD'])
})

test('minAge: a new tag waits, also for a process that has just started', async (t) => {
  const { clock, push, run, hash } = await scene(t, { constraints: { minAge: '1h' } })
  const first = runtimeMemory()
  await push('1.0')
  assert.equal((await run(first, {}, ['1.0'])).choice, '1.0')

  clock.advance(10 * 60_000)
  await push('1.1')
  const seen = await run(first, {}, ['1.0'])
  assert.deepEqual([seen.choice, seen.waiting], ['1.0', '1.1'])
  assert.ok(seen.sightings !== undefined)

  clock.advance(59 * 60_000)
  const status = {
    firstSeen: firstSeenStatus(seen.sightings),
    firstSeenFor: hash,
    chosen: { tag: '1.0', image: '1.0' },
  }
  const second = runtimeMemory()
  assert.equal((await run(second, status, ['1.0'])).waiting, '1.1')
  clock.advance(60_000)
  assert.deepEqual(
    [(await run(first, {}, ['1.0'])).choice, (await run(second, status, ['1.0'])).choice],
    ['1.1', '1.1'],
  )

  const other = await run(runtimeMemory(), { ...status, firstSeenFor: 'other' }, ['1.0'])
  assert.deepEqual([other.choice, other.waiting], ['1.0', '1.1'])
})

test('minAge: no clock begins before an Application could be looked at', async (t) => {
  const { push, run } = await scene(t, { constraints: { minAge: '1h' } })
  const runtime = runtimeMemory()
  await push('1.0')
  await push('1.1')
  const before = await run(runtime, {}, 'unknown')
  assert.deepEqual([before.choice, before.sightings], ['1.1', undefined])
  const first = await run(runtime, {}, ['1.0'])
  assert.deepEqual([first.choice, first.waiting], ['1.0', '1.1'])
  const out = await run(runtime, {}, 'unknown')
  assert.deepEqual([out.choice, out.waiting], ['1.0', '1.1'])
})

test('strategy digest: what the tag points to waits for age and platforms', async (t) => {
  const { clock, push, run } = await scene(t, {
    strategy: 'digest',
    constraints: { tag: 'main', platforms: both, minAge: '1h' },
  })
  const runtime = runtimeMemory()
  await push('main')
  assert.equal((await run(runtime)).choice, 'main')
  clock.advance(10 * 60_000)
  await push('main', ['linux/amd64'])
  assert.deepEqual(await run(runtime).then(({ choice, waiting }) => [choice, waiting]), [undefined, 'main'])
  clock.advance(hour)
  assert.equal((await run(runtime)).choice, undefined)
  await push('main', [...both, 'linux/arm'])
  clock.advance(10 * 60_000)
  assert.equal((await run(runtime)).choice, undefined)
  clock.advance(hour)
  assert.equal((await run(runtime)).choice, 'main')
})
