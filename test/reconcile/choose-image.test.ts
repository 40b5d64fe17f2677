import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { clockHash } from '../../src/core/memory.ts'
import { firstSeenStatus } from '../../src/core/choosing/sightings.ts'
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
  let stored: ImageUpdatePolicyStatus = {}
  const hash = clockHash({ applications: [{ name: 'web' }], strategy: 'semver', ...whole })
  const run = async (runtime: RuntimeMemory, desired: readonly string[] | 'unknown' = [], status = stored) => {
    registry.clearRequests()
    const now = clock.now()
    const one = runOf({ given: whole, runtime, status, at: now })
    const scanned = await scanImage(one, spec, { scans, ...nowhere })
    const { evaluation, sightings } = await chooseImage(one, spec, scanned, {
      scans,
      desired: desired === 'unknown' ? undefined : desired.map((tag) => ({ tag })),
    })
    const { choice, waiting } = evaluation
    const clocks = sightings && { firstSeen: firstSeenStatus(sightings, { minAge: hour, now }), firstSeenFor: hash }
    stored = { ...clocks, ...(choice && { chosen: { ...choice, image: choice.tag } }) }
    const asked = registry.requests().filter(({ path }) => !path.includes('/tags/'))
    return { choice: choice?.tag, waiting: waiting?.tag, sightings, asked: asked.map(({ method }) => method) }
  }
  return { clock, push, run, registry, status: () => stored }
}

test('the same list is not evaluated again; another list is, and the same list for another spec', async (t) => {
  const registry = await useRegistry(t)
  const { scans, clock } = openScans(t)
  const given = { image: `${registry.host}/shop/web`, registry: { insecure: true } }
  const runtime = runtimeMemory()
  const evaluated = async (spec = policySpec(given)) => {
    clock.advance(2 * 60_000)
    const run = runOf({ given, runtime, at: clock.now() })
    const scanned = await scanImage(run, spec, { scans, ...nowhere })
    return (await chooseImage(run, spec, scanned, { scans, desired: [] })).evaluation
  }
  const spec = policySpec(given)
  await pushImage(registry, 'shop/web', '1.0')
  const first = await evaluated(spec)
  assert.equal(first.choice?.tag, '1.0')
  assert.equal(await evaluated(spec), first, 'the very same')

  await pushImage(registry, 'shop/web', '1.1')
  const second = await evaluated(spec)
  assert.equal(second.choice?.tag, '1.1')
  const narrow = await evaluated(policySpec({ ...given, constraints: { version: '<1.1' } }))
  assert.equal(narrow.choice?.tag, '1.0')
})

test('what images say decides too: the same list is evaluated again', async (t) => {
  const { clock, push, run } = await scene(t, { constraints: {}, strategy: 'latest' })
  const runtime = runtimeMemory()
  await push('a')
  clock.advance(2 * 60_000)
  await push('b')
  assert.equal((await run(runtime)).choice, 'b')
  clock.advance(2 * 60_000)
  await push('a')
  assert.equal((await run(runtime)).choice, 'a')
})

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
  const { clock, push, run, status } = await scene(t, { constraints: { minAge: '1h' } })
  const first = runtimeMemory()
  await push('1.0')
  assert.equal((await run(first, ['1.0'])).choice, '1.0')

  clock.advance(10 * 60_000)
  await push('1.1')
  const seen = await run(first, ['1.0'])
  assert.deepEqual([seen.choice, seen.waiting], ['1.0', '1.1'])

  clock.advance(59 * 60_000)
  const before = status()
  const second = runtimeMemory()
  assert.equal((await run(second, ['1.0'])).waiting, '1.1')
  clock.advance(60_000)
  assert.equal((await run(first, ['1.0'], before)).choice, '1.1')
  assert.equal((await run(second, ['1.0'], before)).choice, '1.1')

  const other = await run(runtimeMemory(), ['1.0'], { ...before, firstSeenFor: 'other' })
  assert.deepEqual([other.choice, other.waiting], ['1.0', '1.1'])
})

test('minAge: no clock begins before an Application could be looked at', async (t) => {
  const { push, run } = await scene(t, { constraints: { minAge: '1h' } })
  const runtime = runtimeMemory()
  await push('1.0')
  await push('1.1')
  const before = await run(runtime, 'unknown')
  assert.deepEqual([before.choice, before.sightings], ['1.1', undefined])
  const first = await run(runtime, ['1.0'])
  assert.deepEqual([first.choice, first.waiting], ['1.0', '1.1'])
  const out = await run(runtime, 'unknown')
  assert.deepEqual([out.choice, out.waiting], ['1.0', '1.1'])
})

test('minAge: what a process saw before the policy was changed and changed back is forgotten', async (t) => {
  const { clock, push, run } = await scene(t, { constraints: { minAge: '1h' } })
  const runtime = runtimeMemory()
  await push('1.0')
  await run(runtime, ['1.0'])
  await push('1.1')
  clock.advance(48 * hour)
  // Meanwhile without minAge, 1.1 was written: the status tells of no clock.
  assert.equal((await run(runtime, ['1.1'], { chosen: { tag: '1.1', image: '1.1' } })).choice, '1.1')
})

test('minAge: a version that is pushed anew begins anew, where its digest is read', async (t) => {
  const { clock, push, run } = await scene(t, { constraints: { platforms: both, minAge: '1h' } })
  const runtime = runtimeMemory()
  await push('1.0')
  await run(runtime, ['1.0'])
  await push('1.1')
  clock.advance(10 * 60_000)
  assert.equal((await run(runtime, ['1.0'])).waiting, '1.1')
  clock.advance(50 * 60_000)
  await push('1.1', [...both, 'linux/arm'])
  clock.advance(11 * 60_000)
  assert.equal((await run(runtime, ['1.0'])).waiting, '1.1')
  clock.advance(50 * 60_000)
  assert.equal((await run(runtime, ['1.0'])).waiting, '1.1')
  clock.advance(11 * 60_000)
  assert.equal((await run(runtime, ['1.0'])).choice, '1.1')
})

test('minAge: a question that fails makes no tag newer', async (t) => {
  const { clock, push, run, registry } = await scene(t, { constraints: { platforms: both, minAge: '1h' } })
  const runtime = runtimeMemory()
  await push('1.0')
  await run(runtime, ['1.0'])
  await push('1.1')
  clock.advance(10 * 60_000)
  registry.fault(({ path }) => (path.includes('/manifests/') ? { kind: 'answer', status: 400 } : undefined))
  await assert.rejects(run(runtime, ['1.0']))
  registry.fault(undefined)
  clock.advance(hour)
  assert.equal((await run(runtime, ['1.0'])).choice, '1.1')
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
