import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../src/api/conditions.ts'
import { backoff, orUndefined, ReconcileError } from '../src/errors.ts'

test('what can’t be had now is undefined, and a fault of ours is not swallowed', () => {
  assert.equal(
    orUndefined(() => 1),
    1,
  )
  const refused = orUndefined(() => {
    throw new ReconcileError(reasons.kubernetesUnavailable, 'not listed yet')
  })
  assert.equal(refused, undefined)
  assert.throws(
    () =>
      orUndefined(() => {
        throw new TypeError('a fault')
      }),
    TypeError,
  )
})

test('an error is tried again by itself unless it says otherwise, and keeps its cause', () => {
  const cause = new Error('below')
  const error = new ReconcileError(reasons.internalError, 'a fault of the operator', { cause })
  assert.deepEqual([error.retry, error.cause], [backoff, cause])
})
