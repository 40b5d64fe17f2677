import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import { createCloudGuard, createCloudHttp } from '../../../src/registry/login/cloud-http.ts'
import { openHttp, useDialect } from '../fixture.ts'

test('headers and body arrive, and the answer comes back whatever its status', async (t) => {
  const server = await useDialect(t, () => ({ status: 418, headers: { 'x-told': 'yes' }, body: 'tea' }))
  const send = createCloudHttp(openHttp(t).http)
  const url = new URL(`${server.url}/path?query`)
  const answer = await send({ method: 'PUT', url, headers: { 'x-proof': 'canary' }, body: 'text' })
  assert.deepEqual([answer.status, answer.headers['x-told'], answer.text], [418, 'yes', 'tea'])
  const [{ method, path, query, body, headers } = assert.fail()] = server.requests
  assert.deepEqual([method, path, query, body, headers['x-proof']], ['PUT', '/path', '?query', 'text', 'canary'])
})

test('what proves who asks follows no redirect', async (t) => {
  const server = await useDialect(t, () => ({ status: 307, headers: { location: '/elsewhere' } }))
  const send = createCloudHttp(openHttp(t).http)
  await assert.rejects(send({ method: 'GET', url: new URL(server.url) }), /redirects a login; that is not followed$/)
  assert.equal(server.requests.length, 1)
})

const guarded: readonly (readonly [
  address: string,
  environment: Readonly<Record<string, string>>,
  isAllowed: boolean,
])[] = [
  ['http://169.254.169.254/', {}, true],
  ['http://169.254.170.23/', {}, true],
  ['http://metadata.google.internal/', {}, true],
  ['https://sts.eu-west-1.amazonaws.com/', {}, true],
  ['http://169.254.1.1/', {}, false],
  ['http://127.0.0.1/', {}, false],
  ['http://127.0.0.1:900/', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:900/keys' }, true],
  ['http://[::1]/', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'nonsense' }, false],
  ['http://127.0.0.2/', { GCE_METADATA_HOST: '127.0.0.2' }, true],
]

for (const [address, environment, isAllowed] of guarded)
  test(`${address} may ${isAllowed ? '' : 'not '}be asked for an identity with ${JSON.stringify(environment)}`, async (t) => {
    const guard = createCloudGuard(environment)
    t.after(() => guard.close())
    const check = (): void => guard.check(new URL(address))
    if (isAllowed) check()
    else assert.throws(check, (error) => error instanceof ReconcileError && error.reason === 'HostNotAllowed')
  })
