import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsWithin } from '../src/ends-within.ts'

test('what ends in time does so, and what does not is told', async () => {
  assert.equal(await endsWithin(60_000, Promise.resolve()), true)
  assert.equal(await endsWithin(5, new Promise(() => undefined)), false)
  await assert.rejects(endsWithin(60_000, Promise.reject(new Error('own'))), { message: 'own' })
})
