import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import { createAuthority, issueCertificate } from '../../servers/certificate.ts'
import { startDialect } from '../../servers/registry-dialects/server.ts'
import { transportFault } from '../../../src/registry/wire/transport-fault.ts'
import { accessTo, guardFor, openHttp, openScans, useDialect, useRegistry } from '../fixture.ts'

const ann = { username: 'ann', password: 'secret' }

async function failure(promise: Promise<unknown>): Promise<ReconcileError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ReconcileError)
  return error
}

test('a registry that speaks only plain HTTP gets no credentials, and the way out is said', async (t) => {
  const registry = await useRegistry(t, { auth: ann })
  const { scans } = openScans(t)
  const access = accessTo(registry.host, { insecure: false, credentials: ann })
  const error = await failure(scans.tags(access, { notBefore: 0 }))
  assert.equal(error.reason, 'RegistryUnavailable')
  assert.equal(error.message, `${registry.host} speaks plain HTTP; set registry.insecure: true`)
  assert.deepEqual(
    registry.requests().filter(({ authorization }) => authorization),
    [],
  )
})

test('certificates are verified: a private authority, until it is trusted', async (t) => {
  const registry = await useRegistry(t, { tls: true })
  const access = accessTo(registry.host, { insecure: false })
  const { scans } = openScans(t)
  const error = await failure(scans.tags(access, { notBefore: 0 }))
  assert.equal(error.reason, 'TLSVerificationFailed')
  assert.match(
    error.message,
    /^the TLS certificate of 127\.0\.0\.1:\d+ is signed by itself or by an authority unknown here; name the authority in registry\.certSecretRef, /,
  )
  trust(t, registry.ca ?? '')
  const trusted = openScans(t).scans
  assert.equal((await failure(trusted.tags(access, { notBefore: 0 }))).reason, 'RepositoryNotFound')
})

test('certificates are verified: the name', async (t) => {
  const authority = createAuthority('names')
  const server = await startDialect(
    () => ({ body: {} }),
    issueCertificate(authority, { commonName: 'x', hosts: ['other.example'] }),
  )
  t.after(() => server.stop())
  trust(t, authority.certificate)
  const { scans } = openScans(t)
  const error = await failure(scans.tags(accessTo(server.host, { insecure: false }), { notBefore: 0 }))
  assert.equal(error.reason, 'TLSVerificationFailed')
  assert.match(error.message, /is for another name$/)
})

test('nothing is followed from HTTPS to plain HTTP', async (t) => {
  const plain = await useDialect(t, () => ({ body: { tags: [] } }))
  const authority = createAuthority('downgrade')
  const keys = issueCertificate(authority, { commonName: 'x', hosts: ['127.0.0.1'] })
  const server = await startDialect(() => ({ status: 307, headers: { location: `${plain.url}/` } }), keys)
  t.after(() => server.stop())
  trust(t, authority.certificate)
  const { scans } = openScans(t)
  const error = await failure(scans.tags(accessTo(server.host, { insecure: false }), { notBefore: 0 }))
  assert.match(error.message, /redirects from HTTPS to http:.*; that is not followed$/)
  assert.equal(plain.requests.length, 0)
})

function trust(t: TestContext, certificate: string): void {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, certificate])
  t.after(() => setDefaultCACertificates(before))
}

const talk: readonly (readonly [name: string, say: (socket: Socket) => void, message: RegExp])[] = [
  ['another protocol', (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'), /it does not answer with HTTP$/],
  ['nothing', (socket) => socket.end(), /the connection broke$/],
  [
    'headers without end',
    (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1_000_000)}\r\n\r\n`),
    /it sends more headers than are read$/,
  ],
  ['a reset', (socket) => socket.resetAndDestroy(), /the connection broke$/],
]

for (const [name, say, message] of talk)
  test(`a server that says ${name}`, async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => say(socket))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`)
    const { http } = openHttp(t)
    const error = await failure(http.send({ method: 'GET', url, accept: '*/*', kind: 'tags', limit: 10 }))
    assert.equal(error.reason, 'RegistryUnavailable')
    assert.match(error.message, message)
  })

test('a name that nobody has', async (t) => {
  const { scans } = openScans(t, undefined, guardFor(t, []))
  const error = await failure(scans.tags(accessTo('registry.invalid', { insecure: false }), { notBefore: 0 }))
  assert.equal(error.reason, 'RegistryUnavailable')
  assert.match(
    error.message,
    /^registry\.invalid can't be reached: its name (is not known|could not be looked up) \(DNS\)$/,
  )
})

const codes: readonly (readonly [code: string, reason: string, message: RegExp, again: boolean])[] = [
  ['CERT_HAS_EXPIRED', 'TLSVerificationFailed', /has expired/, false],
  ['CERT_NOT_YET_VALID', 'TLSVerificationFailed', /not valid yet/, false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLSVerificationFailed', /signed by itself/, false],
  ['CERT_UNTRUSTED', 'TLSVerificationFailed', /could not be verified/, false],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'RegistryUnavailable', /wants a client certificate/, false],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'RegistryUnavailable', /no TLS connection could be agreed upon/, true],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'RegistryUnavailable', /speaks plain HTTP; set registry\.insecure: true/, false],
  ['UND_ERR_CONNECT_TIMEOUT', 'RegistryUnavailable', /did not answer in time/, false],
  ['UND_ERR_BODY_TIMEOUT', 'RegistryUnavailable', /stopped coming/, false],
  ['EAI_AGAIN', 'RegistryUnavailable', /DNS/, true],
  ['ECONNRESET', 'RegistryUnavailable', /the connection broke/, true],
]

for (const [code, reason, message, again] of codes)
  test(`the code ${code}, wherever it is found`, () => {
    const coded = Object.assign(new Error('canary'), { code })
    for (const thrown of [coded, new Error('canary', { cause: coded }), new AggregateError([coded])]) {
      const fault = transportFault(thrown, 'r.example')
      assert.equal(fault.error.reason, reason)
      assert.match(fault.error.message, message)
      assert.ok(!fault.error.message.includes('canary'))
      assert.equal(fault.again, again)
    }
  })

test('a refusal of our own is told as it is, however deep it is wrapped, and is not asked again', () => {
  const refusal = new ReconcileError('HostNotAllowed', 'r.example is not in --allowed-registries')
  for (const thrown of [refusal, new Error('a', { cause: new Error('b', { cause: refusal }) })])
    assert.deepEqual(transportFault(thrown, 'other.example'), { error: refusal, again: false })
})
