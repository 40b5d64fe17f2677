import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnswerRoom } from '../../../src/registry/wire/answer-room.ts'

const free = 512 * 1024

test('short answers always have room, long ones share what there is', () => {
  const room = createAnswerRoom(1000)
  const [one, other] = [room.enter(), room.enter()]
  assert.ok(one.hold(free + 600))
  assert.ok(other.hold(free))
  assert.ok(other.hold(free + 400))
  assert.ok(!other.hold(free + 401))
  assert.ok(other.hold(free + 400), 'it still has what it had')
  assert.ok(!room.enter().hold(free + 1))
  assert.ok(room.enter().hold(free))
})

test('what is given back is there for others, once', () => {
  const room = createAnswerRoom(1000)
  const one = room.enter()
  assert.ok(one.hold(free + 1000))
  assert.ok(one.hold(free + 300), 'less than before')
  assert.ok(room.enter().hold(free + 700))
  one.leave()
  one.leave()
  assert.ok(room.enter().hold(free + 300))
  assert.ok(!room.enter().hold(free + 1))
})

test('one that is larger than all there is waits until nobody else holds any, and then has it: it is never refused for ever', () => {
  const room = createAnswerRoom(1000)
  const [large, other] = [room.enter(), room.enter()]
  assert.ok(other.hold(free + 1))
  assert.ok(!large.hold(free + 5000))
  other.leave()
  assert.ok(large.hold(free + 5000))
  assert.ok(large.hold(free + 6000))
  assert.ok(!other.hold(free + 1), 'there is nothing left beside it')
  assert.ok(other.hold(free))
  large.leave()
  assert.ok(other.hold(free + 1000))
  assert.ok(!room.enter().hold(free + 1))
})
