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

test('a token of a ServiceAccount is for one audience', async () => {
  const { cluster, client, namespace } = access
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await cluster.api('POST', path, { metadata: { name: 'cloudy' } })
  const token = await createServiceAccountStore({ client }).token({ namespace, name: 'cloudy' }, 'sts.amazonaws.com')
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  const { aud, sub } = claims as { aud: unknown; sub: unknown }
  assert.deepEqual([aud, sub], [['sts.amazonaws.com'], `system:serviceaccount:${namespace}:cloudy`])
  await assert.rejects(
    createServiceAccountStore({ client }).token({ namespace, name: 'nobody' }, 'x'),
    new RegExp(`^ReconcileError: no token of ServiceAccount ${namespace}/nobody was got`),
  )
})
