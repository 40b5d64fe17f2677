import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes, refusal } from '../../src/registry/refusal.ts'
import { accessTo } from './fixture.ts'

const canary = 'very-secret-canary'
const ann = { credentials: { username: 'ann', password: canary } }
const errors = (code: unknown) => JSON.stringify({ errors: [{ code, message: `do not show ${canary}` }] })

const rows: readonly (readonly [status: number, body: string, more: object, reason: string, message: RegExp])[] = [
  [
    401,
    errors('UNAUTHORIZED'),
    {},
    'RegistryAuthFailed',
    /^r\.example\/shop\/web can't be pulled without credentials \(HTTP 401, UNAUTHORIZED\); .*registry\.secretRef/,
  ],
  [
    403,
    errors('DENIED'),
    ann,
    'RegistryAuthFailed',
    /refuses the credentials \(HTTP 403, DENIED\); check user name and password/,
  ],
  [
    403,
    errors('DENIED'),
    { ...ann, others: [{ registryToken: canary }, { registryToken: canary }] },
    'RegistryAuthFailed',
    /refuses all 3 credentials that match it \(HTTP 403, DENIED\)/,
  ],
  [
    404,
    errors('NAME_UNKNOWN'),
    {},
    'RepositoryNotFound',
    /^r\.example has no repository shop\/web \(HTTP 404, NAME_UNKNOWN\)/,
  ],
  [404, errors('NOT_FOUND'), {}, 'RepositoryNotFound', /NOT_FOUND/],
  [404, '404 page not found', {}, 'RegistryProtocolError', /does not answer as a registry does \(HTTP 404\)/],
  [418, 'teapot', {}, 'RegistryProtocolError', /HTTP 418/],
  [
    400,
    'Client sent an HTTP request to an HTTPS server.',
    { insecure: true },
    'RegistryProtocolError',
    /plain HTTP.*registry\.insecure/,
  ],
  [404, errors(`${canary} \u0007`), {}, 'RepositoryNotFound', /\(HTTP 404\)/],
  [404, errors(7), {}, 'RepositoryNotFound', /\(HTTP 404\)/],
  [404, '{"errors":[null]}', {}, 'RepositoryNotFound', /\(HTTP 404\)/],
]

for (const [status, body, more, reason, message] of rows)
  test(`HTTP ${status} with ${body.slice(0, 40)} is ${reason}`, () => {
    const access = accessTo('r.example', { insecure: false, ...more })
    const error = refusal(
      { url: new URL('https://r.example/v2/'), status, headers: {}, body: Buffer.from(body) },
      access,
    )
    assert.equal(error.reason, reason)
    assert.match(error.message, message)
    assert.ok(!error.message.includes(canary))
  })

test('codes are told only where they look like codes', () => {
  assert.deepEqual(
    errorCodes(Buffer.from('{"errors":[{"code":"TOOMANYREQUESTS"},{"code":"a b"},{"code":"x".repeat}]}')),
    undefined,
  )
  assert.deepEqual(errorCodes(Buffer.from('{"errors":[{"code":"TOOMANYREQUESTS"},{"code":"a b"},{}]}')), [
    'TOOMANYREQUESTS',
  ])
  assert.deepEqual(errorCodes(Buffer.from('{"errors":{}}')), undefined)
  assert.deepEqual(errorCodes(Buffer.from('null')), undefined)
})
