import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { parseConfig } from '../../src/config.ts'
import type { Application } from '../../src/core/applications/application.ts'
import { atOnce } from '../../src/core/targets/file-work.ts'
import { ReconcileError } from '../../src/errors.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createLoop } from '../../src/reconcile/loop.ts'
import type { StoredPolicy } from '../../src/kubernetes/policies.ts'
import { noRegistries } from '../../src/registry/registries.ts'
import type { Scans } from '../../src/registry/scans.ts'
import { application, source } from '../core/build-application.ts'
import { waitFor } from '../servers/poll.ts'
import { storedPolicy } from './build-run.ts'

const unknown = new ReconcileError(reasons.kubernetesUnavailable, 'not known')
const never = (): never => assert.fail('not to be asked')

/** A loop over policies and Applications in memory; Argo CD's patches are taken, statuses are kept. */
function loopOf(t: TestContext, stored: readonly StoredPolicy[], longestReading?: number) {
  const parsed = parseConfig([])
  assert.ok(parsed.kind === 'config')
  const policies = new Map(stored.map((policy) => [`argocd/${policy.identity.name}`, policy]))
  const world = {
    policies,
    statuses: [] as { readonly name: string; readonly status: ImageUpdatePolicyStatus }[],
    applications: [application({ sources: [source()] })] as readonly Application[] | undefined,
    patched: [] as string[],
    errors: [] as string[],
    tags: ['1.4.0', '1.5.0'] as readonly string[],
    beforeScan: undefined as ((host: string) => Promise<void> | void) | undefined,
    beforePatch: undefined as (() => Promise<void>) | undefined,
    isPatching: false,
  }
  const known = () => {
    if (world.applications === undefined) throw unknown
    return world.applications
  }
  const scans: Scans = {
    tags: async ({ host }) => {
      await world.beforeScan?.(host)
      return { tags: world.tags, revision: world.tags.join(), at: 0 }
    },
    digest: never,
    metadata: never,
    close: () => Promise.resolve(),
  }
  const silent = () => undefined
  const metrics = createMetrics()
  const loop = createLoop({
    config: parsed.config,
    log: { debug: silent, info: silent, warn: silent, error: (message) => void world.errors.push(message) },
    metrics,
    events: { record: silent } as never,
    settings: { get: never },
    secrets: { get: never, listRepositorySecrets: never, settled: Promise.resolve(), close: () => Promise.resolve() },
    repositories: {
      tip: never,
      read: never,
      list: never,
      standing: never,
      recentMessages: never,
      submit: never,
      close: () => Promise.resolve(),
    },
    work: atOnce,
    scans,
    registries: { current: () => noRegistries },
    serviceAccounts: { get: never, token: never },
    cloudLogins: { get: never },
    store: {
      get: (key) => policies.get(key),
      list: () => [...policies.values()],
      patchStatus: async ({ identity: { name } }, status) => void world.statuses.push({ name, status }),
    },
    applications: {
      list: known,
      get: (namespace, name) => known().find((one) => one.namespace === namespace && one.name === name),
      patch: async ({ name }) => {
        world.isPatching = true
        await world.beforePatch?.()
        world.patched.push(name)
        return 'patched'
      },
      requestRefresh: () => Promise.resolve(),
    },
    projects: { get: () => undefined } as never,
    clock: Date.now,
    random: () => 0.5,
    ...(longestReading === undefined ? {} : { longestReading }),
  })
  t.after(() => loop.drain())
  const reasonOf = (name: string) =>
    world.statuses.findLast((one) => one.name === name)?.status.conditions?.find(({ type }) => type === 'Ready')?.reason
  const until = (name: string, reason: string) =>
    waitFor(`${name} is ${reason}`, () => Promise.resolve(reasonOf(name) === reason || undefined), 5_000)
  return { world, loop, metrics, until, series: async () => (await metrics.scrape()).text }
}

test('Applications that are not known when it begins, and that the status tells of, end nothing', async (t) => {
  const status = { applications: [{ name: 'web', namespace: 'argocd', written: '1.4.0' }] }
  const { loop, world, until } = loopOf(t, [storedPolicy({ status })])
  world.applications = undefined
  loop.begin()
  await until('web', 'KubernetesUnavailable')
  world.applications = [application()]
  loop.onPolicy('argocd/web')
  await until('web', 'UpdateWritten')
})

test('of two policies on one key the younger does not write, whichever is run first', async (t) => {
  const older = storedPolicy({ name: 'older' })
  const plain = storedPolicy({ name: 'younger' })
  const younger = { ...plain, identity: { ...plain.identity, creationTimestamp: '2026-02-01T00:00:00Z' } }
  const { loop, world, until } = loopOf(t, [younger, older])
  loop.begin()
  await until('younger', 'TargetConflict')
  await until('older', 'UpdateWritten')
  assert.deepEqual(world.patched, ['web'])
})

test('a registry that lets one wait holds up no policy of another, however many follow it', async (t) => {
  const many = Array.from({ length: 25 }, (_, index) =>
    storedPolicy({ name: `slow-${index}`, given: { image: 'slow.example/web' } }),
  )
  const { loop, world, until } = loopOf(t, [...many, storedPolicy({ name: 'web' })])
  let answer: () => void = () => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  world.beforeScan = (host) => (host === 'slow.example' ? answered : undefined)
  loop.begin()
  await until('web', 'TargetConflict').finally(answer)
  const [first] = world.statuses
  assert.equal(first?.name, 'web')
  await until('slow-24', 'TargetConflict')
})

test('nothing runs before the beginning', async (t) => {
  const { loop, world } = loopOf(t, [storedPolicy()])
  loop.onPolicy('argocd/web')
  loop.onApplication({ key: 'argocd/web', before: undefined, after: application() })
  loop.onProject()
  await loop.settled()
  assert.deepEqual(world.statuses, [])
})

test('a fault of ours in one run ends neither the process nor the policy', async (t) => {
  const { loop, world, until } = loopOf(t, [storedPolicy()])
  world.beforeScan = () => {
    throw new TypeError('a fault')
  }
  loop.begin()
  await until('web', 'InternalError')
  world.beforeScan = undefined
  loop.onPolicy('argocd/web')
  await until('web', 'UpdateWritten')
})

test('series of a policy that is deleted while it runs are gone in the end', async (t) => {
  const { loop, world, series } = loopOf(t, [storedPolicy()])
  world.beforeScan = () => {
    world.policies.delete('argocd/web')
    loop.onPolicy('argocd/web')
  }
  loop.begin()
  await waitFor('the run', () => Promise.resolve(world.statuses.length > 0 || undefined), 5_000)
  await loop.drain()
  assert.doesNotMatch(await series(), /name="web"/)
})

test('an Application that appears runs the policies that it concerns', async (t) => {
  const { loop, world, until } = loopOf(t, [storedPolicy()])
  world.applications = []
  loop.begin()
  await until('web', 'ApplicationNotFound')
  const after = application()
  world.applications = [after]
  loop.onApplication({ key: 'argocd/web', before: undefined, after })
  await until('web', 'UpdateWritten')
})

test('a registry that never comes to an end holds a run for so long and no longer; what stands in Applications is told', async (t) => {
  const { loop, world, until } = loopOf(t, [storedPolicy()], 50)
  world.beforeScan = () => new Promise(() => undefined)
  loop.begin()
  await until('web', 'ScanIncomplete')
  assert.equal(world.statuses[0]?.status.applications?.[0]?.name, 'web')
  world.beforeScan = undefined
  loop.onPolicy('argocd/web')
  await until('web', 'UpdateWritten')
})

test('the end does not wait for a run that reads, and tells nothing of it; what is being written is finished and told', async (t) => {
  const given = { image: 'slow.example/web', applications: [{ name: 'other' }] }
  const { loop, world } = loopOf(t, [storedPolicy({ name: 'slow', given }), storedPolicy()])
  let isAsked = false
  world.beforeScan = (host) => {
    if (host !== 'slow.example') return
    isAsked = true
    return new Promise(() => undefined)
  }
  let patched: () => void = () => undefined
  world.beforePatch = () => new Promise((resolve) => (patched = resolve))
  loop.begin()
  await waitFor('both', () => Promise.resolve((isAsked && world.isPatching) || undefined), 5_000)
  let isDrained = false
  const draining = loop.drain().then(() => (isDrained = true))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isDrained, false)
  patched()
  await draining
  assert.deepEqual(
    world.statuses.map(({ name }) => name),
    ['web'],
  )
})
