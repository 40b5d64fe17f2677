import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import type { ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator'
import { parse } from 'yaml'
import { KubernetesApiError } from '../../src/kubernetes/api-error.ts'
import { createApiClient } from '../../src/kubernetes/api-client.ts'
import { HardenedOperator } from '../../src/kubernetes/hardened-operator.ts'
import { loadKubeConfig, type PooledKubeConfig } from '../../src/kubernetes/pooled-kube-config.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { waitFor } from '../servers/poll.ts'
import { operatorAccess, paths, policyObject, type Access } from './access.ts'

const finalizer = 'imageupdate.dev/test'
let access: Access
let admin: PooledKubeConfig

before(async () => {
  access = await operatorAccess()
  admin = loadKubeConfig({ file: access.cluster.adminKubeconfig, context: undefined })
})
after(async () => {
  await admin.close()
  await access.close()
})

/** What a subclass may use of the package's operator. */
class Probe extends HardenedOperator {
  readonly events: ResourceEvent[] = []
  readonly deleted: string[] = []

  protected override async init(): Promise<void> {
    const onEvent = async (event: ResourceEvent): Promise<void> => {
      this.events.push(event)
      await this.handleResourceFinalizer(structuredClone(event), finalizer, async ({ meta }) => {
        this.deleted.push(meta.name)
      })
    }
    await this.watchResource('imageupdate.dev', 'v1alpha1', 'imageupdatepolicies', onEvent, access.namespace)
  }

  setStatus = (meta: ResourceMeta, status: unknown) => this.setResourceStatus(meta, status)
  patchStatus = (meta: ResourceMeta, status: unknown) => this.patchResourceStatus(meta, status)
  uri = () => this.getCustomResourceApiUri('imageupdate.dev', 'v1alpha1', 'imageupdatepolicies', 'argocd')
  register = (file: string) => this.registerCustomResourceDefinition(file)
}

async function probe(t: TestContext, kubeConfig = admin): Promise<Probe> {
  const operator = new Probe({ kubeConfig, client: createApiClient(kubeConfig, 'probe'), log: access.log })
  t.after(async () => await operator.close())
  await operator.start()
  return operator
}

test('a kubeconfig of the machine that is broken does not matter: it is not the one that was given', async (t) => {
  const before = process.env['KUBECONFIG']
  t.after(() => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
  })
  process.env['KUBECONFIG'] = '/nowhere/kubeconfig'
  const operator = await probe(t)
  assert.equal(
    operator.uri(),
    `${access.cluster.server}/apis/imageupdate.dev/v1alpha1/namespaces/argocd/imageupdatepolicies`,
  )
  assert.throws(() => loadKubeConfig({ file: undefined, context: 'any' }), /the default kubeconfig can't be read/)
})

test('a finalizer is set, its action run, and taken away, by the package’s own rules', async (t) => {
  const operator = await probe(t)
  const path = `${paths(access.namespace).policies}/finalized`
  await access.cluster.api('POST', paths(access.namespace).policies, policyObject('finalized'))
  const finalizers = async () =>
    (await access.cluster.api<{ metadata: { finalizers?: string[] } }>('GET', path)).metadata.finalizers
  await waitFor('the finalizer', async () => (await finalizers())?.includes(finalizer))
  await access.cluster.api('DELETE', path)
  await waitFor('the end', () =>
    operator.events.some(({ type, meta }) => type === 'DELETED' && meta.name === 'finalized'),
  )
  assert.deepEqual(operator.deleted, ['finalized'])
})

test('a status is written, and a conflict is an error instead of a line in the log', async (t) => {
  const operator = await probe(t)
  await access.cluster.api('POST', paths(access.namespace).policies, policyObject('status'))
  const { meta } = await waitFor('the event', () => operator.events.find(({ meta: { name } }) => name === 'status'))
  const written = await operator.patchStatus(meta, { linked: 'one' })
  assert.notEqual(written.resourceVersion, meta.resourceVersion)
  await assert.rejects(operator.setStatus(meta, { linked: 'two' }), (error: unknown) => {
    assert.ok(error instanceof KubernetesApiError)
    assert.deepEqual([error.code, error.reason], [409, 'Conflict'])
    return true
  })
  const { resourceVersion } = await operator.patchStatus(meta, { linked: 'three' })
  await operator.setStatus({ ...meta, resourceVersion }, { linked: 'four' })
  const { status } = await access.cluster.api<{ status: unknown }>('GET', `${paths(access.namespace).policies}/status`)
  assert.deepEqual(status, { linked: 'four' })
})

test('a resource that is not watched can’t be written', async (t) => {
  const operator = await probe(t)
  const meta = { id: 'things.v1', name: 'a', resourceVersion: '1', apiVersion: 'v1', kind: 'Thing' }
  await assert.rejects(operator.patchStatus(meta, {}), /things\.v1 is not watched/)
})

test('a custom resource may be registered twice', async (t) => {
  const operator = await probe(t)
  const folder = temporaryFolder('crd')
  t.after(async () => await folder.remove())
  const file = join(folder.path, 'things.yaml')
  await writeFile(file, thingsCrd)
  for (const _ of ['first', 'second']) {
    const { group, versions, plural } = await operator.register(file)
    assert.deepEqual([group, versions[0]?.name, plural], ['example.com', 'v1', 'things'])
  }
})

test('stop ends the watch; it is neither opened again, nor does the process end', async (t) => {
  const operator = await probe(t, access.kubeConfig)
  await waitFor('a watch', () => access.faults.openWatches() === 1)
  const before = access.faults.requests().length
  await operator.close()
  await waitFor('no watch', () => access.faults.openWatches() === 0)
  assert.equal(access.faults.requests().length, before)
})

const thingsCrd = JSON.stringify(
  parse(`
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: things.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {kind: Thing, plural: things}
      versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
  `),
)
