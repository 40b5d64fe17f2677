import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { KubeConfig, CoreV1Api } from '@kubernetes/client-node'
import { ApiRefusal, joinControlPlane } from './control-plane-access.ts'
import { startControlPlane, type StartedControlPlane } from './control-plane.ts'
import { kubectl } from './kubectl.ts'
import { waitFor } from './poll.ts'
import { httpRequest } from './request.ts'

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kettles.tests.example}
spec:
  group: tests.example
  scope: Namespaced
  names: {kind: Kettle, plural: kettles}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Litres, type: integer, jsonPath: .spec.litres}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {litres: {type: integer}}
            x-kubernetes-validations: [{rule: self.litres < 3, message: a kettle holds less than three litres}]
`

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly data: Readonly<Record<string, string>>
}

let cluster: StartedControlPlane

before(async () => {
  cluster = await startControlPlane()
})

after(async () => {
  await cluster.stop()
  assert.equal(existsSync(cluster.folder), false)
})

test('objects are made, changed and deleted', async () => {
  const path = `/api/v1/namespaces/${await cluster.createNamespace('objects')}/configmaps`
  await cluster.api('POST', path, { metadata: { name: 'one' }, data: { a: '1' } })
  const changed = await cluster.api<ConfigMap>('PATCH', `${path}/one`, { data: { b: '2' } })
  assert.deepEqual(changed.data, { a: '1', b: '2' })
  await cluster.api('DELETE', `${path}/one`)
  await assert.rejects(cluster.api('GET', `${path}/one`), (error) => {
    assert.ok(error instanceof ApiRefusal)
    assert.deepEqual([error.status, error.reason], [404, 'NotFound'])
    return true
  })
})

test('a stopped or killed API server starts again on its port with its data', async () => {
  const namespace = await cluster.createNamespace('restart')
  const path = `/api/v1/namespaces/${namespace}/configmaps/kept`
  const made = await cluster.api<ConfigMap>('POST', path.replace('/kept', ''), { metadata: { name: 'kept' } })
  for (const how of ['stop', 'kill'] as const) {
    await cluster.stopApiServer(how)
    await assert.rejects(cluster.api('GET', path), { code: 'ECONNREFUSED' })
    await cluster.startApiServer()
    const found = await cluster.api<ConfigMap>('GET', path)
    assert.equal(found.metadata.resourceVersion, made.metadata.resourceVersion)
  }
})

test('a ServiceAccount may do what RBAC allows it, and no more', async () => {
  const namespace = await cluster.createNamespace('rbac')
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  await cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'reader' } })
  await cluster.api('POST', `${roles}/roles`, {
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
  })
  await cluster.api('POST', `${roles}/rolebindings`, {
    metadata: { name: 'reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader' }],
  })
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'reader')
  const listed = await waitFor('RBAC has heard of it', () =>
    kubectl(['get', 'configmaps', '-o', 'name'], { kubeconfig }),
  )
  assert.equal(typeof listed, 'string')
  await assert.rejects(kubectl(['get', 'secrets'], { kubeconfig }), {
    message: new RegExp(`User "system:serviceaccount:${namespace}:reader" cannot list resource "secrets"`),
  })
})

test('a user has the name and the groups of his kubeconfig, also for client-node', async () => {
  const file = await cluster.kubeconfig({ name: 'ann', groups: ['writers', 'readers'] })
  assert.match(
    await kubectl(['auth', 'whoami'], { kubeconfig: file }),
    /ann\n.*\[writers readers system:authenticated\]/,
  )
  const config = new KubeConfig()
  config.loadFromFile(await cluster.kubeconfig('admin'))
  const { items } = await config.makeApiClient(CoreV1Api).listNamespace()
  assert.ok(items.some(({ metadata }) => metadata?.name === 'kube-system'))
})

test('a CRD is served as soon as it is applied, with its rules and columns', async () => {
  const namespace = await cluster.createNamespace('crd')
  const file = join(cluster.folder, 'crd.yaml')
  await writeFile(file, crd)
  await cluster.applyCrds([file, file])
  const kettle = (litres: number): object => ({
    apiVersion: 'tests.example/v1',
    kind: 'Kettle',
    metadata: { name: `of-${litres}` },
    spec: { litres },
  })
  const path = `/apis/tests.example/v1/namespaces/${namespace}/kettles`
  await cluster.api('POST', path, kettle(2))
  await assert.rejects(cluster.api('POST', path, kettle(3)), /422 Invalid: .*a kettle holds less than three litres/)
  const table = await kubectl(['get', 'kettles', '-n', namespace], { kubeconfig: cluster.adminKubeconfig })
  assert.match(table, /NAME +LITRES\nof-2 +2\n/)
})

test('the audit log tells who asked for what, also in another process', async () => {
  const start = new Date()
  const namespace = await cluster.createNamespace('audit')
  const kubeconfig = await cluster.kubeconfig({ name: 'bob' })
  await assert.rejects(kubectl(['create', 'configmap', 'x', '-n', namespace], { kubeconfig }), /forbidden/)
  const joined = await joinControlPlane(cluster.folder)
  // An event is written when its request has been answered, which may be a moment later.
  const events = await waitFor('the request is in the log', async () => {
    const found = (await joined.auditLog(start)).filter(({ objectRef }) => objectRef?.namespace === namespace)
    return found.length > 0 && found
  })
  const seen = events.map(({ verb, user, objectRef, responseStatus }) => [
    verb,
    user.username,
    objectRef?.resource,
    responseStatus?.code,
  ])
  assert.deepEqual(seen, [['create', 'bob', 'configmaps', 403]])
  assert.match(events[0]?.userAgent ?? '', /^kubectl\/v1\./)
  assert.equal(
    events[0]?.requestURI,
    `/api/v1/namespaces/${namespace}/configmaps?fieldManager=kubectl-create&fieldValidation=Strict`,
  )
  assert.deepEqual(await joined.auditLog(new Date(Date.now() + 60_000)), [])
})

test('its certificate is verified: without its authority, no connection', async () => {
  await assert.rejects(httpRequest({ url: `${cluster.server}/version` }), /certificate/)
  const version = await httpRequest({ url: `${cluster.server}/version`, ca: await readFile(cluster.caFile, 'utf8') })
  assert.match((JSON.parse(version.body.toString()) as { gitVersion: string }).gitVersion, /^v1\./)
})
