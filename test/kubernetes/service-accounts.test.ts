import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createServiceAccountStore } from '../../src/kubernetes/service-accounts.ts'
import { operatorAccess, type Access } from './access.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
after(async () => await access.close())

test('a ServiceAccount is read with the rights of the chart: annotations, and pull secrets in their order', async () => {
  const { cluster, client, namespace } = access
  await cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    metadata: { name: 'web', annotations: { team: 'web' } },
    imagePullSecrets: [{ name: 'b' }, { name: 'a' }],
  })
  const accounts = createServiceAccountStore({ client })
  assert.deepEqual(await accounts.get(namespace, 'web'), {
    namespace,
    name: 'web',
    annotations: { team: 'web' },
    imagePullSecrets: ['b', 'a'],
  })
  assert.equal(await accounts.get(namespace, 'nobody'), undefined)
})
