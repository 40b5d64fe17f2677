import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../../src/core/text/utf8.ts'

test('reads what was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = new TextEncoder().encode(text)
      assert.equal(utf8(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    }),
  )
})

test('bytes that are no text are none', () => {
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]])
    assert.equal(utf8(Uint8Array.from(bytes)), undefined)
})
