import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test, type TestContext } from 'node:test'
import { Reflector, type ObjectEvent, type ReflectorTiming } from '../../src/kubernetes/reflector.ts'
import { scenarios } from '../servers/api-faults.ts'
import { waitFor } from '../servers/poll.ts'
import { applicationObject, operatorAccess, paths, type Access } from './access.ts'

const quick: Partial<ReflectorTiming> = { firstRetry: 20, longestRetry: 200 }
let access: Access

before(async () => {
  access = await operatorAccess()
})
after(async () => await access.close())

/** A reflector over the Applications of one label, with what it told. */
function follow(t: TestContext, label: string, timing: Partial<ReflectorTiming> = {}) {
  const { client, log, namespace } = access
  const stopping = new AbortController()
  const told: string[] = []
  const events: ObjectEvent[] = []
  const reflector = new Reflector({
    client,
    log,
    signal: stopping.signal,
    path: paths(namespace).applications,
    timing: { ...quick, ...timing },
    labelSelector: `test=${label}`,
    onEvent: (event) => {
      told.push(`${event.type} ${event.object.metadata.name}`)
      events.push(event)
    },
  })
  const run = reflector.run()
  t.after(async () => {
    stopping.abort()
    await run
    access.faults.play(undefined)
  })
  return { reflector, told, events }
}

async function create(label: string, ...names: readonly string[]): Promise<void> {
  for (const name of names)
    await access.cluster.api(
      'POST',
      paths(access.namespace).applications,
      applicationObject(name, { metadata: { name, labels: { test: label } } }),
    )
}

async function remove(name: string): Promise<void> {
  await access.cluster.api('DELETE', `${paths(access.namespace).applications}/${name}`)
}

async function touch(name: string): Promise<void> {
  const metadata = { annotations: { touched: String(performance.now()) } }
  await access.cluster.api('PATCH', `${paths(access.namespace).applications}/${name}`, { metadata })
}

const has = (told: readonly string[], line: string) => waitFor(line, () => told.includes(line))
const watches = () => access.faults.requests().filter(({ isWatch }) => isWatch)

test('what is there is told first, what happens then is told as it happens', async (t) => {
  await create('order', 'order-1', 'order-2')
  const { reflector, told } = follow(t, 'order')
  await reflector.settled
  assert.equal(reflector.hasSynced, true)
  assert.deepEqual(told.toSorted(), ['ADDED order-1', 'ADDED order-2'])
  await create('order', 'order-3')
  await has(told, 'ADDED order-3')
  await touch('order-3')
  await remove('order-3')
  await has(told, 'DELETED order-3')
  assert.deepEqual(told.slice(2), ['ADDED order-3', 'MODIFIED order-3', 'DELETED order-3'])
})

for (const [how, scenario] of [
  ['by HTTP', scenarios.goneByHttp],
  ['in the stream', scenarios.goneInStream],
] as const)
  test(`when the position is too old, told ${how}, deletions that were missed are told, and nothing twice`, async (t) => {
    const label = `gone-${how.replaceAll(' ', '-').toLowerCase()}`
    await create(label, `${label}-stays`, `${label}-goes`)
    const { told, events } = follow(t, label)
    await has(told, `ADDED ${label}-stays`)
    await waitFor('a watch', () => access.faults.openWatches() === 1)

    access.faults.play(scenarios.reset())
    access.faults.cut()
    await remove(`${label}-goes`)
    access.faults.play(scenario())
    await has(told, `DELETED ${label}-goes`)

    const gone = events.at(-1)?.object
    assert.deepEqual([gone?.apiVersion, gone?.kind], ['argoproj.io/v1alpha1', 'Application'])
    assert.equal(gone?.metadata.namespace, access.namespace)
    assert.equal(told.filter((line) => line === `ADDED ${label}-stays`).length, 1)
    await touch(`${label}-stays`)
    await has(told, `MODIFIED ${label}-stays`)
  })

test('a stream that the server ends is taken up where it ended: nothing lost, nothing told twice, nothing listed', async (t) => {
  await create('resume', 'resume-1')
  const { told } = follow(t, 'resume')
  await has(told, 'ADDED resume-1')
  await waitFor('a watch', () => access.faults.openWatches() === 1)
  const lists = access.faults.requests().filter(({ query }) => query.has('limit')).length

  access.faults.endWatches()
  await remove('resume-1')
  await create('resume', 'resume-2')
  await has(told, 'ADDED resume-2')
  assert.deepEqual(told, ['ADDED resume-1', 'DELETED resume-1', 'ADDED resume-2'])
  assert.equal(access.faults.requests().filter(({ query }) => query.has('limit')).length, lists)
})

test('a bookmark moves the position', async (t) => {
  await create('bookmark', 'bookmark-1')
  const object = { kind: 'Application', apiVersion: 'argoproj.io/v1alpha1', metadata: { resourceVersion: '123456789' } }
  access.faults.play(scenarios.watchesSay({ type: 'BOOKMARK', object }))
  follow(t, 'bookmark')
  await waitFor('a watch', () => access.faults.openWatches() === 1)
  assert.equal(watches().at(-1)?.query.get('allowWatchBookmarks'), 'true')
  await waitFor('a watch from the bookmark', () => {
    access.faults.endWatches()
    return watches().at(-1)?.query.get('resourceVersion') === '123456789'
  })
})

test('a watch on which nothing comes is opened again, which is no problem to tell of', async (t) => {
  access.faults.play(scenarios.watchesSay())
  const { reflector } = follow(t, 'silent', { idle: 200 })
  await reflector.settled
  const before = watches().length
  await waitFor('three more watches', () => watches().length >= before + 3)
  assert.equal(reflector.problem, undefined)
})

test('rights taken away for a while: said, survived, and nothing missed', async (t) => {
  await create('rights', 'rights-1')
  access.faults.play(scenarios.forbidden())
  const { reflector, told } = follow(t, 'rights')
  await reflector.settled
  assert.equal(reflector.hasSynced, false)
  assert.equal(reflector.problem?.code, 403)
  assert.doesNotMatch(access.logged(), /do not tell/)
  access.faults.play(undefined)
  await has(told, 'ADDED rights-1')
  await waitFor('no problem', () => reflector.problem === undefined)
})

test('waits grow while it fails, and are at least what the server asks for', async (t) => {
  const { reflector } = follow(t, 'waits')
  await reflector.settled
  await waitFor('a watch', () => access.faults.openWatches() === 1)
  access.faults.play(scenarios.busy(1, 1))
  const since = performance.now()
  const before = watches().length
  access.faults.endWatches()
  await waitFor('asked again', () => watches().length >= before + 2)
  assert.ok(performance.now() - since >= 1000)

  access.faults.play(scenarios.reset())
  access.faults.cut()
  const from = watches().length
  const start = performance.now()
  await waitFor('eight more', () => watches().length >= from + 8)
  // 20, 40, 80, 160, 200, 200, 200 ms, each by a half more or less.
  assert.ok(performance.now() - start > 300, 'retries come too fast')
})

test('a failure of whoever listens is logged and does not end the watch', async (t) => {
  await create('throws', 'throws-1')
  const stopping = new AbortController()
  const told: string[] = []
  const reflector = new Reflector({
    client: access.client,
    log: access.log,
    signal: stopping.signal,
    timing: quick,
    path: paths(access.namespace).applications,
    labelSelector: 'test=throws',
    onEvent: ({ type }) => {
      told.push(type)
      throw new Error('no thanks')
    },
  })
  const run = reflector.run()
  t.after(async () => {
    stopping.abort()
    await run
  })
  await has(told, 'ADDED')
  await touch('throws-1')
  await has(told, 'MODIFIED')
  assert.match(access.logged(), /no thanks/)
})

test('data restored from a backup: what is of the future is told as deleted, then told anew', async (t) => {
  const told: string[] = []
  const stopping = new AbortController()
  const page = (resourceVersion: string, version: string) => ({
    resourceVersion,
    objects: [{ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', namespace: 'n', resourceVersion: version } }],
  })
  const pages = [page('900', '850'), page('300', '250')]
  const reflector = new Reflector({
    client: {
      ...access.client,
      pages: async function* () {
        const next = pages.shift()
        if (next !== undefined) yield next
      },
      stream: async () => {
        if (pages.length === 0) return hang(stopping.signal)
        throw new Error('too large a resourceVersion')
      },
    },
    log: access.log,
    signal: stopping.signal,
    path: '/things',
    timing: quick,
    onEvent: ({ type, object }) => void told.push(`${type} ${object.metadata.resourceVersion}`),
  })
  const run = reflector.run()
  t.after(async () => {
    stopping.abort()
    await run
  })
  await has(told, 'ADDED 250')
  assert.deepEqual(told, ['ADDED 850', 'DELETED 850', 'ADDED 250'])
})

// oxlint-disable-next-line require-yield -- it only ends
async function* hang(signal: AbortSignal): AsyncGenerator<Buffer> {
  await once(signal, 'abort')
}
