import assert from 'node:assert/strict'
import { after, afterEach, before, test, type TestContext } from 'node:test'
import type { Application } from '../../src/core/applications/application.ts'
import { ReconcileError } from '../../src/errors.ts'
import { createApplicationStore, type ApplicationStore } from '../../src/kubernetes/applications.ts'
import { Collection } from '../../src/kubernetes/collection.ts'
import { parseApplication } from '../../src/core/applications/parse-application.ts'
import { scenarios } from '../servers/api-faults.ts'
import { waitFor } from '../servers/poll.ts'
import { applicationObject, operatorAccess, paths, type Access } from './access.ts'
import { startWatch, type Watch } from './watch.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

interface Fixture extends Watch {
  readonly store: ApplicationStore
  readonly read: () => Application
}

async function application(t: TestContext, name: string): Promise<Fixture> {
  const { cluster, client, namespace } = access
  await cluster.api('POST', paths(namespace).applications, applicationObject(name))
  const started = await startWatch(t, access)
  await started.watch.settled()
  const store = createApplicationStore(client, started.watch.applications)
  return { ...started, store, read: () => store.get(namespace, name) ?? assert.fail('the Application is not there') }
}

const helm = { parameters: [{ name: 'image.tag', value: '1.5.0', forceString: true }] }
const write = [
  { op: 'test', path: '/spec/source/helm', value: null },
  { op: 'add', path: '/spec/source/helm', value: helm },
] as const

test('a patch is read at once, and the event that follows calls nobody again', async (t) => {
  const { store, read, applications } = await application(t, 'patched')
  const before = applications.length
  assert.equal(await store.patch(read(), write), 'patched')
  assert.deepEqual(read().sources[0]?.helm, { ...helm, valueFiles: [] })
  assert.equal(applications.length, before + 1)
  await access.cluster.api('PATCH', `${paths(access.namespace).applications}/patched`, {
    metadata: { labels: { a: 'b' } },
  })
  await waitFor('the label', () => read().labels['a'] === 'b')
  assert.equal(applications.length, before + 2)
  assert.equal(applications.at(-1)?.before?.sources[0]?.helm?.parameters?.length, 1)
})

test('a test that fails is no failure: the Application has moved, or is gone', async (t) => {
  const { store, read } = await application(t, 'moved')
  const before = read()
  await store.patch(before, write)
  assert.equal(await store.patch(before, write), 'moved')
  await access.cluster.api('DELETE', `${paths(access.namespace).applications}/moved`)
  assert.equal(await store.patch(before, write), 'moved')
})

test('what has moved is read again at once, without waiting for the event', async () => {
  const { cluster, client, namespace } = access
  const path = `${paths(namespace).applications}/deaf`
  await cluster.api('POST', paths(namespace).applications, applicationObject('deaf'))
  const deaf = new Collection({ what: 'Applications', read: parseApplication, changed: () => undefined })
  deaf.addFeed({ path, hasSynced: true, problem: undefined })
  deaf.apply({ type: 'ADDED', object: await client.get(path) })
  const store = createApplicationStore(client, deaf)
  const before = store.get(namespace, 'deaf') ?? assert.fail('the Application is not there')
  await cluster.api('PATCH', path, { spec: { source: { helm } } })
  assert.equal(await store.patch(before, write), 'moved')
  assert.deepEqual(store.get(namespace, 'deaf')?.sources[0]?.helm?.parameters, helm.parameters)
})

test('what the schema of Argo CD refuses is the target’s fault, names the member, and waits for a change', async (t) => {
  const { store, read } = await application(t, 'refused')
  const wrong = [{ op: 'add', path: '/spec/source/helm', value: { parameters: [{ name: 'a', value: 7 }] } }] as const
  await assert.rejects(store.patch(read(), wrong), (error: unknown) => {
    assert.ok(error instanceof ReconcileError)
    assert.deepEqual([error.reason, error.retry.kind], ['TargetUnsupported', 'onChange'])
    assert.match(error.message, /finds spec\.source\.helm\.parameters\[0\]\.value invalid/)
    return true
  })
})

test('other failures are retried', async (t) => {
  const { store, read } = await application(t, 'failing')
  access.faults.play(scenarios.forbidden())
  const message = new RegExp(`Application ${access.namespace}/failing was not patched: the API server answered 403`)
  await assert.rejects(store.patch(read(), write), message)
  await assert.rejects(store.requestRefresh(read(), 'normal'), /Argo CD was not asked to refresh Application/)
  access.faults.play(undefined)
})

test('a refresh is asked for by Argo CD’s annotation; one that is gone needs none', async (t) => {
  const { store, read } = await application(t, 'refreshed')
  await store.requestRefresh(read(), 'hard')
  assert.equal(read().annotations['argocd.argoproj.io/refresh'], 'hard')
  const last = read()
  await access.cluster.api('DELETE', `${paths(access.namespace).applications}/refreshed`)
  await store.requestRefresh(last, 'normal')
})

test('of a hydrated Application the hydrator is asked as well', async (t) => {
  const { store, read } = await application(t, 'hydrated')
  await store.requestRefresh({ ...read(), hydrated: true }, 'normal')
  const { annotations } = read()
  const asked = ['argocd.argoproj.io/hydrate', 'argocd.argoproj.io/refresh'].map((name) => annotations[name])
  assert.deepEqual(asked, ['normal', 'normal'])
})
