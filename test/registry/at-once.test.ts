import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachAtOnce } from '../../src/registry/at-once.ts'

test('all are done, a few at once', async () => {
  let [active, most] = [0, 0]
  const done: number[] = []
  await eachAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    active += 1
    most = Math.max(most, active)
    await new Promise(setImmediate)
    active -= 1
    done.push(item)
  })
  assert.deepEqual(
    done.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  )
  assert.equal(most, 3)
})

test('the first failure stops it, once what has begun has ended', async () => {
  const begun: number[] = []
  let ended = 0
  const work = async (item: number) => {
    begun.push(item)
    await new Promise(setImmediate)
    ended += 1
    if (item === 2) throw new Error('no 2')
  }
  await assert.rejects(eachAtOnce([1, 2, 3, 4, 5, 6, 7, 8], 2, work), /no 2/)
  assert.ok(begun.length <= 3)
  assert.equal(ended, begun.length)
})

test('nothing is nothing', async () => await eachAtOnce([], 3, async () => assert.fail()))
