import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryAfter } from '../../../src/registry/manners/retry-after.ts'

const now = Date.UTC(2026, 0, 1, 12, 0, 0)

const rows: readonly (readonly [header: string | undefined, ms: number | undefined])[] = [
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['-1', undefined],
  ['3', 3000],
  [' 3 ', 3000],
  ['0', 1000],
  ['0.0005', 1000],
  ['1.5', 1500],
  ['86400', 900_000],
  ['Thu, 01 Jan 2026 12:00:20 GMT', 20_000],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 1000],
]

for (const [header, ms] of rows)
  test(`Retry-After: ${header ?? '(none)'} is ${ms ?? 'nothing'}`, () => assert.equal(parseRetryAfter(header, now), ms))
