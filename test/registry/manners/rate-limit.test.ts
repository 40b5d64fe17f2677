import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedWait, parseAllowance } from '../../../src/registry/manners/rate-limit.ts'

const now = Date.UTC(2026, 0, 1, 12, 0, 0)
const inSeconds = (seconds: number): string => String(now / 1000 + seconds)

const allowances: readonly (readonly [
  name: string,
  headers: Readonly<Record<string, string>>,
  pause: number | undefined,
  pull: number | undefined,
])[] = [
  ['no header', {}, undefined, undefined],
  ['something left', { 'ratelimit-remaining': '3', 'ratelimit-reset': '30' }, undefined, undefined],
  ['nothing left, reset in seconds', { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 30_000, undefined],
  ['the same of GitLab, a date', { 'ratelimit-remaining': '0', 'ratelimit-reset': inSeconds(20) }, 20_000, undefined],
  ['a reset that is over', { 'ratelimit-remaining': '0', 'ratelimit-reset': inSeconds(-9) }, 1000, undefined],
  ['the older names', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' }, 7000, undefined],
  ['one header for all', { ratelimit: '"default";r=0;t=12' }, 12_000, undefined],
  ['one header for all, something left', { ratelimit: '"default";r=5;t=12' }, undefined, undefined],
  ['a reset in a year', { 'ratelimit-remaining': '0', 'ratelimit-reset': '31536000' }, 900_000, undefined],
  ['no reset', { 'ratelimit-remaining': '0' }, undefined, undefined],
  ['nonsense', { 'ratelimit-remaining': 'none', 'ratelimit-reset': 'soon' }, undefined, undefined],
  ['Docker Hub', { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '20;w=21600' }, undefined, undefined],
  ['Docker Hub, used up', { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' }, undefined, 216_000],
  ['a limit of nothing', { 'ratelimit-limit': '0;w=21600', 'ratelimit-remaining': '0;w=21600' }, undefined, 900_000],
]

for (const [name, headers, pause, pull] of allowances)
  test(`allowance: ${name}`, () => assert.deepEqual(parseAllowance(headers, now), { pause, pull }))

const waits: readonly (readonly [name: string, headers: Readonly<Record<string, string>>, ms: number | undefined])[] = [
  ['Retry-After first', { 'retry-after': '3', 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 3000],
  ["Docker Hub's own, a date", { 'x-retry-after': inSeconds(40) }, 40_000],
  ['a reset', { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 30_000],
  ['none', { 'ratelimit-remaining': '1', 'ratelimit-reset': '30' }, undefined],
]

for (const [name, headers, ms] of waits) test(`asked to wait: ${name}`, () => assert.equal(askedWait(headers, now), ms))
