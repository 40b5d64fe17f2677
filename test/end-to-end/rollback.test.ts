// A person rolls back what was written: it is held, said, and resumed by each of the three ways.
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

const ways = ['a newer image', 'the annotation on the policy', 'the annotation on the Application'] as const
const methods = ['argocd', 'git'] as const

for (const method of methods)
  for (const [index, way] of ways.entries())
    test(`method ${method}: held after a rollback, resumed by ${way}`, async () => {
      const name = `rollback-${method}-${index}`
      const image = world.image(name)
      await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.9.0' }))
      await world.lendRepository(name)
      await pushImage(world.registry, name, ['1.0.0', '1.1.0'])
      await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
      await world.policy(name, { image, strategy: 'semver', writeBack: { method } })
      await world.until(name, '1.1.0 is live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
      await aMinuteLater(name, method)
      await rollBack(name, method)

      const { status } = await world.until(
        name,
        'held',
        ({ pending }) => pending?.heldBy.some(({ gate }) => gate === 'Reverted') === true,
      )
      assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'Held')
      assert.equal(status?.current?.image, '1.0.0')
      assert.equal(await valueOf(name, method), '1.0.0')
      const said = (await world.events(name)).filter(({ reason }) => reason === 'Reverted')
      assert.equal(said.length, 1)
      assert.match(said[0]?.note ?? '', /1\.1\.0/)

      await resume(name, way)
      const next = way === 'a newer image' ? '1.2.0' : '1.1.0'
      await world.until(
        name,
        `written ${next} again`,
        ({ pending, current }) => pending === undefined && current?.image === next,
      )
      assert.equal(await valueOf(name, method), next)
    })

/** What is undone within a minute of a patch is taken for a controller's doing: lets the patch look older. */
async function aMinuteLater(name: string, method: string): Promise<void> {
  if (method !== 'argocd') return
  await world.until(name, 'quiet', ({ conditions = [] }) =>
    conditions.some(({ type, reason }) => type === 'Ready' && reason === 'UpToDate'),
  )
  const { status } = await world.getPolicy(name)
  const applications = (status?.applications ?? []).map((application) => ({
    ...application,
    writtenAt: '2026-01-01T00:00:00Z',
  }))
  const path = `/apis/imageupdate.dev/v1alpha1/namespaces/${world.namespace}/imageupdatepolicies/${name}/status`
  await world.cluster.api('PATCH', path, { status: { applications } })
}

async function rollBack(name: string, method: string): Promise<void> {
  if (method === 'argocd')
    return world.patch(
      'application',
      name,
      [{ op: 'replace', path: '/spec/source/helm/parameters/0/value', value: '1.0.0' }],
      'application/json-patch+json',
    )
  const path = `chart/.argocd-source-${name}.yaml`
  const text = (await world.git.readFile(name, path)) ?? ''
  await world.git.commit(name, { [path]: text.replace('1.1.0', '1.0.0') }, { message: 'Back to 1.0.0' })
}

async function valueOf(name: string, method: string): Promise<string | undefined> {
  if (method === 'git')
    return /value: "?([\d.]+)"?/.exec((await world.git.readFile(name, `chart/.argocd-source-${name}.yaml`)) ?? '')?.[1]
  const { spec } = await world.getApplication(name)
  return spec.source?.helm?.parameters?.find((parameter) => parameter.name === 'image.tag')?.value
}

async function resume(name: string, way: (typeof ways)[number]): Promise<void> {
  if (way === 'a newer image') return void (await pushImage(world.registry, name, '1.2.0'))
  const kind = way === 'the annotation on the policy' ? 'policy' : 'application'
  await world.patch(kind, name, {
    metadata: { annotations: { 'imageupdate.dev/resumedAt': new Date().toISOString() } },
  })
}
