import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KubernetesApiError, noAnswer, refusal, toReconcileError } from '../../src/kubernetes/api-error.ts'

const secret = 'token=s3cret'
const status = {
  kind: 'Status',
  message: secret,
  reason: 'Invalid',
  details: {
    causes: [{ field: 'spec.source.helm', message: secret }, { field: 'spec.\u001b[31m' }, { message: secret }],
  },
}

test('of an answer only code, reason, refused members and the wait are kept', () => {
  const error = refusal('PATCH /x', 422, { 'retry-after': '3', 'x-token': secret }, status)
  assert.equal(error.message, 'PATCH /x: 422 Invalid')
  assert.deepEqual([error.hasCauses, error.fields, error.retryAfter], [true, ['spec.source.helm', 'spec.?[31m'], 3000])
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /s3cret/)
})

const bodies: readonly [name: string, body: unknown][] = [
  ['no body', undefined],
  ['text', secret],
  ['a reason that is no word', { reason: `${secret} and more` }],
  ['a list', [secret]],
]
for (const [name, body] of bodies)
  test(`an answer with ${name} has no reason and no causes`, () => {
    const error = refusal('GET /x', 500, {}, body)
    assert.deepEqual([error.message, error.hasCauses, error.retryAfter], ['GET /x: 500', false, undefined])
  })

const thrown: readonly [name: string, error: unknown, reason: string][] = [
  ['a code of Node', Object.assign(new Error(secret), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['a code of a cause', new Error(secret, { cause: { code: 'ENOTFOUND' } }), 'ENOTFOUND'],
  ['a timeout', new DOMException(secret, 'TimeoutError'), 'TimedOut'],
  ['a text', secret, 'Unknown'],
  ['a code that is none', Object.assign(new Error(secret), { code: `${secret} !` }), 'Unknown'],
]
for (const [name, error, reason] of thrown)
  test(`no answer: ${name} is ${reason}`, () => {
    const told = noAnswer('GET /x', error)
    assert.deepEqual([told.code, told.reason, told.message], [0, reason, `GET /x: no answer ${reason}`])
  })

test('an error that is one of ours already stays', () => {
  const error = new KubernetesApiError('GET /x', { code: 404, reason: 'NotFound' })
  assert.equal(noAnswer('again', error), error)
})

test('a reconcile is told in words, and when to come back', () => {
  const busy = toReconcileError(
    refusal('GET /x', 429, { 'retry-after': '7' }, { reason: 'TooManyRequests' }),
    'it was not read',
  )
  assert.equal(busy.reason, 'KubernetesUnavailable')
  assert.equal(busy.message, 'it was not read: the API server answered 429 TooManyRequests')
  assert.deepEqual(busy.retry, { kind: 'backoff', afterMs: 7000 })
  const forbidden = toReconcileError(refusal('GET /x', 403, {}, { reason: 'Forbidden' }), 'it was not read')
  assert.match(forbidden.message, /403 Forbidden; the operator's role does not allow it/)
  const down = toReconcileError(Object.assign(new Error(secret), { code: 'ECONNREFUSED' }), 'it was not read')
  assert.equal(down.message, 'it was not read: the API server did not answer (ECONNREFUSED)')
  assert.equal(toReconcileError(down, 'again'), down)
})
