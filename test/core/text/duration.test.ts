import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { longestDuration, parseDuration } from '../../../src/core/text/duration.ts'

const durations: readonly (readonly [text: string, ms: number])[] = [
  ['1s', 1_000],
  ['0s', 0],
  ['250ms', 250],
  ['1m', 60_000],
  ['1m30s', 90_000],
  ['1h1m1s1ms', 3_661_001],
  ['1.5h', 5_400_000],
  ['0.5ms', 0.5],
  ['168h', 604_800_000],
  ['1s1h', 3_601_000],
  ['8760h', longestDuration],
]

for (const [text, ms] of durations) {
  test(`${text} is ${ms} ms`, () => assert.deepEqual(parseDuration(text), { ok: true, value: ms }))
}

const faults = [
  '',
  '5',
  's',
  '-1s',
  '+1s',
  '1 s',
  '1d',
  '1w',
  '1us',
  '.5s',
  '5.s',
  '1e3s',
  '1s ',
  ' 1s',
  '1S',
  '1,5s',
  '١s',
]

for (const text of faults) {
  test(`${JSON.stringify(text)} is no duration, and the fault says what to write`, () => {
    const duration = parseDuration(text)
    assert.ok(!duration.ok)
    assert.match(duration.fault, /write a number with a unit of ms, s, m or h/)
  })
}

test('a duration of more than a year is refused, however it is written', () => {
  for (const text of ['8760h1ms', '365000h', `${'9'.repeat(400)}h`]) {
    assert.deepEqual(parseDuration(text), { ok: false, fault: 'is too long: write at most 8760h' })
  }
})

// Who read the rest anew at each part would need hours.
test('a text of many parts is read in linear time', () =>
  assert.equal(parseDuration('1s'.repeat(1_000_000) + 'x').ok, false))

test('parsing adds up what is written', () => {
  const parts = fc.record({ h: fc.nat(24), m: fc.nat(600), s: fc.nat(6_000), ms: fc.nat(60_000) })
  fc.assert(
    fc.property(parts, ({ h, m, s, ms }) => {
      const expected = h * 3_600_000 + m * 60_000 + s * 1_000 + ms
      assert.deepEqual(parseDuration(`${h}h${m}m${s}s${ms}ms`), { ok: true, value: expected })
    }),
  )
})
