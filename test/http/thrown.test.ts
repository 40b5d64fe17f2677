import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import { ReconcileError } from '../../src/errors.ts'
import { codesIn, errorIn } from '../../src/http/thrown.ts'

const own = new ReconcileError(reasons.hostNotAllowed, 'not this one')
const coded = (code: string, cause?: unknown): Error => Object.assign(new Error('x', { cause }), { code })

test('our own error is found however deep it lies', () => {
  assert.equal(errorIn(ReconcileError, own), own)
  assert.equal(errorIn(ReconcileError, new TypeError('fetch failed', { cause: new Error('x', { cause: own }) })), own)
})

for (const other of [undefined, null, 'text', new Error('x'), new Error('x', { cause: 'text' })])
  test(`there is none in ${String(other)}`, () => assert.equal(errorIn(ReconcileError, other), undefined))

test('codes and names are told from the outside in, those of several errors at once too', () => {
  const both = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])
  assert.deepEqual(codesIn(coded('UND_ERR', both)), [
    'UND_ERR',
    'Error',
    'AggregateError',
    'ECONNREFUSED',
    'Error',
    'ENETUNREACH',
    'Error',
  ])
  assert.deepEqual(codesIn(Object.assign(new RangeError('x'), { code: 7 })), ['RangeError'], 'a code is a text')
  assert.deepEqual(codesIn('ECONNREFUSED'), [])
})
