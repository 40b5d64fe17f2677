import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRuntimeMemories, noteUndone } from '../../src/reconcile/runtime-memory.ts'

const key = 'argocd/web'

test('a policy that was made anew begins with no memory', () => {
  const memories = createRuntimeMemories()
  const first = memories.of({ key, uid: '1' })
  assert.equal(memories.of({ key, uid: '1' }), first)
  assert.notEqual(memories.of({ key, uid: '2' }), first)
  const second = memories.of({ key, uid: '2' })
  memories.forget(key)
  assert.notEqual(memories.of({ key, uid: '2' }), second)
})

test('each time a write is undone in a row the next one waits longer, up to 5 min; noticing it again changes nothing', () => {
  const memory = createRuntimeMemories().of({ key, uid: '1' })
  let at = 0
  const delays = Array.from({ length: 7 }, () => {
    noteUndone(memory, key, at)
    noteUndone(memory, key, at + 1)
    const { retryAt = 0 } = memory.undone.get(key) ?? {}
    const delay = retryAt - at
    at = retryAt
    return delay / 1_000
  })
  assert.deepEqual(delays, [10, 20, 40, 80, 160, 300, 300])
})

test('what is undone after it had stood for long is not in a row', () => {
  const memory = createRuntimeMemories().of({ key, uid: '1' })
  noteUndone(memory, key, 0)
  noteUndone(memory, key, 3_600_000)
  assert.deepEqual(memory.undone.get(key), { count: 1, seenAt: 3_600_000, retryAt: 3_610_000 })
})
