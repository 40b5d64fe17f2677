import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { startArgoCd, type ArgoCd, type ArgoCdOptions } from './argocd.ts'
import type { Application, Source } from './argocd/application.ts'
import type { EventKind } from './argocd/controller.ts'
import { ApiRefusal, type ControlPlane } from './control-plane-access.ts'
import { startGitServer, type GitServer } from './git-server.ts'
import { waitFor } from './poll.ts'
import { sharedControlPlane } from './shared-control-plane.ts'

const deployment = (image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template: {spec: {containers: [{name: web, image: "${image}"}]}}\n`
const files = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/values.yaml': 'image: {repository: r/web, tag: "1"}\n',
  'chart/templates/deployment.yaml': deployment('{{ .Values.image.repository }}:{{ .Values.image.tag }}'),
  'kustomize/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'kustomize/deployment.yaml': deployment('r/web:1'),
  'plain/deployment.yaml': deployment('r/web:1'),
}

let cluster: ControlPlane
let git: GitServer

before(async () => {
  cluster = await sharedControlPlane()
  await cluster.applyCrds(
    ['application', 'appproject'].map((name) => join(import.meta.dirname, 'crds', `${name}.yaml`)),
  )
  git = await startGitServer()
})
after(() => git.stop())

/** A namespace with a git repository of its own and a stand-in, and what a test does with them. */
async function world(t: TestContext, options: Partial<ArgoCdOptions> = {}) {
  const namespace = await cluster.createNamespace('argocd')
  await git.createRepository(namespace, files)
  const argoCd: ArgoCd = await startArgoCd({
    controlPlane: cluster,
    namespace,
    readTree: git.readTree,
    syncMs: 20,
    rolloutMs: 20,
    ...options,
  })
  t.after(() => argoCd.stop())
  const path = (name: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`
  const source = (rest: Partial<Source> = {}): Source => ({
    repoURL: git.repositoryUrl(namespace),
    path: 'chart',
    targetRevision: 'main',
    ...rest,
  })
  const get = (name = 'web') => cluster.api<Application>('GET', path(name))
  const events = () =>
    argoCd
      .events()
      .filter(({ application }) => application === `${namespace}/web`)
      .map(({ what }) => what)
  return {
    argoCd,
    namespace,
    source,
    get,
    events,
    /** The API server may show what was done before the stand-in has told of it. */
    told: async (last: EventKind, expected: readonly EventKind[], from = 0) => {
      await waitFor(`${last} is told`, () => events().slice(from).includes(last))
      assert.deepEqual(events().slice(from), expected)
    },
    commit: (changes: Record<string, string | undefined>) => git.commit(namespace, changes),
    patch: (body: object, contentType?: string) => cluster.api('PATCH', path('web'), body, contentType),
    create: (spec: object, name = 'web') =>
      cluster.api('POST', path(''), {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name },
        spec: {
          project: 'default',
          destination: { namespace: 'apps', server: 'https://kubernetes.default.svc' },
          ...spec,
        },
      }),
    until: (what: string, is: (application: Application) => boolean | undefined, name = 'web') =>
      waitFor(what, async () => {
        const application = await get(name)
        return is(application) === true && application
      }),
  }
}

const automated = { syncPolicy: { automated: {} } }
const refresh = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } }
const images = (application: Application) => application.status?.summary?.images?.join(' ')
const runs = (image: string) => (application: Application) =>
  images(application) === image &&
  application.status?.health?.status === 'Healthy' &&
  application.status.sync?.status === 'Synced'
const parameters = (value: string) => ({
  spec: { source: { helm: { parameters: [{ name: 'image.tag', value, forceString: true }] } } },
})

describe('an Application that syncs by itself', () => {
  test('is brought to life, and everything is told', async (t) => {
    const { create, source, until, namespace, told } = await world(t)
    await create({ ...automated, source: source() })
    const { status } = await until('web is live', runs('r/web:1'))
    const revision = await git.tip(namespace)
    assert.partialDeepStrictEqual(status, {
      sourceType: 'Helm',
      sync: { revision, comparedTo: { source: source() } },
      operationState: { phase: 'Succeeded', syncResult: { revision, source: source() } },
      history: [{ id: 0, revision, source: source(), initiatedBy: { automated: true } }],
    })
    assert.ok(String(status?.health?.lastTransitionTime) >= String(status?.operationState?.startedAt))
    assert.match(String(status?.reconciledAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    await told('live', ['compared', 'syncing', 'synced', 'live'])
  })

  test('follows a patch of its parameters, unasked', async (t) => {
    const { create, source, until, patch } = await world(t)
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    await patch(parameters('2'))
    const { status } = await until('the new tag is live', runs('r/web:2'))
    assert.equal(status?.history?.at(-1)?.source?.helm?.parameters?.[0]?.value, '2')
    assert.deepEqual(
      status?.history?.map(({ id }) => id),
      [0, 1],
    )
  })

  test('follows a commit when asked to refresh, and not before', async (t) => {
    const { create, source, until, patch, commit, get, told } = await world(t)
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    const oid = await commit({
      'chart/.argocd-source-web.yaml': 'helm: {parameters: [{name: image.tag, value: "2", forceString: true}]}\n',
    })
    await create({ ...automated, source: source() }, 'witness')
    await until('the witness is live', runs('r/web:1'), 'witness')
    assert.equal(images(await get()), 'r/web:1')
    await patch(refresh)
    const { status, metadata } = await until('the new tag is live', runs('r/web:2'))
    assert.equal(metadata.annotations?.['argocd.argoproj.io/refresh'], undefined)
    assert.equal(status?.sync?.revision, oid)
    assert.equal(status?.history?.at(-1)?.source?.helm, undefined)
    await told('live', ['refreshed', 'compared', 'syncing', 'synced', 'live'], 4)
  })

  test('looks at git by itself every poll', async (t) => {
    const { create, source, until, commit } = await world(t, { pollMs: 100 })
    await create({ ...automated, source: source({ path: 'kustomize' }) })
    await until('web is live', runs('r/web:1'))
    await commit({
      'kustomize/kustomization.yaml': 'resources: [deployment.yaml]\nimages: [{name: r/web, newTag: "2"}]\n',
    })
    const { status } = await until('the new tag is live', runs('r/web:2'))
    assert.equal(status?.sourceType, 'Kustomize')
  })

  test('shows old and new images together while it rolls out', async (t) => {
    const { create, source, until, patch } = await world(t, { rolloutMs: 400 })
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    await patch(parameters('2'))
    const { status } = await until('both images run', (application) => images(application) === 'r/web:1 r/web:2')
    assert.deepEqual([status?.sync?.status, status?.health?.status], ['Synced', 'Progressing'])
    await until('the new tag is live', runs('r/web:2'))
  })

  test('keeps ten entries of history, counted by id', async (t) => {
    const { create, source, until, patch } = await world(t, { syncMs: 1, rolloutMs: 1 })
    await create({ ...automated, source: source() })
    for (let tag = 1; tag <= 12; tag += 1) {
      await patch(parameters(`${tag}`))
      await until(`tag ${tag} is live`, runs(`r/web:${tag}`))
    }
    const { status } = await until('web is live', runs('r/web:12'))
    assert.equal(status?.history?.length, 10)
    assert.ok((status?.history?.at(-1)?.id ?? 0) >= 11)
  })

  test('with several sources has a type and a revision each', async (t) => {
    const { create, source, until, namespace } = await world(t, {
      readChart: async () => new Map(Object.entries(files).map(([path, text]) => [path.replace('chart/', ''), text])),
    })
    const lent = { repoURL: source().repoURL, targetRevision: 'main', ref: 'values' }
    const published = {
      repoURL: 'https://charts.example.com',
      chart: 'web',
      targetRevision: '1.0.0',
      helm: { valueFiles: ['$values/chart/values.yaml'] },
    }
    await create({ ...automated, sources: [published, lent, source({ path: 'kustomize' })] })
    const { status } = await until('web is live', runs('r/web:1'))
    const tip = await git.tip(namespace)
    assert.deepEqual(status?.sourceTypes, ['Helm', '', 'Kustomize'])
    assert.deepEqual(status?.sync?.revisions, ['1.0.0', tip, tip])
    assert.equal(status?.sourceType, undefined)
    assert.equal(status?.sync?.comparedTo?.sources?.length, 3)
  })
})

describe('an Application that does not sync by itself', () => {
  test('is OutOfSync until a sync is asked for by its operation', async (t) => {
    const { create, source, until, patch, get } = await world(t)
    await create({ source: source() })
    const { status } = await until('web is compared', ({ status: s }) => s?.sync?.status === 'OutOfSync')
    assert.deepEqual([status?.health?.status, status?.summary], ['Missing', {}])
    await patch({ operation: { initiatedBy: { username: 'me' }, info: [{ name: 'why', value: 'test' }], sync: {} } })
    await until('web is live', runs('r/web:1'))
    const { operation, status: after } = await get()
    assert.equal(operation, undefined)
    assert.deepEqual(after?.history?.[0]?.initiatedBy, { username: 'me' })
  })
})

describe('a ComparisonError', () => {
  const rows: readonly (readonly [string, Partial<Source>, RegExp])[] = [
    [
      'helm on a kustomization',
      { path: 'kustomize', helm: { parameters: [{ name: 'a', value: 'b' }] } },
      /Chart.yaml file is missing/,
    ],
    ['a branch that is not there', { targetRevision: 'nowhere' }, /unable to resolve 'nowhere' to a commit SHA/],
  ]
  for (const [sentence, rest, message] of rows) {
    test(`comes of ${sentence}`, async (t) => {
      const { create, source, until } = await world(t)
      await create({ ...automated, source: source(rest) })
      const { status } = await until('web is in error', ({ status: s }) => s?.conditions !== undefined)
      assert.match(String(status?.conditions?.[0]?.message), message)
      assert.equal(status?.sourceType, undefined)
      const { targetRevision } = source(rest)
      assert.partialDeepStrictEqual(status, {
        conditions: [{ type: 'ComparisonError' }],
        sync: { status: 'Unknown', revision: targetRevision },
      })
    })
  }

  test('leaves health and images, and goes when its cause does', async (t) => {
    const { create, source, until, patch, commit } = await world(t)
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    await commit({ 'chart/.argocd-source-web.yaml': '' })
    await patch(refresh)
    const { status } = await until('web is in error', ({ status: s }) => s?.conditions !== undefined)
    assert.deepEqual(
      [status?.health?.status, status?.summary?.images, status?.sourceType],
      ['Healthy', ['r/web:1'], undefined],
    )
    await commit({ 'chart/.argocd-source-web.yaml': undefined })
    await patch(refresh)
    const healed = await until('web is live again', runs('r/web:1'))
    assert.deepEqual([healed.status?.conditions, healed.status?.sourceType], [undefined, 'Helm'])
  })

  test('comes while git is away', async (t) => {
    const { create, source, until, patch } = await world(t)
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    await git.stopServing()
    await patch(refresh)
    await until('web is in error', ({ status }) => /connection refused/.test(status?.conditions?.[0]?.message ?? ''))
    await git.startServing()
    await patch(refresh)
    await until('web is live again', runs('r/web:1'))
  })
})

describe('told to be', () => {
  test('absent, it does nothing; normal, it catches up', async (t) => {
    const { argoCd, create, source, until, namespace, events } = await world(t)
    argoCd.mode.absent()
    const other = await startArgoCd({ controlPlane: cluster, namespace, readTree: git.readTree })
    await create({ ...automated, source: source() })
    await until('web is live by the other one', runs('r/web:1'))
    await other.stop()
    assert.deepEqual(events(), [])
    argoCd.mode.normal()
    await waitFor('it has looked', () => events().includes('compared'))
  })

  test('slow, it takes its time', async (t) => {
    const { argoCd, create, source, until } = await world(t)
    argoCd.mode.slow(300)
    const start = performance.now()
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    assert.ok(performance.now() - start >= 300)
  })

  test('in ComparisonError for one Application, and back', async (t) => {
    const { argoCd, create, source, until, namespace } = await world(t)
    await create({ ...automated, source: source() })
    await until('web is live', runs('r/web:1'))
    argoCd.mode.comparisonError(`${namespace}/web`, 'so I say')
    await until('web is in error', ({ status }) => status?.conditions?.[0]?.message === 'so I say')
    argoCd.mode.normal()
    await until('web is live again', runs('r/web:1'))
  })

  test('overlooking a patch, it sees it when asked to refresh', async (t) => {
    const { argoCd, create, source, until, patch, namespace, events, told } = await world(t)
    await create({ ...automated, source: source() })
    await create({ ...automated, source: source() }, 'witness')
    await told('live', ['compared', 'syncing', 'synced', 'live'])
    const before = events()
    argoCd.mode.overlook(`${namespace}/web`)
    await patch(parameters('2'))
    await cluster.api(
      'PATCH',
      `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/witness`,
      parameters('2'),
    )
    await until('the witness is live', runs('r/web:2'), 'witness')
    assert.deepEqual(events(), before)
    await patch(refresh)
    await until('the new tag is live', runs('r/web:2'))
  })
})

describe('the API server', () => {
  const rows: readonly (readonly [string, object])[] = [
    ['a parameter that is a number', { helm: { parameters: [{ name: 'a', value: 7 }] } }],
    ['forceString that is a text', { helm: { parameters: [{ name: 'a', value: '7', forceString: 'yes' }] } }],
    ['an image that is an object', { kustomize: { images: [{ name: 'a' }] } }],
    ['a source without repoURL', { repoURL: null }],
  ]
  for (const [sentence, rest] of rows) {
    test(`refuses ${sentence}`, async (t) => {
      const { create, source } = await world(t)
      await create({ source: source() }, 'fine')
      await assert.rejects(
        create({ source: { ...source(), ...rest } }),
        (error) => error instanceof ApiRefusal && error.status === 422,
      )
    })
  }

  test('prunes what Argo CD does not know', async (t) => {
    const { create, source, get } = await world(t)
    await create({ source: { ...source(), helm: { parameter: [], releaseName: 'r' } } })
    assert.deepEqual((await get()).spec.source?.helm, { releaseName: 'r' })
  })

  test('has the AppProject default, made once', async (t) => {
    const { namespace } = await world(t)
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/appprojects`
    const { items } = await cluster.api<{ items: { metadata: { name: string }; spec: { sourceRepos: string[] } }[] }>(
      'GET',
      path,
    )
    assert.deepEqual(
      items.map(({ metadata, spec }) => [metadata.name, spec.sourceRepos]),
      [['default', ['*']]],
    )
    const second = await startArgoCd({ controlPlane: cluster, namespace, readTree: git.readTree })
    await second.stop()
  })
})

test('a stand-in that takes over finds everything as it was', async (t) => {
  const { argoCd, create, source, until, patch, namespace, get } = await world(t)
  await create({ ...automated, source: source() })
  await until('web is live', runs('r/web:1'))
  await argoCd.stop()
  const before = await get()
  const next = await startArgoCd({
    controlPlane: cluster,
    namespace,
    readTree: git.readTree,
    syncMs: 20,
    rolloutMs: 20,
  })
  t.after(() => next.stop())
  await waitFor('it has looked', () => next.events().length > 0)
  assert.deepEqual((await get()).status?.history, before.status?.history)
  await patch(parameters('2'))
  await until('the new tag is live', runs('r/web:2'))
})
