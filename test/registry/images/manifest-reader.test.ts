import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import { readBlob, readManifest, resolveDigest } from '../../../src/registry/images/manifest-reader.ts'
import { pushImage } from '../../servers/image.ts'
import type { Dialect, DialectAnswer } from '../../servers/registry-dialects/server.ts'
import { accessTo, openHttp, useDialect, useRegistry } from '../fixture.ts'

const content = '{"schemaVersion": 2}'
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
const another = `sha256:${'a'.repeat(64)}`

/** HEAD and GET of a manifest answered differently. */
const manifest =
  (head: DialectAnswer, get: DialectAnswer = { body: content }): Dialect =>
  ({ method }) =>
    method === 'HEAD' ? head : get

const told = (value: string): DialectAnswer => ({ headers: { 'docker-content-digest': value } })

const tags: readonly (readonly [name: string, dialect: Dialect, digest: string | undefined, requests: number])[] = [
  ['HEAD tells it', manifest(told(another)), another, 1],
  ['HEAD tells one of SHA-512', manifest(told(`sha512:${'a'.repeat(128)}`)), `sha512:${'a'.repeat(128)}`, 1],
  [
    'HEAD tells one of another algorithm, by which no cluster pulls',
    manifest(told(`blake3:${'a'.repeat(64)}`)),
    digest,
    2,
  ],
  ['HEAD leaves it out', manifest({}), digest, 2],
  ['HEAD tells nonsense', manifest(told('sha256:ABC')), digest, 2],
  ['HEAD is not known', manifest({ status: 405 }), digest, 2],
  ['HEAD finds nothing but GET does', manifest({ status: 404 }), digest, 2],
  ['GET tells another than that of its bytes', manifest({}, { ...told(another), body: content }), digest, 2],
  [
    'a signed manifest of schema 1',
    manifest(
      {},
      {
        body: content,
        headers: {
          'docker-content-digest': another,
          'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
        },
      },
    ),
    another,
    2,
  ],
  ['there is no such tag', () => undefined, undefined, 2],
  ['there is no such tag, without a word', () => ({ status: 404 }), undefined, 2],
]

for (const [name, dialect, expected, requests] of tags)
  test(`the digest of a tag: ${name}`, async (t) => {
    const server = await useDialect(t, dialect)
    const { authorized } = openHttp(t)
    assert.equal(await resolveDigest(authorized, accessTo(server.host), '1.0'), expected)
    assert.equal(server.requests.length, requests)
  })

for (const type of [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
])
  test(`a registry that has a manifest for those alone who take ${type} tells its digest`, async (t) => {
    const server = await useDialect(t, ({ headers }) => {
      const taken = headers.accept?.split(',').map((one) => one.trim())
      return taken?.includes(type) === true ? told(another) : undefined
    })
    const { authorized } = openHttp(t)
    assert.equal(await resolveDigest(authorized, accessTo(server.host), '1.0'), another)
  })

for (const body of ['<html>', '', '{}', '[]', '{"tags":["1.0"]}', 'null'])
  test(`the digest of a page that is no manifest is nobody's: ${body || '(empty)'}`, async (t) => {
    const server = await useDialect(t, manifest({}, { body }))
    const { authorized } = openHttp(t)
    await assert.rejects(resolveDigest(authorized, accessTo(server.host), '1.0'), {
      reason: 'RegistryProtocolError',
      message: /answers with something that is no manifest of shop\/web \(a login page\?\)$/,
    })
  })

test('no digest where the repository is missing or refused', async (t) => {
  const { authorized } = openHttp(t)
  for (const [status, code, reason] of [
    [404, 'NAME_UNKNOWN', 'RepositoryNotFound'],
    [403, 'DENIED', 'RegistryAuthFailed'],
  ] as const) {
    const server = await useDialect(t, () => ({ status, body: { errors: [{ code }] } }))
    const resolved = resolveDigest(authorized, accessTo(server.host), '1.0')
    await assert.rejects(resolved, (error) => error instanceof ReconcileError && error.reason === reason)
  }
})

const byDigest: readonly (readonly [name: string, answer: DialectAnswer, read: string | undefined | RegExp])[] = [
  ['the bytes', { body: content }, content],
  ['other bytes', { body: `${content} ` }, /sends other bytes than sha256:/],
  ['nothing', { status: 404 }, undefined],
  ['a refusal', { status: 403 }, /without credentials/],
]

for (const [name, answer, read] of byDigest)
  test(`by digest comes ${name}`, async (t) => {
    const server = await useDialect(t, () => answer)
    const { authorized } = openHttp(t)
    for (const reader of [readManifest, readBlob]) {
      const reading = reader(authorized, accessTo(server.host), digest)
      if (read instanceof RegExp) await assert.rejects(reading, read)
      else assert.equal((await reading)?.toString(), read)
    }
  })

test('blobs are read from where a redirect leads, without credentials', async (t) => {
  const storage = await useDialect(t, ({ authorization }) => (authorization ? { status: 400 } : { body: content }))
  const server = await useDialect(t, ({ authorization }) =>
    authorization
      ? { status: 307, headers: { location: `${storage.url}/signed?x=y` } }
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
  )
  const { authorized } = openHttp(t)
  const access = accessTo(server.host, { credentials: { username: 'ann', password: 'x' } })
  assert.equal((await readBlob(authorized, access, digest))?.toString(), content)
  assert.deepEqual(
    storage.requests.map(({ path, query, authorization }) => [path, query, authorization]),
    [['/signed', '?x=y', undefined]],
  )
})

test('an index and an image of each format are found on a real registry', async (t) => {
  const registry = await useRegistry(t)
  const { authorized } = openHttp(t)
  for (const format of ['oci', 'docker'] as const)
    for (const platforms of [['linux/amd64'], ['linux/amd64', 'linux/arm64/v8']]) {
      const pushed = await pushImage(registry, 'shop/web', '1.0', { format, platforms })
      assert.equal(await resolveDigest(authorized, accessTo(registry.host), '1.0'), pushed.digest)
      assert.ok(await readManifest(authorized, accessTo(registry.host), pushed.digest))
    }
  assert.equal(await resolveDigest(authorized, accessTo(registry.host), '2.0'), undefined)
})
