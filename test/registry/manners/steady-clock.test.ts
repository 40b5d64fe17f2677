import assert from 'node:assert/strict'
import { test } from 'node:test'
import { steadily } from '../../../src/registry/manners/steady-clock.ts'

test('a clock that is put back goes on from where it was; forward it goes along', () => {
  const times = [1000, 1500, 500, 700, 700, 9000, 100, 101]
  let next = 0
  const steady = steadily(() => times[next++] ?? 0)
  assert.deepEqual(
    times.map(() => steady()),
    [1000, 1500, 1500, 1700, 1700, 10_000, 10_000, 10_001],
  )
})
