// What docs/policy.md says of writing back beyond the plain case: what is carried over, followed, undone, fought over, and where.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, kustomizationFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=2s')
})
after(() => world.stop())

type Parameters = readonly { readonly name: string; readonly value: string; readonly forceString?: boolean }[]

/** A chart, an image with tags, and an Application with these parameters in its spec. */
async function begin(name: string, tags: readonly string[], parameters: Parameters = []): Promise<string> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.1.0' }))
  await world.lendRepository(name)
  await pushImage(world.registry, name, tags)
  const helm = parameters.length === 0 ? {} : { helm: { parameters } }
  await world.application(name, {
    repoURL: world.git.repositoryUrl(name),
    path: 'chart',
    targetRevision: 'main',
    ...helm,
  })
  return image
}

const fileOf = async (name: string): Promise<string> =>
  (await world.git.readFile(name, `chart/.argocd-source-${name}.yaml`)) ?? ''

const patchJson = (name: string, ...operations: readonly object[]): Promise<void> =>
  world.patch('application', name, operations, 'application/json-patch+json')

suite('writing back', { concurrency: true }, () => {
  test('what the spec says beside our key is carried into the file, and kept equal to it, also while suspended', async () => {
    const name = 'carried'
    const image = await begin(name, ['1.0.0'], [{ name: 'replicas', value: '3' }])
    await world.policy(name, { image, strategy: 'semver', writeBack: { method: 'git' } })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
    assert.match(await fileOf(name), /name: replicas # from the Application\n\s+value: "3"/)
    await world.patch('policy', name, { spec: { suspend: true } })
    await world.untilReady(name, 'Suspended')
    await patchJson(name, { op: 'replace', path: '/spec/source/helm/parameters/0/value', value: '5' })
    await waitFor('the carried entry follows the spec', async () => /value: "5"/.test(await fileOf(name)))
    const [repair] = await world.git.log(name)
    assert.match(repair?.subject ?? '', /carried over/)
    assert.doesNotMatch(repair?.body ?? '', /Image-Update:/)
  })

  test('a patch that Argo CD overlooks is followed by one request to refresh', async () => {
    const name = 'overlooked'
    const image = await begin(name, ['1.0.0'])
    world.argocd.mode.overlook(`${world.namespace}/${name}`)
    await world.policy(name, { image, strategy: 'semver' })
    await world.until(name, 'live after a refresh', ({ applications = [] }) => applications[0]?.live === '1.0.0')
    const refreshed = () =>
      world.argocd.events().filter(({ application, what }) => application.endsWith(`/${name}`) && what === 'refreshed')
    // The stand-in tells of it after the API server has.
    await waitFor('the refresh', () => refreshed().length > 0)
    assert.equal(refreshed().length, 1)
  })

  test('a value undone at once is a controller’s doing: said, and not fought over in a loop', async () => {
    const name = 'fought'
    const image = await begin(name, ['1.0.0'], [{ name: 'image.tag', value: '0.9.0', forceString: true }])
    const path = '/spec/source/helm/parameters/0/value'
    const since = new Date()
    await world.policy(name, { image, strategy: 'semver' })
    await waitFor(
      'the patch',
      async () => (await world.getApplication(name)).spec.source?.helm?.parameters?.[0]?.value === '1.0.0',
    )
    await patchJson(name, { op: 'replace', path, value: '0.9.0' })
    const { status } = await world.untilReady(name, 'TargetConflict')
    assert.match(status?.applications?.[0]?.message ?? '', /writeBack\.method: git/)
    const patches = (await world.cluster.auditLog(since)).filter(
      ({ verb, objectRef, user }) =>
        verb === 'patch' &&
        objectRef?.name === name &&
        objectRef.resource === 'applications' &&
        user.username.endsWith('image-update-operator'),
    )
    assert.ok(patches.length <= 2, `${patches.length} patches`)
  })

  test('two policies on one key: the older writes, the younger says so, and takes over when the older is gone', async () => {
    const name = 'contested'
    const image = await begin(name, ['1.0.0', '2.0.0'])
    await world.policy(`${name}-older`, {
      image,
      strategy: 'semver',
      constraints: { version: '^1' },
      applications: [{ name }],
    })
    await world.until(`${name}-older`, 'written', ({ applications = [] }) => applications[0]?.written === '1.0.0')
    await waitFor('the next second: creationTimestamp has no fractions', () => Date.now() % 1000 < 100)
    await world.policy(`${name}-younger`, { image, strategy: 'semver', applications: [{ name }] })
    const { status } = await world.untilReady(`${name}-younger`, 'TargetConflict')
    assert.match(status?.conditions?.[0]?.message ?? '', new RegExp(`${name}-older`))
    await world.cluster.api(
      'DELETE',
      `/apis/imageupdate.dev/v1alpha1/namespaces/${world.namespace}/imageupdatepolicies/${name}-older`,
    )
    await world.until(`${name}-younger`, 'written', ({ applications = [] }) => applications[0]?.written === '2.0.0')
  })

  test('of several sources the one that is named is written to', async () => {
    const name = 'several'
    const image = world.image(name)
    await world.git.createRepository(name, {
      ...chartFiles('chart', { repository: image, tag: '0' }),
      ...kustomizationFiles('app', `${image}:0`),
    })
    await world.lendRepository(name)
    await pushImage(world.registry, name, '1.0.0')
    const repoURL = world.git.repositoryUrl(name)
    await world.application(name, [
      { repoURL, path: 'chart', targetRevision: 'main' },
      { repoURL, path: 'app', targetRevision: 'main' },
    ])
    await world.policy(name, { image, strategy: 'semver', applications: [{ name, source: 1 }] })
    await world.until(name, 'written', ({ applications = [] }) => applications[0]?.written === '1.0.0')
    const { spec } = await world.getApplication(name)
    assert.deepEqual(spec.sources?.[1]?.kustomize?.images, [`${image}:1.0.0`])
    assert.equal(spec.sources?.[0]?.helm, undefined)
    await world.policy(`${name}-unnamed`, { image, strategy: 'semver', applications: [{ name }] })
    const { status } = await world.untilReady(`${name}-unnamed`, 'TargetUnsupported')
    assert.match(status?.conditions?.[0]?.message ?? '', /source/)
  })

  test('the type that was seen last holds while Argo CD can’t compare', async () => {
    const name = 'in-error'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver' })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
    world.argocd.mode.comparisonError(`${world.namespace}/${name}`, 'the repository is out of reach')
    await world.patch('application', name, { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } })
    await waitFor('the error', async () => (await world.getApplication(name)).status?.sourceType === undefined)
    await pushImage(world.registry, name, '1.1.0')
    await world.until(name, 'written all the same', ({ applications = [] }) => applications[0]?.written === '1.1.0')
  })

  test('a loose link is not written to where no Pod runs the image', async () => {
    const name = 'loose'
    await begin(name, ['1.0.0'])
    await pushImage(world.registry, 'something-else', '1.0.0')
    await waitFor('its Pods', async () => (await world.getApplication(name)).status?.summary?.images?.length)
    await world.policy(name, {
      image: world.image('something-else'),
      strategy: 'semver',
      applications: [{ name: 'loos?' }],
    })
    const { status } = await world.untilReady(name, 'TargetNotFound')
    assert.match(status?.applications?.[0]?.message ?? '', /loose:0\.1\.0/)
    assert.equal((await world.getApplication(name)).spec.source?.helm, undefined)
  })

  test('an Application that moves to another folder begins anew there: that nothing stands there is no rollback', async () => {
    const name = 'moving'
    const image = await begin(name, ['1.0.0'])
    await world.git.commit(name, chartFiles('other', { repository: image, tag: '0.1.0' }))
    await world.policy(name, { image, strategy: 'semver', writeBack: { method: 'git' } })
    await world.until(name, 'written', ({ applications = [] }) => applications[0]?.written === '1.0.0')
    await patchJson(name, { op: 'replace', path: '/spec/source/path', value: 'other' })
    const path = `other/.argocd-source-${name}.yaml`
    await waitFor('the file in the other folder', async () =>
      (await world.git.readFile(name, path))?.includes('"1.0.0"'),
    )
  })

  test('an annotation asks for a scan at once', async () => {
    const name = 'asked'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver', interval: '1h' })
    await world.until(name, 'written', ({ applications = [] }) => applications[0]?.written === '1.0.0')
    await pushImage(world.registry, name, '1.1.0')
    const requestedAt = new Date().toISOString()
    await world.patch('policy', name, { metadata: { annotations: { 'imageupdate.dev/requestedAt': requestedAt } } })
    const { status } = await world.until(
      name,
      'written',
      ({ applications = [] }) => applications[0]?.written === '1.1.0',
    )
    assert.equal(status?.lastHandledReconcileAt, requestedAt)
  })
})
