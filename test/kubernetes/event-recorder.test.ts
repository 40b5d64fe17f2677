import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { readyChanged } from '../../src/api/events.ts'
import type { PolicyIdentity } from '../../src/core/policy.ts'
import type { ApiClient } from '../../src/kubernetes/api-client.ts'
import { EventRecorder } from '../../src/kubernetes/event-recorder.ts'
import type { KubeObject } from '../../src/kubernetes/kube-object.ts'
import { scenarios } from '../servers/api-faults.ts'
import { kubectl } from '../servers/kubectl.ts'
import { waitFor } from '../servers/poll.ts'
import { operatorAccess, paths, type Access } from './access.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
afterEach(() => access.faults.play(undefined))
after(async () => await access.close())

interface EventObject {
  readonly metadata: { readonly name: string }
  readonly regarding: { readonly name: string; readonly kind: string; readonly uid: string }
  readonly reason: string
  readonly type: string
  readonly note: string
  readonly series?: { readonly count: number; readonly lastObservedTime: string }
}

function identity(name: string): PolicyIdentity {
  const { namespace } = access
  return { namespace, name, uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 }
}

function recorder(clock: () => number = Date.now, client = access.client): EventRecorder {
  return new EventRecorder({ client, log: access.log, clock })
}

async function eventsOf(name: string): Promise<readonly EventObject[]> {
  const { items } = await access.cluster.api<{ items: readonly EventObject[] }>('GET', paths(access.namespace).events)
  return items.filter(({ regarding }) => regarding.name === name)
}

const warning = (message: string) => readyChanged(false, 'RegistryAuthFailed', message)

test('an event is about its policy, as kubectl shows it', async () => {
  const events = recorder()
  events.record(identity('shown'), warning('ghcr.io refused the credentials'))
  await events.close(10_000)
  const [event] = await eventsOf('shown')
  assert.deepEqual(
    [event?.reason, event?.type, event?.regarding.kind],
    ['RegistryAuthFailed', 'Warning', 'ImageUpdatePolicy'],
  )
  const args = ['get', 'events', '-n', access.namespace, '--field-selector', 'involvedObject.name=shown']
  const printed = await kubectl(args, { kubeconfig: access.cluster.adminKubeconfig })
  assert.match(printed, /Warning +RegistryAuthFailed +imageupdatepolicy\/shown +ghcr\.io refused the credentials/)
})

test('the same within ten minutes is counted, later it is new, and something else always is', async () => {
  let now = Date.now()
  const events = recorder(() => now)
  const record = async (message: string, name = 'counted') => {
    events.record(identity(name), warning(message))
    await waitFor('the event', async () => (await eventsOf(name)).length > 0)
  }
  await record('one')
  now += 599_000
  await record('one')
  await waitFor('a series of two', async () => (await eventsOf('counted'))[0]?.series?.count === 2)
  await record('two')
  await record('one', 'another')
  now += 601_000
  await record('one')
  await events.close(10_000)
  const notes = (await eventsOf('counted')).map(({ note }) => note)
  assert.deepEqual(notes.toSorted(), ['one', 'one', 'two'])
  assert.equal((await eventsOf('another')).length, 1)
})

test('many of the same at once are one event, and few requests', async () => {
  const events = recorder()
  const before = access.faults.requests().length
  for (let time = 0; time < 100; time++) events.record(identity('many'), warning('again'))
  await events.close(10_000)
  const told = await eventsOf('many')
  assert.deepEqual(
    told.map(({ series }) => series?.count),
    [100],
  )
  assert.ok(access.faults.requests().length - before <= 2)
})

test('an Event that the cluster has forgotten is made anew', async () => {
  const events = recorder()
  events.record(identity('forgotten'), warning('again'))
  const name = (await waitFor('the event', async () => (await eventsOf('forgotten'))[0])).metadata.name
  await access.cluster.api('DELETE', `${paths(access.namespace).events}/${name}`)
  events.record(identity('forgotten'), warning('again'))
  await events.close(10_000)
  assert.deepEqual(
    (await eventsOf('forgotten')).map(({ series }) => series?.count),
    [2],
  )
})

test('a message is cut to what the API server takes, between two characters', async () => {
  const events = recorder()
  events.record(identity('long'), warning('ä€😀'.repeat(400)))
  await events.close(10_000)
  const [event] = await eventsOf('long')
  assert.ok(Buffer.byteLength(event?.note ?? '') <= 1024)
  assert.match(event?.note ?? '', /^(ä€😀)+(ä|ä€)?…$/)
})

test('hundreds of different events are all sent; nobody waits for them', async () => {
  const events = recorder()
  for (let time = 0; time < 500; time++) events.record(identity('hundreds'), warning(`Application ${time}`))
  await events.close(30_000)
  assert.equal((await eventsOf('hundreds')).length, 500)
})

test('a failure is logged without what was answered, and harms nobody', async () => {
  access.faults.play(scenarios.forbidden())
  const events = recorder()
  events.record(identity('refused'), warning('never seen'))
  await waitFor(
    'a line',
    () => /an event was not recorded.*refused/.test(access.logged()) || access.logged().includes('/refused'),
  )
  assert.doesNotMatch(access.logged(), /do not tell/)
  access.faults.play(undefined)
  events.record(identity('refused'), warning('never seen'))
  await events.close(10_000)
  assert.equal((await eventsOf('refused')).length, 1)
})

/** A client whose `create` answers when it is told to. */
function slowClient() {
  let created = 0
  const release: (() => void)[] = []
  const client: ApiClient = {
    ...access.client,
    create: (_, body) => {
      created++
      return new Promise((resolve) => release.push(() => resolve(body as KubeObject)))
    },
  }
  return { client, created: () => created, release: () => release.splice(0).forEach((done) => done()) }
}

test('the end waits for what is on its way, but not for ever', async () => {
  const { client } = slowClient()
  const events = recorder(Date.now, client)
  for (let time = 0; time < 10; time++) events.record(identity('end'), warning(String(time)))
  await events.close(200)
  assert.match(access.logged(), /events were not sent before the end/)
  events.record(identity('end'), warning('too late'))
})

test('what waits is bounded, and so is what is sent in a second', async () => {
  let now = 0
  const { client, created, release } = slowClient()
  const events = recorder(() => now, client)
  for (let time = 0; time < 3000; time++) events.record(identity('flood'), warning(String(time)))
  assert.match(access.logged(), /events are dropped/)
  const rounds = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round++) {
      release()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await rounds(1000)
  assert.ok(created() >= 1000 && created() <= 1008, `${created()} in the first moment`)
  now += 10_000
  const closed = events.close(10_000)
  await rounds(1000)
  await closed
  assert.equal(created(), 2008)
})
