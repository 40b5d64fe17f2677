import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTls } from '../../src/http/tls-settings.ts'
import { createRepositoryReader } from '../../src/registry/repository-reader.ts'
import { createAuthority, issueCertificate } from '../servers/certificate.ts'
import { pushImage } from '../servers/image.ts'
import { paged } from '../servers/registry-dialects/paging.ts'
import type { Dialect, DialectAnswer } from '../servers/registry-dialects/server.ts'
import { withTokens } from '../servers/registry-dialects/tokens.ts'
import { accessTo, openHttp, useDialect, useRegistry } from './fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const digest = `sha256:${'a'.repeat(64)}`
const down: Dialect = () => ({ status: 503, headers: { 'retry-after': '600' } })

test('a mirror is asked first, and the registry for what the mirror does not have', async (t) => {
  const [origin, mirror] = [await useRegistry(t), await useRegistry(t)]
  await pushImage(mirror, 'shop/web', '1.0')
  const pushed = await pushImage(origin, 'shop/web', ['1.0', '1.1'], { seed: 'origin' })
  const { authorized } = openHttp(t)
  const reader = createRepositoryReader(
    authorized,
    accessTo(origin.host, { mirrors: [accessTo(mirror.host)] }),
    Date.now,
  )
  assert.deepEqual(await reader.tags(), ['1.0'])
  assert.deepEqual(origin.requests(), [])
  assert.equal(await reader.digest('1.1'), pushed.digest)
  assert.ok((await reader.facts(pushed.digest)).complete)
})

test('while its mirrors are down the registry itself answers, and they are not asked each time', async (t) => {
  const mirror = await useDialect(t, down)
  const origin = await useDialect(t, paged({ tags: ['a'], size: 10 }))
  const { authorized } = openHttp(t)
  const reader = createRepositoryReader(
    authorized,
    accessTo(origin.host, { mirrors: [accessTo(mirror.host)] }),
    Date.now,
  )
  for (let scan = 0; scan < 3; scan += 1) assert.deepEqual(await reader.tags(), ['a'])
  assert.equal(mirror.requests.length, 1)
})

test('credentials of the registry are not shown to its mirror, whatever that asks for', async (t) => {
  const challenge: Dialect = () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="mirror"' } })
  const mirror = await useDialect(t, challenge)
  const origin = await useDialect(t, (request, server) =>
    request.authorization === undefined ? challenge(request, server) : { body: { tags: ['a'] } },
  )
  const { authorized } = openHttp(t)
  const access = accessTo(origin.host, { credentials: ann, mirrors: [accessTo(mirror.host)] })
  assert.deepEqual(await createRepositoryReader(authorized, access, Date.now).tags(), ['a'])
  assert.deepEqual(
    mirror.requests.map(({ authorization }) => authorization),
    [undefined],
  )
})

test('another address with a path, a namespace, a page size, and no HEAD', async (t) => {
  const server = await useDialect(t, ({ method, path }) => {
    if (path.endsWith('/tags/list')) return { body: { tags: ['a'] } }
    return method === 'HEAD' ? { headers: { 'docker-content-digest': digest } } : { body: { schemaVersion: 2 } }
  })
  const { authorized } = openHttp(t)
  const dialect = { api: `${server.url}/docker`, defaultNamespace: 'library', pageSize: 50, noHead: true }
  const reader = createRepositoryReader(
    authorized,
    accessTo('registry.example.com', { repository: 'web', dialect }),
    Date.now,
  )
  assert.deepEqual(await reader.tags(), ['a'])
  assert.notEqual(await reader.digest('a'), digest)
  assert.deepEqual(
    server.requests.map(({ method, path, query }) => `${method} ${path}${query}`),
    ['GET /docker/v2/library/web/tags/list?n=50', 'GET /docker/v2/library/web/manifests/a'],
  )
})

test('a private authority and a client certificate, for the registry and its token server at the same address', async (t) => {
  const authority = createAuthority('private')
  const serving = issueCertificate(authority, { commonName: 'registry', hosts: ['127.0.0.1'] })
  const client = issueCertificate(authority, { commonName: 'operator' })
  const tokens = withTokens(
    { tokenPath: '/token', scope: 'repository:shop/web:pull', challenge: (url) => `Bearer realm="${url}/token"` },
    paged({ tags: ['a'], size: 10 }),
  )
  const server = await useDialect(t, tokens.dialect, serving, authority.certificate)
  const { authorized } = openHttp(t)
  const read = async (parts: Parameters<typeof parseTls>[0]) => {
    const tls = parseTls(parts)
    assert.ok(tls.ok)
    return await createRepositoryReader(
      authorized,
      accessTo(server.host, { insecure: false, tls: tls.value }),
      Date.now,
    ).tags()
  }
  const ca = Buffer.from(authority.certificate)
  const proof = { certificate: Buffer.from(client.certificate), key: Buffer.from(client.key) }
  assert.deepEqual(await read({ ca, ...proof }), ['a'])
  await assert.rejects(read({ ca }), /TLS|connection/)
  await assert.rejects(
    read(proof),
    /certificate of 127\.0\.0\.1:\d+ is signed by itself or by an authority unknown here/,
  )
})

/** Where a registry leads whom it wants to get rid of: to a server that lets in only those with a certificate. */
const leading: readonly (readonly [name: string, answer: (url: string) => DialectAnswer])[] = [
  ['another address', (url) => ({ status: 307, headers: { location: `${url}/v2/` } })],
  [
    'a token server elsewhere',
    (url) => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${url}/token"` } }),
  ],
]

for (const [name, answer] of leading)
  test(`a client certificate does not follow to ${name}`, async (t) => {
    const authority = createAuthority('private')
    const serving = issueCertificate(authority, { commonName: 'registry', hosts: ['127.0.0.1'] })
    const client = issueCertificate(authority, { commonName: 'operator' })
    const strict = await useDialect(t, () => ({ body: { tags: ['a'], token: 't' } }), serving, authority.certificate)
    const home = await useDialect(t, () => answer(strict.url), serving, authority.certificate)
    const tls = parseTls({
      ca: Buffer.from(authority.certificate),
      certificate: Buffer.from(client.certificate),
      key: Buffer.from(client.key),
    })
    assert.ok(tls.ok)
    const { authorized } = openHttp(t)
    const access = accessTo(home.host, { insecure: false, tls: tls.value })
    await assert.rejects(createRepositoryReader(authorized, access, Date.now).tags(), /TLS|connection/)
    assert.ok(home.requests.length > 0)
    assert.equal(strict.requests.length, 0)
  })
