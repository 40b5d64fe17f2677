import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rfc3339 } from '../../../src/core/text/rfc3339.ts'

for (const [time, text] of [
  [0, '1970-01-01T00:00:00Z'],
  [Date.UTC(2026, 10, 27, 11, 3, 12, 999), '2026-11-27T11:03:12Z'],
] as const)
  test(`${time} is ${text}`, () => assert.equal(rfc3339(time), text))
