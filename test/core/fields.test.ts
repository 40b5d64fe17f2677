import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsOf, isFields, listOf, textMapOf, textOf, textsOf } from '../../src/core/fields.ts'

test('what has another shape than was asked for counts as absent', () => {
  for (const other of [undefined, null, 7, true, 'text', ['a']]) assert.deepEqual(fieldsOf(other), {})
  for (const other of [undefined, null, 7, true, 'text', { a: 1 }]) assert.deepEqual(listOf(other), [])
  for (const other of [undefined, null, 7, true, [], {}]) assert.equal(textOf(other), undefined)
  assert.equal(isFields(null), false)
})

test('texts are taken out of what is mixed', () => {
  assert.deepEqual(textsOf(['a', 7, null, 'b']), ['a', 'b'])
  assert.deepEqual(textMapOf({ a: 'x', b: 7, c: null }), { a: 'x' })
})
