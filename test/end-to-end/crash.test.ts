// kill -9 between a write and the status that tells of it: never a second write, and a person's rollback meanwhile is respected.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
})
after(() => world.stop())

const role = (): string =>
  `/apis/rbac.authorization.k8s.io/v1/namespaces/${world.namespace}/roles/image-update-operator`

/** Takes the right to write status away, or gives it back: what the operator does then happens, but nobody hears of it. */
async function mayWriteStatus(may: boolean): Promise<void> {
  interface Role {
    readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]
  }
  const { rules } = await world.cluster.api<Role>('GET', role())
  const changed = rules.map((rule) =>
    rule.resources.includes('imageupdatepolicies/status') ? { ...rule, verbs: [may ? 'patch' : 'get'] } : rule,
  )
  await world.cluster.api('PATCH', role(), { rules: changed })
}

async function startAt(name: string, method: 'git' | 'argocd'): Promise<string> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.9.0' }))
  await world.lendRepository(name)
  await pushImage(world.registry, name, '1.0.0')
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await world.operator.start('--interval=2s')
  await world.policy(name, { image, strategy: 'semver', writeBack: { method } })
  await world.until(name, 'live at 1.0.0', ({ applications = [] }) => applications[0]?.live === '1.0.0')
  return `chart/.argocd-source-${name}.yaml`
}

const valueInGit = async (name: string, path: string): Promise<string | undefined> =>
  /value: "?([\d.]+)"?/.exec((await world.git.readFile(name, path)) ?? '')?.[1]

const valueInApplication = async (name: string): Promise<string | undefined> =>
  (await world.getApplication(name)).spec.source?.helm?.parameters?.find((parameter) => parameter.name === 'image.tag')
    ?.value

test('killed between push and status, started again: no second commit, and the status becomes true', async () => {
  const name = 'killed-git'
  const path = await startAt(name, 'git')
  await mayWriteStatus(false)
  await pushImage(world.registry, name, '1.1.0')
  await waitFor('the push', async () => (await valueInGit(name, path)) === '1.1.0')
  await world.operator.kill()
  await mayWriteStatus(true)
  const { length } = await world.git.log(name)
  await world.operator.start('--interval=2s')
  const { status } = await world.until(
    name,
    'at 1.1.0',
    ({ applications = [] }) => applications[0]?.written === '1.1.0',
  )
  assert.equal(status?.current?.image, '1.1.0')
  assert.equal((await world.git.log(name)).length, length)
  await world.operator.stop()
})

test('killed as soon as the branch has moved, started again: Argo CD is asked to look, once', async () => {
  const name = 'killed-unasked'
  const path = await startAt(name, 'git')
  world.git.fault(({ repository, service, step }) => {
    if (repository !== name || service !== 'git-receive-pack' || step !== 'exchange') return undefined
    return { kind: 'loseAnswer', done: () => world.operator.kill() }
  })
  await pushImage(world.registry, name, '1.1.0')
  await waitFor('the push', async () => (await valueInGit(name, path)) === '1.1.0')
  await waitFor('the end of the operator', () => !world.operator.isRunning())
  world.git.fault(undefined)
  const refreshes = () =>
    world.argocd.events().filter((each) => each.what === 'refreshed' && each.application.endsWith(`/${name}`)).length
  const before = refreshes()
  await world.operator.start('--interval=2s')
  await waitFor('1.1.0 is live', async () =>
    (await world.getApplication(name)).status?.summary?.images?.some((image) => image.endsWith(':1.1.0')),
  )
  await world.patch('policy', name, { metadata: { annotations: { 'imageupdate.dev/requestedAt': 'again' } } })
  await world.until(name, 'another look', ({ lastHandledReconcileAt }) => lastHandledReconcileAt === 'again')
  await world.operator.stop()
  assert.equal(refreshes() - before, 1)
})

test('killed between push to a push branch and status, started again: one commit, which waits', async () => {
  const name = 'killed-push'
  await startAt(name, 'git')
  const git: NonNullable<ImageUpdatePolicySpec['writeBack']>['git'] = { pushBranch: 'updates' }
  await world.patch('policy', name, { spec: { writeBack: { git } } })
  await world.untilReady(name, 'UpToDate')
  await mayWriteStatus(false)
  await pushImage(world.registry, name, '1.1.0')
  const tip = await waitFor('the push', async () => await world.git.tip(name, 'updates'))
  await world.operator.kill()
  await mayWriteStatus(true)
  await world.operator.start('--interval=2s')
  await world.until(name, 'waits', ({ applications = [] }) => applications[0]?.proposed === '1.1.0')
  assert.equal(await world.git.tip(name, 'updates'), tip)
  await world.git.merge(name, 'updates', 'squash')
  await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
  await world.operator.stop()
})

test('a rollback in git by a person while the operator lay dead between push and status is held', async () => {
  const name = 'rolled-back-git'
  const path = await startAt(name, 'git')
  const before = (await world.git.readFile(name, path)) ?? ''
  await mayWriteStatus(false)
  await pushImage(world.registry, name, '1.1.0')
  await waitFor('the push', async () => (await valueInGit(name, path)) === '1.1.0')
  await world.operator.kill()
  await world.git.commit(name, { [path]: before }, { message: 'Back to 1.0.0: 1.1.0 is broken' })
  await mayWriteStatus(true)
  await world.operator.start('--interval=2s')
  const { status } = await world.until(
    name,
    'held',
    ({ pending }) => pending?.heldBy.some(({ gate }) => gate === 'Reverted') === true,
  )
  assert.equal(status?.applications?.[0]?.heldBy, 'Reverted')
  assert.equal(await valueInGit(name, path), '1.0.0')
  await pushImage(world.registry, name, '1.2.0')
  await world.until(name, 'something newer', ({ applications = [] }) => applications[0]?.written === '1.2.0')
  await world.operator.stop()
})

test('a rollback in the Application while the operator lay dead between patch and status is held', async () => {
  const name = 'rolled-back-argocd'
  await startAt(name, 'argocd')
  await mayWriteStatus(false)
  await pushImage(world.registry, name, '1.1.0')
  await waitFor('the patch is live', async () =>
    (await world.getApplication(name)).status?.summary?.images?.some((image) => image.endsWith(':1.1.0')),
  )
  await world.operator.kill()
  await world.patch(
    'application',
    name,
    [{ op: 'replace', path: '/spec/source/helm/parameters/0/value', value: '1.0.0' }],
    'application/json-patch+json',
  )
  await mayWriteStatus(true)
  await world.operator.start('--interval=2s')
  await world.until(name, 'held', ({ pending }) => pending?.heldBy.some(({ gate }) => gate === 'Reverted') === true)
  assert.equal(await valueInApplication(name), '1.0.0')
  await world.operator.stop()
})
