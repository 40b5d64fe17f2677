import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createCallPace } from '../../src/kubernetes/call-pace.ts'

/** A pace with so many calls waiting, and how many of them have begun. */
async function pacing(most: number, calls: number) {
  const pace = createCallPace(most)
  let begun = 0
  for (let call = 0; call < calls; call += 1) void pace.take(new AbortController().signal).then(() => (begun += 1))
  await turn()
  return {
    pace,
    begun: () => begun,
    /** Ends so many calls, and answers how many have begun then. */
    end: async (count: number, refused: boolean) => {
      for (let call = 0; call < count; call += 1) pace.give(refused)
      await turn()
      return begun
    },
  }
}

test('so many run side by side, and each that ends lets another begin', async () => {
  const { begun, end } = await pacing(4, 10)
  assert.equal(begun(), 4)
  assert.equal(await end(1, false), 5)
  assert.equal(await end(3, false), 8)
})

test('each refusal halves them, but for one; what is taken lets them grow again, up to the most', async () => {
  const { end } = await pacing(8, 100)
  assert.equal(await end(2, true), 8, 'six run, two may')
  assert.equal(await end(5, false), 10, 'one of three places is left over from the growth')
  let before = 10
  let running = 3
  for (let round = 0; round < 12; round += 1) {
    const begun = await end(1, false)
    running += begun - before - 1
    before = begun
    assert.ok(running <= 8)
  }
  assert.ok(running > 3, `${running} run`)
  const narrow = await pacing(8, 100)
  for (let refusal = 0; refusal < 8; refusal += 1) await narrow.end(1, true)
  assert.equal(narrow.begun(), 9, 'one is always let through')
})

test('who waits too long gives up, and takes nobody’s place', async () => {
  const pace = createCallPace(1)
  const patient = new AbortController()
  await pace.take(patient.signal)
  const hasty = new AbortController()
  const waiting = pace.take(hasty.signal)
  hasty.abort(new Error('too late'))
  await assert.rejects(waiting, /too late/)
  await assert.rejects(pace.take(hasty.signal), /too late/)
  const next = pace.take(patient.signal)
  pace.give(false)
  await next
})
