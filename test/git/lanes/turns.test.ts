import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from '../../../src/git/lanes/turns.ts'

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('others get their turn while long work goes on, and short work is not interrupted', async () => {
  let turns = 0
  const count = (): void => {
    turns += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  const turn = createTurns()
  for (let part = 0; part < 3; part += 1) {
    work(25)
    await turn()
  }
  assert.ok(turns >= 3, `${turns} turns`)
  const before = turns
  const short = createTurns()
  await short()
  assert.equal(turns, before)
  clearImmediate(next)
})
