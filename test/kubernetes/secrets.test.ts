import assert from 'node:assert/strict'
import { after, afterEach, before, test, type TestContext } from 'node:test'
import { createSecretStore, type SecretStore } from '../../src/kubernetes/secrets.ts'
import { scenarios } from '../servers/api-faults.ts'
import { waitFor } from '../servers/poll.ts'
import { operatorAccess, paths, type Access } from './access.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

function secrets(t: TestContext, freshFor?: number): SecretStore {
  const { client, log, namespace } = access
  const timing = { firstRetry: 20, longestRetry: 200 }
  const fresh = freshFor === undefined ? {} : { freshFor }
  const store = createSecretStore({ client, log, argocdNamespace: namespace, timing, ...fresh })
  t.after(async () => await store.close())
  return store
}

async function create(name: string, stringData: object, more: object = {}): Promise<void> {
  await access.cluster.api('POST', paths(access.namespace).secrets, { metadata: { name, ...more }, stringData })
}

test('a Secret is read with its data decoded', async (t) => {
  const store = secrets(t)
  await create('basic', { username: 'ann', password: 'pä$$' }, { annotations: { 'imageupdate.dev/host': 'ghcr.io' } })
  const secret = await store.get(access.namespace, 'basic')
  assert.equal(Buffer.from(secret?.data['password'] ?? []).toString(), 'pä$$')
  assert.deepEqual([secret?.type, secret?.annotations], ['Opaque', { 'imageupdate.dev/host': 'ghcr.io' }])
})

test('a Secret is read once for all who want it, one that is missing is looked for each time', async (t) => {
  const store = secrets(t)
  await create('shared', { a: 'b' })
  const reads = (name: string) => access.faults.requests().filter(({ path }) => path.endsWith(`/${name}`)).length
  await Promise.all(Array.from({ length: 50 }, () => store.get(access.namespace, 'shared')))
  await store.get(access.namespace, 'shared')
  assert.equal(reads('shared'), 1)
  assert.equal(await store.get(access.namespace, 'late'), undefined)
  await create('late', { a: 'b' })
  assert.equal((await store.get(access.namespace, 'late'))?.name, 'late')
})

test('a Secret that changed is read anew before long', async (t) => {
  const store = secrets(t, 200)
  await create('rotated', { password: 'old' })
  await store.get(access.namespace, 'rotated')
  await access.cluster.api('PATCH', `${paths(access.namespace).secrets}/rotated`, { stringData: { password: 'new' } })
  await waitFor('the new password', async () => {
    const secret = await store.get(access.namespace, 'rotated')
    return Buffer.from(secret?.data['password'] ?? []).toString() === 'new'
  })
})

test('a Secret that can’t be read is an error that names it, and is tried again', async (t) => {
  const store = secrets(t)
  await create('unreadable', { a: 'b' })
  access.faults.play(scenarios.forbidden())
  const name = `Secret ${access.namespace}/unreadable was not read: the API server answered 403`
  await assert.rejects(store.get(access.namespace, 'unreadable'), new RegExp(name))
  access.faults.play(undefined)
  assert.equal((await store.get(access.namespace, 'unreadable'))?.name, 'unreadable')
})

test('Argo CD’s repository Secrets are known as they are now, and no others', async (t) => {
  const labels = (type: string) => ({ labels: { 'argocd.argoproj.io/secret-type': type } })
  await create('repo-1', { url: 'https://git.example.com/a.git' }, labels('repository'))
  await create('cluster-1', { server: 'https://example.com' }, labels('cluster'))
  const store = secrets(t)
  await store.settled
  const names = () => store.listRepositorySecrets().map(({ name }) => name)
  assert.deepEqual(names(), ['repo-1'])
  await create('creds-1', { url: 'https://git.example.com' }, labels('repo-creds'))
  await create('write-1', { url: 'https://git.example.com' }, labels('repo-write-creds'))
  await waitFor('the new ones', () => names().length === 3)
  await access.cluster.api('DELETE', `${paths(access.namespace).secrets}/creds-1`)
  await waitFor('it to be gone', () => names().length === 2)
})

test('until they are listed, nobody takes them for absent', async (t) => {
  access.faults.play(scenarios.forbidden())
  const store = secrets(t)
  await store.settled
  assert.throws(() => store.listRepositorySecrets(), /repository Secrets of Argo CD .*may not be listed and watched/)
  access.faults.play(undefined)
  await waitFor('a list', () => store.listRepositorySecrets().length >= 0)
})
