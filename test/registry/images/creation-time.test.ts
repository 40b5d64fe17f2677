import assert from 'node:assert/strict'
import { test } from 'node:test'
import { creationTime, parseCreated } from '../../../src/registry/images/creation-time.ts'

const hour = 3_600_000

const texts: readonly (readonly [text: unknown, time: string | undefined])[] = [
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123Z'],
  ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
  ['2026-01-02t03:04:05z', '2026-01-02T03:04:05.000Z'],
  ['2000-01-01T00:00:00Z', '2000-01-01T00:00:00.000Z'],
  ['1999-12-31T23:59:59Z', undefined],
  ['1970-01-01T00:00:01Z', undefined],
  ['1980-01-01T00:00:01Z', undefined],
  ['0001-01-01T00:00:00Z', undefined],
  ['2026-01-02T03:04:05', undefined],
  ['2026-01-02', undefined],
  ['2026-13-02T03:04:05Z', undefined],
  ['', undefined],
  [1_700_000_000, undefined],
  [undefined, undefined],
  [null, undefined],
]

for (const [text, time] of texts)
  test(`the time ${String(text)} is ${time ?? 'no time'}`, () => {
    const parsed = parseCreated(text)
    assert.equal(parsed === undefined ? undefined : new Date(parsed).toISOString(), time)
  })

const now = Date.UTC(2026, 0, 1)

const images: readonly (readonly [
  name: string,
  platforms: readonly (readonly number[])[],
  time: number | undefined,
])[] = [
  ['no platform has no time', [], undefined],
  ['a platform without times has none', [[]], undefined],
  ['the first time of a platform counts', [[now - 5, now - 1]], now - 5],
  ['the newest platform counts', [[now - 5], [now - 2], [now - 9]], now - 2],
  ['a platform without times does not matter beside others', [[], [now - 2]], now - 2],
  ['an hour of the future is believed', [[now + hour]], now + hour],
  ['more is not', [[now + hour + 1]], undefined],
  ['what is not believed gives way to the next', [[now + 2 * hour, now - 7]], now - 7],
]

for (const [name, platforms, time] of images)
  test(name, () => {
    const all = platforms.map((times) => ({ times }))
    assert.equal(creationTime(all, now), time)
  })
