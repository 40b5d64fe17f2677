import assert from 'node:assert/strict'
import { after, afterEach, before, test, type TestContext } from 'node:test'
import {
  createConfigMapStore,
  knownHostsConfigMap,
  tlsCertsConfigMap,
  type ConfigMapStore,
} from '../../src/kubernetes/config-maps.ts'
import { scenarios } from '../servers/api-faults.ts'
import { waitFor } from '../servers/poll.ts'
import { operatorAccess, paths, type Access } from './access.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

function configMaps(t: TestContext): ConfigMapStore {
  const { client, log, namespace } = access
  const timing = { firstRetry: 20, longestRetry: 200 }
  const store = createConfigMapStore({ client, log, argocdNamespace: namespace, timing })
  t.after(async () => await store.close())
  return store
}

test('Argo CD’s ConfigMap is known as it is now, with rights on its name alone', async (t) => {
  const store = configMaps(t)
  assert.throws(() => store.get(knownHostsConfigMap), { reason: 'KubernetesUnavailable' })
  await store.settled
  assert.equal(store.get(knownHostsConfigMap), undefined)
  const { api } = access.cluster
  const collection = paths(access.namespace).configMaps
  await api('POST', collection, { metadata: { name: knownHostsConfigMap }, data: { ssh_known_hosts: 'a' } })
  await waitFor('it appears', () => store.get(knownHostsConfigMap)?.['ssh_known_hosts'] === 'a')
  await api('PATCH', `${collection}/${knownHostsConfigMap}`, { data: { ssh_known_hosts: 'b' } })
  await waitFor('it changes', () => store.get(knownHostsConfigMap)?.['ssh_known_hosts'] === 'b')
  await api('DELETE', `${collection}/${knownHostsConfigMap}`)
  assert.equal(store.get(tlsCertsConfigMap), undefined)
  await waitFor('it goes', () => store.get(knownHostsConfigMap) === undefined)
})

test('without the right to read it, it is said what can’t be told', async (t) => {
  access.faults.play(scenarios.forbidden())
  const store = configMaps(t)
  await store.settled
  assert.throws(() => store.get(knownHostsConfigMap), {
    reason: 'KubernetesUnavailable',
    message: new RegExp(`ConfigMap ${access.namespace}/${knownHostsConfigMap}`),
  })
})
