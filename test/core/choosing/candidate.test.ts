import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dated } from '../../../src/core/choosing/candidate.ts'

const metadata = new Map([
  ['a', { digest: 'd', createdAt: 5 }],
  ['b', { digest: 'd', createdAt: undefined }],
])

for (const [choice, known] of [
  [{ tag: 'a' }, { tag: 'a', createdAt: 5 }],
  [
    { tag: 'a', digest: 'x', createdAt: 3 },
    { tag: 'a', digest: 'x', createdAt: 5 },
  ],
  [
    { tag: 'b', createdAt: 3 },
    { tag: 'b', createdAt: 3 },
  ],
  [{ tag: 'c' }, { tag: 'c' }],
] as const)
  test(`${JSON.stringify(choice)} with its time`, () => assert.deepEqual(dated(choice, metadata), known))
