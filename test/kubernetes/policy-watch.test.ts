import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { createApiClient } from '../../src/kubernetes/api-client.ts'
import { loadKubeConfig } from '../../src/kubernetes/pooled-kube-config.ts'
import { scenarios } from '../servers/api-faults.ts'
import { startControlPlane } from '../servers/control-plane.ts'
import { waitFor } from '../servers/poll.ts'
import { applicationObject, operatorAccess, paths, policyObject, type Access } from './access.ts'
import { startWatch } from './watch.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

test('policies, Applications and projects become calls', async (t) => {
  const { cluster, namespace } = access
  const { watch, policies, applications, projects } = await startWatch(t, access)
  await watch.settled()
  assert.deepEqual(watch.readiness(), { ready: true, missing: [] })
  const project = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: { name: 'shop' }, spec: {} }
  await cluster.api('POST', paths(namespace).policies, policyObject('called'))
  await cluster.api('POST', paths(namespace).applications, applicationObject('called'))
  await cluster.api('POST', paths(namespace).projects, project)
  await waitFor('three calls', () => policies.length + applications.length + projects.length === 3)
  assert.deepEqual(
    [policies, applications[0]?.key, projects],
    [[`${namespace}/called`], `${namespace}/called`, [`${namespace}/shop`]],
  )
  assert.equal(watch.projects.get(`${namespace}/shop`)?.name, 'shop')

  const path = `${paths(namespace).applications}/called`
  await cluster.api('PATCH', path, { status: { reconciledAt: '2026-01-01T00:00:00Z' } })
  await cluster.api('PATCH', path, { status: { health: { status: 'Healthy' } } })
  await waitFor('the health', () => applications.length > 1)
  assert.equal(applications.length, 2)
  assert.deepEqual([applications[1]?.before?.health, applications[1]?.after?.health], [undefined, 'Healthy'])
})

test('what is kept of an Application is small', async (t) => {
  const { cluster, namespace } = access
  const resources = Array.from({ length: 500 }, (_, index) => ({
    kind: 'ConfigMap',
    name: `config-${index}`,
    namespace,
  }))
  await cluster.api('POST', paths(namespace).applications, applicationObject('large', { status: { resources } }))
  const stored = await cluster.api('GET', `${paths(namespace).applications}/large`)
  const { watch } = await startWatch(t, access)
  await watch.settled()
  const kept = JSON.stringify(watch.applications.get(`${namespace}/large`))
  assert.ok(JSON.stringify(stored).length > 20_000)
  assert.ok(kept.length < 1000, `${kept.length} bytes`)
})

test('several namespaces are watched side by side, others are not', async (t) => {
  const { cluster, namespace } = access
  const other = await operatorAccess()
  t.after(async () => await other.close())
  const elsewhere = await cluster.createNamespace('elsewhere')
  for (const place of [namespace, other.namespace, elsewhere])
    await cluster.api('POST', paths(place).policies, policyObject('several'))
  const admin = loadKubeConfig({ file: cluster.adminKubeconfig, context: undefined })
  t.after(async () => await admin.close())
  const parts = { kubeConfig: admin, client: createApiClient(admin, 'test') }
  const some = await startWatch(t, access, { ...parts, namespaces: [namespace, other.namespace] })
  await some.watch.settled()
  const keys = some.watch.policies.list().map(({ identity }) => `${identity.namespace}/${identity.name}`)
  assert.deepEqual(
    keys.filter((key) => key.endsWith('/several')).toSorted(),
    [`${namespace}/several`, `${other.namespace}/several`].toSorted(),
  )
  const all = await startWatch(t, access, { ...parts, namespaces: [] })
  await all.watch.settled()
  assert.ok(all.watch.policies.get(`${elsewhere}/several`))
})

test('what is missing is said, waited for, and found when it comes', async (t) => {
  access.faults.play(({ path }) =>
    path.includes('argoproj.io') ? { kind: 'answer', code: 404, reason: 'NotFound' } : undefined,
  )
  const { watch } = await startWatch(t, access)
  await watch.settled()
  const { ready, missing } = watch.readiness()
  assert.equal(ready, true)
  assert.deepEqual(missing, [
    "Argo CD's Applications (applications.argoproj.io): not installed in this cluster",
    "Argo CD's AppProjects (appprojects.argoproj.io): not installed in this cluster",
  ])
  assert.throws(() => watch.applications.list(), /not installed in this cluster/)
  assert.match(access.logged(), /"level":"warn".*applications: 404 NotFound/)
  access.faults.play(undefined)
  await waitFor('everything', () => watch.readiness().missing.length === 0)
  assert.ok(watch.applications.list().length > 0)
})

test('rights that lack for policies keep it from being ready, and it says so', async (t) => {
  access.faults.play(scenarios.forbidden())
  const { watch } = await startWatch(t, access)
  await watch.settled()
  const { ready, missing } = watch.readiness()
  assert.equal(ready, false)
  assert.match(
    missing[0] ?? '',
    /^ImageUpdatePolicies .*: may not be listed and watched by the operator \(.*\); its role lacks that$/,
  )
})

test('an API server that is killed and comes back is followed again: nothing missed, the process still here', async (t) => {
  const cluster = await startControlPlane()
  t.after(async () => await cluster.stop())
  const direct = await operatorAccess({ cluster })
  t.after(async () => await direct.close())
  const kubeconfig = await cluster.serviceAccountKubeconfig(direct.namespace, 'operator')
  const kubeConfig = loadKubeConfig({ file: kubeconfig, context: undefined })
  t.after(async () => await kubeConfig.close())
  const { policies } = paths(direct.namespace)
  await cluster.api('POST', policies, policyObject('goes'))
  await cluster.api('POST', policies, policyObject('stays'))
  const parts = { kubeConfig, client: createApiClient(kubeConfig, 'test') }
  const { watch, policies: calls } = await startWatch(t, direct, parts)
  await watch.settled()

  await cluster.stopApiServer('kill')
  await waitFor('the outage to be told', () =>
    watch.readiness().missing.some((line) => line.includes('did not answer')),
  )
  assert.equal(watch.policies.list().length, 2)
  await cluster.startApiServer()
  await cluster.api('DELETE', `${policies}/goes`)
  await cluster.api('POST', policies, policyObject('comes'))
  await waitFor('the new one', () => watch.policies.get(`${direct.namespace}/comes`))
  await waitFor('the old one to be gone', () => watch.policies.get(`${direct.namespace}/goes`) === undefined)
  await waitFor('no problem', () => watch.readiness().missing.length === 0)
  assert.equal(calls.filter((key) => key.endsWith('/stays')).length, 1)
})
