import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareBytes } from '../../../src/core/text/compare-bytes.ts'

test('texts are ordered as their UTF-8 bytes are', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('a character beyond U+FFFF comes after all below, unlike in UTF-16', () => {
  assert.ok(compareBytes('\u{1F600}', '\uFFFD') > 0)
})
