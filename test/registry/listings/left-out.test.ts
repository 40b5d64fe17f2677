import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { tagsAPage, whatIsLeftOut } from '../../../src/registry/listings/left-out.ts'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { gar } from '../../servers/registry-dialects/gar.ts'
import { startConnectProxy } from '../../servers/connect-proxy.ts'
import { wayOut } from '../../../src/http/proxy-for.ts'
import { accessTo, guardFor, openHttp, openScans, useDialect } from '../fixture.ts'

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`1.${i}`, new Date(Date.UTC(2026, 0, 1) + i).toJSON()]))

/** What comes of a list of Google's with so many tags. */
async function listed(t: TestContext, count: number, pageSize?: number) {
  const server = await useDialect(t, gar(many(count)))
  const { authorized } = openHttp(t)
  const list = () => listTags(authorized, accessTo(server.host, { dialect: { listing: 'gar', pageSize } }))
  return { list, server }
}

test('a list of Google’s is asked for whole: of more than there may be on a page nobody tells', async (t) => {
  const { list, server } = await listed(t, 1500)
  assert.equal((await list()).length, 1500)
  assert.equal(server.requests.length, 1)
})

test('nothing is chosen from a list of Google’s that is as long as such lists can be', async (t) => {
  const { list } = await listed(t, 10_001)
  await assert.rejects(list(), {
    reason: 'ScanIncomplete',
    message:
      /shop\/web: it has 10000 tags or images and perhaps more, .*; give the repository a cleanup policy; the choice stays$/,
    retry: { kind: 'interval' },
  })
})

test('nor from one that is as long as it was asked for', async (t) => {
  const { list } = await listed(t, 60, 50)
  await assert.rejects(list(), { reason: 'ScanIncomplete', message: /set pageSize: 10000 in the registries file/ })
})

test('where a registry leads to one of Google’s, that is asked for its whole list, and from then on at once', async (t) => {
  const google = gar(many(1500))
  const server = await useDialect(t, (request, self) => {
    if (request.headers.host !== 'registry.example.com') return google(request, self)
    return { status: 307, headers: { location: `http://us-docker.pkg.dev${request.path}${request.query}` } }
  })
  const proxy = await startConnectProxy({ port: Number(new URL(server.url).port) })
  t.after(() => proxy.stop())
  const way = wayOut({ https: proxy.url, http: proxy.url, noProxy: '' })
  const guard = guardFor(t, [])
  const { scans, clock } = openScans(t, undefined, guard)
  const access = accessTo('registry.example.com', { way })
  for (const queries of [['?n=1000', '?n=10000'], ['?n=10000']]) {
    assert.equal((await scans.tags(access, { notBefore: clock.now() })).tags.length, 1500)
    const asked = server.requests.splice(0).filter(({ headers }) => headers.host === 'us-docker.pkg.dev')
    assert.deepEqual(
      asked.map(({ query }) => query),
      queries,
    )
    clock.advance(60_000)
  }
})

const digests = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`sha256:${i}`, { tag: [] }]))
const tags = Array.from({ length: 1000 }, (_, i) => `1.${i}`)
const at = (host: string, more: Partial<RepositoryAccess> = {}) => accessTo(host, { insecure: false, ...more })
const ghcr = at('ghcr.io')

const pages: readonly (readonly [name: string, url: string, list: object, isCut: boolean])[] = [
  ['as many tags as were asked for', 'https://eu-docker.pkg.dev/v2/x/tags/list?n=1000', { tags }, true],
  ['as many images', 'https://gcr.io/v2/x/tags/list?n=1000', { tags: ['1'], manifest: digests }, true],
  ['one less', 'https://gcr.io/v2/x/tags/list?n=1001', { tags, manifest: digests }, false],
  ['less than can be, nothing asked', 'https://mirror.gcr.io/v2/x/tags/list', { tags }, false],
  ['less than can be, no number asked', 'https://gcr.io/v2/x/tags/list?n=', { tags }, false],
  ['less than can be, something asked', 'https://gcr.io/v2/x/tags/list?n=all', { tags }, false],
  ['no tags', 'https://gcr.io/v2/x/tags/list?n=1000', { tags: null, manifest: null }, false],
  ['another vendor’s', 'https://registry.example.com/v2/x/tags/list?n=1000', { tags }, false],
  ['what looks like Google', 'https://notgcr.io/v2/x/tags/list?n=1000', { tags }, false],
]
for (const [name, url, list, isCut] of pages)
  test(`a last page, wherever it was led to: ${name}: ${isCut ? 'may lack some' : 'is whole'}`, () =>
    assert.equal(whatIsLeftOut(list, new URL(url), ghcr) !== undefined, isCut))

const sizes: readonly (readonly [name: string, access: RepositoryAccess, size: number])[] = [
  ['most registries', ghcr, 1000],
  ['Google’s', at('europe-west1-docker.pkg.dev'), 10_000],
  [
    'a mirror that is Google’s',
    at('mirror.example.com', { dialect: { api: 'https://eu-docker.pkg.dev/a/b' } }),
    10_000,
  ],
  ['Google’s beside mirrors', at('gcr.io', { mirrors: [ghcr] }), 10_000],
  ['what the file says', at('gcr.io', { dialect: { pageSize: 50 } }), 50],
]
for (const [name, access, size] of sizes)
  test(`${name}: ${size} tags a page`, () => assert.equal(tagsAPage(access), size))
