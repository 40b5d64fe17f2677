// Policies and Applications of other namespaces: what is linked, what is lent, and which file Argo CD reads there.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pushImage } from '../servers/image.ts'
import { chartFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=2s')
})
after(() => world.stop())

async function repository(
  name: string,
): Promise<{ image: string; repoURL: string; path: string; targetRevision: string }> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.1.0' }))
  await pushImage(world.registry, name, '1.0.0')
  return { image, repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' }
}

test('a tenant’s own Application, by patch', async () => {
  const { image, ...source } = await repository('own')
  await world.project('own', [world.tenant.namespace])
  await world.tenant.application('own', source, { project: 'own' })
  await world.tenant.policy('own', { image, strategy: 'semver' })
  await world.tenant.until('own', 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
})

test('a tenant’s own Application, by commit: the file that Argo CD reads for it, with a Secret of its project', async () => {
  const { image, ...source } = await repository('lent')
  await world.project('lent', [world.tenant.namespace])
  await world.lendRepository('lent', { project: 'lent' })
  await world.tenant.application('lent', source, { project: 'lent' })
  await world.tenant.policy('lent', { image, strategy: 'semver', writeBack: { method: 'git' } })
  await world.tenant.until('lent', 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
  const path = `chart/.argocd-source-${world.tenant.namespace}_lent.yaml`
  assert.match((await world.git.readFile('lent', path)) ?? '', /value: "1\.0\.0"/)
})

test('Argo CD’s Secrets of no project are not lent to a tenant', async () => {
  const { image, ...source } = await repository('unlent')
  await world.project('unlent', [world.tenant.namespace])
  await world.lendRepository('unlent')
  await world.tenant.application('unlent', source, { project: 'unlent' })
  await world.tenant.policy('unlent', { image, strategy: 'semver', writeBack: { method: 'git' } })
  const { status } = await world.tenant.untilReady('unlent', 'GitAuthFailed')
  assert.match(status?.conditions?.[0]?.message ?? '', /not lent.*writeBack\.git\.secretRef/)
  assert.equal((await world.git.log('unlent')).length, 1)
})

const elsewhere: readonly [name: string, sourceNamespaces: () => readonly string[], linked: boolean][] = [
  ['named-by-its-project', () => [world.tenant.namespace], true],
  ['project-names-nobody', () => [], false],
  ['project-names-everybody', () => ['*'], false],
]
for (const [name, sourceNamespaces, linked] of elsewhere)
  test(`an Application in Argo CD’s namespace, linked by a tenant: ${name}`, async () => {
    const { image, ...source } = await repository(name)
    await world.project(name, sourceNamespaces())
    await world.application(name, source, { project: name })
    await world.tenant.policy(name, { image, strategy: 'semver', applications: [{ name, namespace: world.namespace }] })
    if (linked)
      return void (await world.tenant.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0'))
    const { status } = await world.tenant.untilReady(name, 'ApplicationNotFound')
    assert.match(status?.conditions?.[0]?.message ?? '', /sourceNamespaces.*--allow-cross-namespace/)
    assert.equal((await world.getApplication(name)).spec.source?.helm, undefined)
  })
