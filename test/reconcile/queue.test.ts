import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Requeue } from '../../src/core/requeue.ts'
import { PolicyQueue, type Place } from '../../src/reconcile/queue.ts'

const done: Requeue = { kind: 'onChange' }

/** A run that ends when it is told to. */
function gate() {
  const waiting = new Map<string, (requeue: Requeue) => void>()
  const started: string[] = []
  return {
    started,
    run: (key: string): Promise<Requeue> => {
      started.push(key)
      return new Promise((resolve) => waiting.set(key, resolve))
    },
    end: async (key: string, requeue: Requeue = done): Promise<void> => {
      waiting.get(key)?.(requeue)
      waiting.delete(key)
      await turn()
    },
  }
}

/** Lets everything that is already decided happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function queueOf(run: (key: string, place: Place) => Promise<Requeue>, concurrency = 2): PolicyQueue {
  return new PolicyQueue({ run, concurrency, groupOf: (key) => /^(.*)\//.exec(key)?.[1] ?? '', random: () => 1 })
}

test('a key added twice before it runs, runs once', async () => {
  const { run, started, end } = gate()
  const queue = queueOf(run, 1)
  for (const key of ['a', 'b', 'b']) queue.add(key)
  await end('a')
  await end('b')
  assert.deepEqual(started, ['a', 'b'])
})

test('a key that waits keeps its place, however often it is added', async () => {
  const { run, started, end } = gate()
  const queue = queueOf(run, 1)
  for (const key of ['a', 'b', 'c', 'b']) queue.add(key)
  await end('a')
  assert.deepEqual(started, ['a', 'b'])
  await end('b')
  await end('c')
})

test('a key added while it runs, runs again afterwards and never twice at once', async () => {
  const { run, started, end } = gate()
  const queue = queueOf(run)
  queue.add('a')
  queue.add('a')
  await turn()
  assert.deepEqual(started, ['a'])
  await end('a')
  assert.deepEqual(started, ['a', 'a'])
})

test('a group whose runs all wait holds up no other', async () => {
  const { run, started, end } = gate()
  const queue = queueOf(run, 2)
  for (const key of ['slow/1', 'slow/2', 'slow/3', 'other/1', 'other/2', 'other/3']) queue.add(key)
  assert.deepEqual(started, ['slow/1', 'slow/2', 'other/1', 'other/2'])
  await end('other/2')
  assert.equal(started.at(-1), 'other/3')
  await end('slow/1')
  assert.equal(started.at(-1), 'slow/3')
})

test('a key that changes its group while it waits or runs, runs once at a time all the same', async () => {
  const { run, started, end } = gate()
  let group = 'slow'
  const queue = new PolicyQueue({ run, concurrency: 1, groupOf: () => group, random: () => 1 })
  for (const key of ['a', 'b']) queue.add(key)
  assert.deepEqual(started, ['a'])
  group = 'other'
  for (const key of ['b', 'a']) queue.add(key)
  assert.deepEqual(started, ['a', 'b'])
  await end('b')
  await end('a')
  assert.deepEqual(started, ['a', 'b', 'a'])
  await end('a')
  await queue.drain()
})

test('no more run side by side than there are places', async () => {
  const { run, started, end } = gate()
  const queue = queueOf(run, 2)
  for (const key of ['a', 'b', 'c']) queue.add(key)
  assert.deepEqual(started, ['a', 'b'])
  await end('b')
  assert.deepEqual(started, ['a', 'b', 'c'])
})

test('a lent place lets another key run, and the lender does not count as running', async () => {
  const started: string[] = []
  let commit = (): void => {}
  const committed = new Promise<void>((resolve) => (commit = resolve))
  const queue = queueOf(async (key, place) => {
    started.push(key)
    await place.lend(committed)
    return done
  }, 1)
  queue.add('a')
  queue.add('b')
  await turn()
  assert.deepEqual(started, ['a', 'b'])
  await queue.settled()
  commit()
  await queue.drain()
})

test('a key that is due again while it waits for its commit does not keep the queue from settling', async () => {
  let commit = (): void => {}
  const committed = new Promise<void>((resolve) => (commit = resolve))
  const queue = queueOf(async (_key, place) => {
    await place.lend(committed)
    return done
  })
  queue.add('a')
  await turn()
  queue.add('a')
  await queue.settled()
  commit()
  await queue.drain()
})

test('the queue is not settled while a key runs or waits for a place', async () => {
  const { run, end } = gate()
  const queue = queueOf(run, 1)
  queue.add('a')
  queue.add('b')
  let settled = false
  void queue.settled().then(() => (settled = true))
  await end('a')
  assert.equal(settled, false)
  await end('b')
  assert.equal(settled, true)
})

test('failures come again with growing delays, at most an interval apart, and start over after a success', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { run, started, end } = gate()
  const queue = queueOf(run)
  const failure: Requeue = { kind: 'backoff', afterMs: 0, atMostMs: 3_000 }
  queue.add('a')
  for (const delay of [1_000, 2_000, 3_000, 3_000]) {
    const before = started.length
    await end('a', failure)
    t.mock.timers.tick(delay - 1)
    assert.equal(started.length, before, `too early: ${delay}`)
    t.mock.timers.tick(1)
    assert.equal(started.length, before + 1, `too late: ${delay}`)
  }
  await end('a', { kind: 'after', ms: 10 })
  t.mock.timers.tick(10)
  await end('a', failure)
  t.mock.timers.tick(1_000)
  assert.equal(started.length, 7)
})

test('a server that asks to wait is waited for', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { run, started, end } = gate()
  const queue = queueOf(run)
  queue.add('a')
  await end('a', { kind: 'backoff', afterMs: 60_000, atMostMs: 3_000 })
  t.mock.timers.tick(59_999)
  assert.deepEqual(started, ['a'])
  t.mock.timers.tick(1)
  assert.deepEqual(started, ['a', 'a'])
})

test('a forgotten key does not come again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { run, started, end } = gate()
  const queue = queueOf(run)
  queue.add('a')
  await end('a', { kind: 'after', ms: 10 })
  queue.forget('a')
  t.mock.timers.tick(1_000)
  assert.deepEqual(started, ['a'])
})

test('draining starts nothing more and waits for what runs', async () => {
  const { run, started, end } = gate()
  const queue = queueOf(run, 1)
  queue.add('a')
  queue.add('b')
  let drained = false
  const draining = queue.drain().then(() => (drained = true))
  queue.add('c')
  await turn()
  assert.equal(drained, false)
  await end('a')
  await draining
  assert.deepEqual(started, ['a'])
})

test('draining tells those that run that it ends', async () => {
  const { run, end } = gate()
  const endings: boolean[] = []
  const queue = queueOf((key, place) => {
    place.ending.addEventListener('abort', () => endings.push(true))
    return run(key)
  }, 1)
  queue.add('a')
  assert.deepEqual(endings, [])
  const draining = queue.drain()
  assert.deepEqual(endings, [true])
  await end('a')
  await draining
})

test('whatever is added whenever: no key runs twice at once, and each key runs after its last addition', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(3)), { maxLength: 40 }),
      async (plan) => {
        const running = new Set<string>()
        const dirty = new Set<string>()
        const queue = queueOf(async (key) => {
          assert.ok(!running.has(key))
          running.add(key)
          dirty.delete(key)
          await turn()
          running.delete(key)
          return done
        }, 2)
        for (const [key, turns] of plan) {
          dirty.add(key)
          queue.add(key)
          for (let i = 0; i < turns; i += 1) await turn()
        }
        await queue.settled()
        assert.equal(dirty.size, 0)
      },
    ),
    { numRuns: 50 },
  )
})
