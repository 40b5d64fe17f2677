import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { createApiClient } from '../../src/kubernetes/api-client.ts'
import { KubernetesApiError } from '../../src/kubernetes/api-error.ts'
import { scenarios } from '../servers/api-faults.ts'
import { applicationObject, operatorAccess, paths, type Access } from './access.ts'

let access: Access
let secret: string

before(async () => {
  access = await operatorAccess()
  secret = `${paths(access.namespace).secrets}/one`
  await access.cluster.api('POST', paths(access.namespace).secrets, { metadata: { name: 'one' } })
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

async function failure(call: Promise<unknown>): Promise<KubernetesApiError> {
  const thrown: unknown = await call.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof KubernetesApiError)
  return thrown
}

test('an object is read, and the audit log knows who asked', async () => {
  const object = await access.client.get(secret)
  assert.deepEqual([object.kind, object.metadata.name], ['Secret', 'one'])
  assert.equal(access.faults.requests().at(-1)?.userAgent, 'image-update-operator/test')
})

test('a missing object is 404', async () => {
  const error = await failure(access.client.get(`${secret}-missing`))
  assert.deepEqual([error.code, error.reason], [404, 'NotFound'])
})

test('what rights do not allow is 403', async () => {
  const error = await failure(access.client.create(paths(access.namespace).secrets, { metadata: { name: 'two' } }))
  assert.deepEqual([error.code, error.reason], [403, 'Forbidden'])
})

test('a list comes in pages of one moment', async () => {
  const { cluster, client, namespace } = access
  const created = Array.from({ length: 1200 }, (_, index) => index)
  const { applications } = paths(namespace)
  const create = (index: number) => cluster.api('POST', applications, applicationObject(`page-${index}`))
  for (let from = 0; from < created.length; from += 50) await Promise.all(created.slice(from, from + 50).map(create))
  const sizes: number[] = []
  const moments = new Set<string>()
  for await (const { objects, resourceVersion } of client.pages(applications, {}, new AbortController().signal)) {
    sizes.push(objects.length)
    moments.add(resourceVersion)
    assert.equal(objects[0]?.kind, 'Application')
  }
  assert.deepEqual(sizes, [500, 500, 200])
  assert.equal(moments.size, 1)
})

test('a busy server is asked again when it says', async () => {
  access.faults.play(scenarios.busy(2, 1))
  const since = performance.now()
  await access.client.get(secret)
  assert.ok(performance.now() - since >= 2000)
})

test('a server that asks to wait for longer than a call may last is given up at once, and the wait is told', async () => {
  access.faults.play(scenarios.busy(5, 120))
  const since = performance.now()
  const error = await failure(access.client.get(secret))
  assert.ok(performance.now() - since < 20_000)
  assert.deepEqual([error.code, error.retryAfter], [429, 120_000])
})

test('a connection that breaks is forgiven once for a read, and never for a write', async () => {
  let broken = 0
  access.faults.play(() => (broken++ === 0 ? { kind: 'reset' } : undefined))
  await access.client.get(secret)
  broken = 0
  const patch = access.client.patch(`${paths(access.namespace).applications}/page-1`, {
    kind: 'merge',
    body: { metadata: { labels: { a: 'b' } } },
  })
  const error = await failure(patch)
  assert.deepEqual([error.code, error.reason], [0, 'ECONNRESET'])
})

test('an answer that is no object is an error without its text', async () => {
  access.faults.play(scenarios.logInPage())
  const error = await failure(access.client.get(secret))
  assert.match(error.message, /200 NotAnObject$/)
})

test('a server that does not answer is given up', async () => {
  access.faults.play(scenarios.hang())
  const hasty = createApiClient(access.kubeConfig, 'image-update-operator/test', 300)
  const error = await failure(hasty.get(secret))
  assert.deepEqual([error.code, error.reason], [0, 'TimedOut'])
})

test('of a refusal neither body nor headers are told', async () => {
  access.faults.play(scenarios.forbidden())
  const error = await failure(access.client.get(secret))
  assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${error.stack}`, /do not tell/)
})

test('a patch that the schema refuses has causes, one whose test fails has none', async () => {
  const path = `${paths(access.namespace).applications}/page-0`
  const bad = await failure(access.client.patch(path, { kind: 'merge', body: { spec: { source: { repoURL: 7 } } } }))
  assert.deepEqual([bad.code, bad.hasCauses, bad.fields], [422, true, ['spec.source.repoURL']])
  const operations = [{ op: 'test', path: '/spec/source/path', value: 'other' }] as const
  const moved = await failure(access.client.patch(path, { kind: 'json', operations }))
  assert.deepEqual([moved.code, moved.hasCauses], [422, false])
})
