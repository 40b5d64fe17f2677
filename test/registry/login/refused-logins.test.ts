import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRefusedLogins } from '../../../src/registry/login/refused-logins.ts'

function opened() {
  let time = 0
  const logins = createRefusedLogins(() => time)
  return {
    logins,
    advance: (ms: number) => void (time += ms),
    refuseAll: (...all: readonly string[]) => {
      for (const what of all) logins.refuse('ann', what)
    },
    resting: (...all: readonly string[]) => all.filter((what) => logins.isResting('ann', what)),
  }
}

test('a login rests for 30 s for what it was refused for, and for all after three in a row', () => {
  const { refuseAll, resting, advance, logins } = opened()
  assert.deepEqual(resting('a'), [])
  refuseAll('a', 'a', 'a', 'b')
  assert.deepEqual(resting('a', 'b', 'c'), ['a', 'b'])
  refuseAll('c')
  assert.deepEqual(resting('a', 'd'), ['a', 'd'])
  assert.equal(logins.isResting('bob', 'a'), false)
  advance(30_000)
  assert.deepEqual(resting('a', 'd'), [])
})

test('one that was never let in rests for all by each further refusal; one that was begins anew', () => {
  const { refuseAll, resting, advance, logins } = opened()
  refuseAll('a', 'b', 'c')
  advance(30_000)
  refuseAll('d')
  assert.deepEqual(resting('a', 'e'), ['a', 'e'])
  logins.admit('ann')
  assert.deepEqual(resting('a', 'e'), [])
  refuseAll('a')
  assert.deepEqual(resting('a', 'e'), ['a'])
})
