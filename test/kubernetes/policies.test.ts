import assert from 'node:assert/strict'
import { after, afterEach, before, test, type TestContext } from 'node:test'
import type { ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { ReconcileError } from '../../src/errors.ts'
import { createPolicyStore, type PolicyStore, type StoredPolicy } from '../../src/kubernetes/policies.ts'
import { scenarios } from '../servers/api-faults.ts'
import { waitFor } from '../servers/poll.ts'
import { operatorAccess, paths, policyObject, type Access } from './access.ts'
import { startWatch } from './watch.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

interface Fixture {
  readonly store: PolicyStore
  readonly read: () => StoredPolicy
  /** A change by somebody else, seen by the store only when the watch is let through. */
  readonly edit: (body: object, subresource?: string) => Promise<void>
  readonly calls: readonly string[]
  readonly patches: () => number
}

async function policy(t: TestContext, name: string): Promise<Fixture> {
  const { cluster, client, namespace, faults } = access
  const path = `${paths(namespace).policies}/${name}`
  await cluster.api('POST', paths(namespace).policies, policyObject(name))
  const { watch, policies } = await startWatch(t, access)
  await watch.settled()
  const store = createPolicyStore(client, watch.policies)
  const read = (): StoredPolicy => store.get(`${namespace}/${name}`) ?? assert.fail('the policy is not there')
  return {
    store,
    read,
    calls: policies,
    edit: async (body, subresource = '') => void (await cluster.api('PATCH', `${path}${subresource}`, body)),
    patches: () =>
      faults.requests().filter((request) => request.method === 'PATCH' && request.path === `${path}/status`).length,
  }
}

const chosen: ImageUpdatePolicyStatus = {
  observedGeneration: 1,
  linked: 'web',
  chosen: { tag: '1.5.0', digest: `sha256:${'a'.repeat(64)}`, image: '1.5.0' },
  conditions: [
    { type: 'Ready', status: 'True', reason: 'UpToDate', message: 'fine', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
}

test('a policy is read as it is stored', async (t) => {
  const { read } = await policy(t, 'stored')
  const { identity, spec, status, deleting } = read()
  assert.deepEqual([identity.namespace, identity.name, identity.generation], [access.namespace, 'stored', 1])
  assert.match(identity.creationTimestamp, /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(spec, { image: 'ghcr.io/acme/web', strategy: 'semver', applications: [{ name: 'web' }] })
  assert.deepEqual([status, deleting], [undefined, false])
})

test('a status that was written is read at once, and not written again', async (t) => {
  const { store, read, patches } = await policy(t, 'written')
  await store.patchStatus(read(), chosen)
  assert.deepEqual(read().status, chosen)
  await store.patchStatus(read(), chosen)
  await store.patchStatus(read(), { ...chosen, history: undefined } as unknown as ImageUpdatePolicyStatus)
  assert.equal(patches(), 1)
})

test('what is absent in the new status is gone, deep inside as well', async (t) => {
  const { store, read } = await policy(t, 'absent')
  await store.patchStatus(read(), chosen)
  const next: ImageUpdatePolicyStatus = { observedGeneration: 2, chosen: { image: '1.5.0' }, conditions: [] }
  await store.patchStatus(read(), next)
  assert.deepEqual(read().status, next)
  const stored = await access.cluster.api<{ status: unknown }>('GET', `${paths(access.namespace).policies}/absent`)
  assert.deepEqual(stored.status, next)
})

test('our own status calls nobody, somebody else’s change does', async (t) => {
  const { store, read, edit, calls } = await policy(t, 'called')
  const key = `${access.namespace}/called`
  const times = () => calls.filter((call) => call === key).length
  assert.equal(times(), 1)
  await store.patchStatus(read(), chosen)
  await edit({ metadata: { annotations: { 'imageupdate.dev/requestedAt': 'now' } } })
  await waitFor('a call for the annotation', () => times() === 2)
  await edit({ spec: { suspend: true } })
  await waitFor('a call for the spec', () => times() === 3)
  assert.equal(read().identity.generation, 2)
  await access.cluster.api('DELETE', `${paths(access.namespace).policies}/called`)
  await waitFor('a call for the deletion', () => times() === 4)
  assert.equal(store.get(key), undefined)
})

test('a status made from an older spec is written all the same: nothing that it says of is newer', async (t) => {
  const { store, read, edit } = await policy(t, 'older-spec')
  const before = read()
  await edit({ spec: { suspend: true } })
  await store.patchStatus(before, chosen)
  assert.deepEqual(read().status, chosen)
  assert.equal(read().identity.generation, 2)
})

test('a status that somebody else wrote meanwhile is not overwritten, and that is told', async (t) => {
  const { store, read, edit } = await policy(t, 'conflict')
  const before = read()
  await edit({ status: { linked: 'somebody else' } }, '/status')
  await assert.rejects(store.patchStatus(before, chosen), (error: unknown) => {
    assert.ok(error instanceof ReconcileError)
    assert.deepEqual([error.reason, error.retry.kind], ['KubernetesUnavailable', 'backoff'])
    assert.match(error.message, /somebody else changed it meanwhile/)
    return true
  })
  await waitFor('the other status', () => read().status?.linked === 'somebody else')
  await store.patchStatus(read(), chosen)
  assert.deepEqual(read().status, chosen)
})

test('a policy that is gone, or was made anew, needs no status', async (t) => {
  const { store, read } = await policy(t, 'gone')
  const before = read()
  const { policies } = paths(access.namespace)
  await access.cluster.api('DELETE', `${policies}/gone`)
  await store.patchStatus(before, chosen)
  await access.cluster.api('POST', policies, policyObject('gone'))
  await store.patchStatus(before, chosen)
  assert.equal((await access.cluster.api<{ status?: unknown }>('GET', `${policies}/gone`)).status, undefined)
})

const failures = [
  [
    'the API server is away',
    scenarios.reset,
    /the status of the policy was not written: the API server did not answer/,
  ],
  [
    'rights are missing',
    scenarios.forbidden,
    /was not written: the API server answered 403 Forbidden; the operator's role/,
  ],
] as const
for (const [name, scenario, message] of failures)
  test(`a status that could not be written is told: ${name}`, async (t) => {
    const { store, read } = await policy(t, name.replaceAll(' ', '-').toLowerCase())
    access.faults.play(scenario())
    await assert.rejects(store.patchStatus(read(), chosen), message)
    access.faults.play(undefined)
  })

test('a status that the schema refuses is told, with the member and without its value', async (t) => {
  const { store, read } = await policy(t, 'schema')
  const wrong = { ...chosen, observedGeneration: 'secret' } as unknown as ImageUpdatePolicyStatus
  await assert.rejects(store.patchStatus(read(), wrong), (error: unknown) => {
    assert.ok(error instanceof ReconcileError)
    assert.match(error.message, /422 Invalid for status\.observedGeneration$/)
    return true
  })
})
