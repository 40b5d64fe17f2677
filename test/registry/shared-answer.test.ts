import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedAnswer } from '../../src/registry/shared-answer.ts'

function counted(fail: () => boolean = () => false) {
  let time = 1000
  let asked = 0
  const ask = async () => {
    asked += 1
    const number = asked
    await Promise.resolve()
    if (fail()) throw new Error(`failure ${number}`)
    return number
  }
  return { shared: createSharedAnswer(ask, () => time), asked: () => asked, advance: (ms: number) => (time += ms) }
}

test('who asks at the same time shares one answer', async () => {
  const { shared, asked } = counted()
  assert.deepEqual(
    await Promise.all(Array.from({ length: 100 }, () => shared.get(0))),
    Array.from({ length: 100 }, () => 1),
  )
  assert.equal(asked(), 1)
})

test('an answer serves as long as it is young enough', async () => {
  const { shared, advance } = counted()
  assert.equal(shared.last(), undefined)
  assert.equal(await shared.get(1000), 1)
  advance(500)
  assert.equal(await shared.get(1000), 1)
  assert.equal(await shared.get(1001), 2)
  assert.equal(await shared.get(1500), 2)
  assert.equal(shared.last()?.value, 2)
})

test('a question that is too old for somebody is asked again, and does not win', async () => {
  const { shared, advance } = counted()
  const first = shared.get(0)
  advance(10)
  const second = shared.get(1010)
  assert.deepEqual(await Promise.all([first, second]), [1, 2])
  assert.equal(shared.last()?.value, 2)
})

test('a failure is shared for a second, and the last answer stays', async () => {
  let failing = false
  const { shared, asked, advance } = counted(() => failing)
  await shared.get(0)
  failing = true
  advance(5000)
  const ends = await Promise.allSettled(Array.from({ length: 10 }, () => shared.get(6000)))
  assert.ok(ends.every(({ status }) => status === 'rejected'))
  advance(900)
  await assert.rejects(shared.get(6000), /failure 2/)
  assert.equal(asked(), 2)
  assert.equal(shared.last()?.value, 1)
  assert.equal(await shared.get(1000), 1)
  failing = false
  advance(100)
  assert.equal(await shared.get(6000), 3)
})

test('what somebody else learnt is an answer, unless a newer one is known', async () => {
  const { shared, asked, advance } = counted()
  shared.learn(7, 1000)
  assert.deepEqual([await shared.get(1000), shared.isKnown(1000), shared.isKnown(1001), asked()], [7, true, false, 0])
  advance(500)
  assert.equal(await shared.get(1500), 1)
  shared.learn(8, 1499)
  assert.equal(await shared.get(1500), 1)
  shared.learn(9, 1500)
  assert.equal(await shared.get(1500), 9)
  assert.equal(await shared.get(Number.POSITIVE_INFINITY), 2, 'asked anew, whatever is known')
})

test('an answer of a time that has not come yet, by a clock that was put back, is not for ever the newest', async () => {
  const { shared, asked, advance } = counted()
  await shared.get(0)
  advance(-500)
  assert.equal(shared.isKnown(400), false)
  assert.equal(await shared.get(400), 2)
  assert.equal(await shared.get(400), 2)
  assert.equal(shared.last()?.value, 2)
  shared.learn(7, 500)
  assert.equal(shared.last()?.value, 7)
  assert.equal(asked(), 2)
})

test('a failure of a time that has not come yet does not last', async () => {
  let failing = true
  const { shared, advance } = counted(() => failing)
  await assert.rejects(shared.get(0))
  failing = false
  advance(-900)
  assert.equal(await shared.get(0), 2)
})
