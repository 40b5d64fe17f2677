import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { createStateMemory } from '../../../src/writeback/targets/state-memory.ts'

/** A memory that counts what is read. */
function counting() {
  const memory = createStateMemory<number>()
  const count = { reads: 0 }
  const recall = (...parts: unknown[]) => memory.recall(parts, async () => (count.reads += 1))
  return { memory, count, recall }
}

test('what is known is not read again, whatever it came to', async () => {
  const { recall, count } = counting()
  assert.deepEqual([await recall('a', { b: 1 }), await recall('a', { b: 1 }), await recall('a', { b: 2 })], [1, 1, 2])
  const nothing = createStateMemory<undefined>()
  const read = async () => void (count.reads += 1)
  await nothing.recall(['a'], read)
  await nothing.recall(['a'], read)
  assert.equal(count.reads, 3)
})

test('who asks while it is read shares it', async () => {
  const { recall, count } = counting()
  assert.deepEqual(await Promise.all([recall('a'), recall('a'), recall('b')]), [1, 1, 2])
  assert.equal(count.reads, 2)
})

test('what could not be read is read again', async () => {
  const { memory, recall } = counting()
  const failing = () => memory.recall(['a'], () => Promise.reject(new Error('too slow')))
  await Promise.all([failing(), failing()].map((reading) => assert.rejects(reading, /too slow/)))
  assert.equal(await recall('a'), 1)
})

test('long texts are told apart by all that they hold, and from the hash of one', async () => {
  const { recall } = counting()
  const long = 'x'.repeat(5_000)
  const digest = hash('sha256', long, 'base64')
  const parts = [long, `${long}y`, digest, JSON.stringify({ hash: digest })]
  const states = []
  for (const part of parts) states.push(await recall(part))
  assert.deepEqual(states, [1, 2, 3, 4])
  assert.equal(await recall('x'.repeat(5_000)), 1)
})
