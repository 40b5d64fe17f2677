// What the operator may not read yet when it starts neither ends it nor is forgotten: it says so, and goes on once it may.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, startWorld, type World } from './world.ts'

interface Role {
  readonly rules: readonly { readonly resources: readonly string[] }[]
}

let world: World
before(async () => {
  world = await startWorld()
})
after(() => world.stop())

/** Takes the rights on a resource away; gives what gives them back. */
async function forbid(resource: string): Promise<() => Promise<void>> {
  const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${world.namespace}/roles/image-update-operator`
  const { rules } = await world.cluster.api<Role>('GET', role)
  const without = rules.filter(({ resources }) => !resources.includes(resource))
  assert.notEqual(without.length, rules.length)
  await world.cluster.api('PATCH', role, { rules: without })
  return async () => void (await world.cluster.api('PATCH', role, { rules }))
}

async function prepare(name: string): Promise<void> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.9.0' }))
  await pushImage(world.registry, name, '1.0.0')
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await world.policy(name, { image, strategy: 'semver' })
}

test('Applications that may not be read are told in the status, and looked at once they may', async () => {
  const name = 'no-applications'
  await prepare(name)
  const allow = await forbid('applications')
  await world.operator.start('--interval=2s')
  await world.untilReady(name, 'KubernetesUnavailable')
  assert.ok(world.operator.isRunning(), world.operator.log())
  await allow()
  await world.until(name, 'at 1.0.0', ({ current }) => current?.image === '1.0.0', 60_000)
  await world.operator.stop()
})

test('policies that may not be read are waited for', async () => {
  const name = 'no-policies'
  await prepare(name)
  const allow = await forbid('imageupdatepolicies')
  const starting = world.operator.start('--interval=2s')
  await waitFor('the refusal', () => Promise.resolve(world.operator.log().includes('403') || undefined))
  await allow()
  await starting
  await world.until(name, 'at 1.0.0', ({ current }) => current?.image === '1.0.0', 60_000)
  assert.ok(world.operator.isRunning(), world.operator.log())
  await world.operator.stop()
})
