// Whatever fails around the operator: the right status while it lasts, and within an interval after it ended; no crash, no restart.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { startControlPlane, type StartedControlPlane } from '../servers/control-plane.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, startWorld, type World } from './world.ts'

const interval = '3s'
const withinMs = 8_000
let cluster: StartedControlPlane
let world: World
before(async () => {
  cluster = await startControlPlane()
  world = await startWorld({ cluster })
  await world.operator.start(`--interval=${interval}`)
})
after(async () => {
  const alive = world.operator.isRunning()
  await world.stop()
  await cluster.stop()
  assert.ok(alive, 'the operator ended')
})

async function begin(name: string, method: 'git' | 'argocd' = 'git'): Promise<void> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0' }))
  await world.lendRepository(name)
  await pushImage(world.registry, name, '1.0.0')
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await world.policy(name, { image, strategy: 'semver', writeBack: { method } })
  await written(name, '1.0.0')
}

const written = (name: string, value: string) =>
  world.until(name, `at ${value}`, ({ applications = [] }) => applications[0]?.written === value, withinMs)

test('registry down, then up', async () => {
  await begin('registry-down')
  await world.registry.stopServing()
  await pushImage(world.registry, 'registry-down', '1.1.0')
  const { status } = await world.untilReady('registry-down', 'RegistryUnavailable')
  assert.ok(status?.conditions?.some(({ type, status: is }) => type === 'Reconciling' && is === 'True'))
  assert.equal(status?.chosen?.tag, '1.0.0', 'the choice stays')
  await world.registry.startServing()
  await written('registry-down', '1.1.0')
})

test('git server down, then up', async () => {
  await begin('git-down')
  await world.git.stopServing()
  await pushImage(world.registry, 'git-down', '1.1.0')
  await world.untilReady('git-down', 'GitUnavailable')
  await world.git.startServing()
  await written('git-down', '1.1.0')
})

test('API server restarted', async () => {
  await begin('api-down', 'argocd')
  await cluster.stopApiServer()
  await pushImage(world.registry, 'api-down', '1.1.0')
  await cluster.startApiServer()
  await written('api-down', '1.1.0')
  await world.git.createRepository('after', chartFiles('chart', { repository: world.image('after'), tag: '0' }))
  await begin('after-restart', 'argocd')
})

test('an Application that appears after its policy', async () => {
  const image = world.image('late')
  await pushImage(world.registry, 'late', '1.0.0')
  await world.policy('late', { image, strategy: 'semver' })
  const { status } = await world.untilReady('late', 'ApplicationNotFound')
  assert.equal(status?.chosen?.tag, '1.0.0')
  await world.git.createRepository('late', chartFiles('chart', { repository: image, tag: '0' }))
  await world.application('late', { repoURL: world.git.repositoryUrl('late'), path: 'chart', targetRevision: 'main' })
  await written('late', '1.0.0')
})

test('a policy changed, suspended, resumed and deleted while it runs', async () => {
  const name = 'changed'
  await begin(name, 'argocd')
  await pushImage(world.registry, name, ['1.1.0', '2.0.0'])
  await written(name, '2.0.0')
  await world.patch('policy', name, { spec: { suspend: true } })
  await world.untilReady(name, 'Suspended')
  await pushImage(world.registry, name, '3.0.0')
  await world.patch('policy', name, { spec: { constraints: { version: '>=3', allowDowngrade: true } } })
  await world.untilReady(name, 'Suspended')
  assert.equal((await world.getApplication(name)).spec.source?.helm?.parameters?.[0]?.value, '2.0.0')
  await world.patch('policy', name, { spec: { suspend: false } })
  await written(name, '3.0.0')
  await waitFor('a series', async () => (await world.operator.metrics()).includes(`name="${name}"`))
  await cluster.api(
    'DELETE',
    `/apis/imageupdate.dev/v1alpha1/namespaces/${world.namespace}/imageupdatepolicies/${name}`,
  )
  await waitFor('its series are gone', async () => !(await world.operator.metrics()).includes(`name="${name}"`))
})

test('SIGTERM drains and ends with status 0, whatever a registry that answers a byte at a time has yet to say', async (t) => {
  assert.ok(world.operator.isRunning(), 'nothing before this ended the operator')
  let asked = 0
  const dripping = createServer((_, response) => {
    asked += 1
    response.write('{"tags":[')
    const drip = setInterval(() => response.write(' '), 200)
    response.on('close', () => clearInterval(drip))
  }).listen(0, '127.0.0.1')
  t.after(() => {
    dripping.close()
    dripping.closeAllConnections()
  })
  await once(dripping, 'listening')
  const { port } = dripping.address() as AddressInfo
  await world.policy('dripping', { image: `127.0.0.1:${port}/web`, strategy: 'semver' })
  await waitFor('a list that is being read', async () => asked > 0 || undefined)
  assert.equal(await world.operator.stop(), 0)
  assert.match(world.operator.log(), /drained/)
  assert.equal((await world.getPolicy('dripping')).status?.conditions, undefined, 'the end of the operator is no news')
  await world.operator.start(`--interval=${interval}`)
})
