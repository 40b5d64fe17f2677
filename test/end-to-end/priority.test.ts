// An API server whose priority and fairness leaves the operator next to nothing: everything is written in the end, and told.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ControlPlane } from '../servers/control-plane-access.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'
import { sharedControlPlane } from '../servers/shared-control-plane.ts'
import { makeCrowd, requestRun } from './crowd.ts'
import { installOperator, type Operator } from './operator.ts'
import { crds } from './world.ts'

const applications = 150
const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1'
let cluster: ControlPlane
let namespace: string
let registry: Registry
let operator: Operator

before(async () => {
  cluster = await sharedControlPlane()
  await cluster.applyCrds(crds)
  namespace = await cluster.createNamespace('narrow')
  registry = await startRegistry()
  operator = await installOperator(cluster, namespace)
})
after(async () => {
  await operator.stop()
  await cluster.api('DELETE', `${flowControl}/flowschemas/${namespace}`)
  await cluster.api('DELETE', `${flowControl}/prioritylevelconfigurations/${namespace}`)
  await registry.stop()
})

/** A few requests at once, and what is more is refused. */
async function narrow(): Promise<void> {
  await cluster.api('POST', `${flowControl}/prioritylevelconfigurations`, {
    metadata: { name: namespace },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
    },
  })
  const account = { kind: 'ServiceAccount', serviceAccount: { name: 'image-update-operator', namespace } }
  const anything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }
  await cluster.api('POST', `${flowControl}/flowschemas`, {
    metadata: { name: namespace },
    spec: {
      priorityLevelConfiguration: { name: namespace },
      matchingPrecedence: 10,
      rules: [{ subjects: [account], resourceRules: [anything] }],
    },
  })
}

test('what the API server refuses for now is sent again: every Application is patched once, with its event', async () => {
  await pushImage(registry, 'web', '1.0.0')
  const image = `${registry.host}/web`
  const { names, untilReady } = await makeCrowd(cluster, namespace, { policies: 1, applications, image, tag: '1.0' })
  await operator.start('--interval=1h')
  await untilReady()
  await narrow()
  await pushImage(registry, 'web', '1.0.1')
  const begun = new Date()
  await requestRun(cluster, namespace)
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
  const told = await waitFor(
    'an event for every Application',
    async () => {
      const { items } = await cluster.api<{ items: readonly { reason: string; note: string }[] }>('GET', path)
      const notes = items.filter(({ reason }) => reason === 'Updated').map(({ note }) => note)
      return notes.length >= applications && notes
    },
    90_000,
  )
  for (const name of names) assert.equal(told.filter((note) => note.includes(`/${name} `)).length, 1, name)
  const ours = (await cluster.auditLog(begun)).filter(({ user }) => user.username.includes(`:${namespace}:`))
  const answers = ours.map(({ responseStatus }) => responseStatus?.code)
  assert.ok(answers.includes(429), 'nothing was refused: this test shows nothing')
  const patched = ours.filter(
    ({ verb, objectRef, responseStatus }) =>
      verb === 'patch' && objectRef?.resource === 'applications' && responseStatus?.code === 200,
  )
  assert.equal(new Set(patched.map(({ objectRef }) => objectRef?.name)).size, applications)
})
