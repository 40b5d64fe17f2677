import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpListing, listedTag, memberOf, objectsIn } from '../../../src/registry/listings/listing.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const digest = `sha256:${'a'.repeat(64)}`
const ann = { username: 'ann', password: 'secret' }
const login = `Basic ${Buffer.from('ann:secret').toString('base64')}`

/** A list of two pages at `url`, open to everybody or to who logs in. */
const listing = (url: string) =>
  httpListing({
    shows: 'nothing',
    orShows: 'login',
    first: () => new URL('/list', url),
    read: ({ url: at }) => ({ tags: [['1.0', digest]], next: at.search === '' ? new URL('?page=2', at) : undefined }),
  })

for (const status of [401, 403, 404])
  test(`a listing that is closed (${status}) is shown what opens it, by who has that, and for its other pages at once`, async (t) => {
    const server = await useDialect(t, ({ authorization }) => (authorization === undefined ? { status } : { body: {} }))
    const { authorized: http } = openHttp(t)
    const access = accessTo(server.host, { credentials: ann })
    const { page } = listing(server.url)
    const first = await page(undefined, { http, access })
    assert.deepEqual(first, { tags: [['1.0', digest]], next: `${server.url}/list?page=2` })
    assert.equal((await page(first?.next, { http, access }))?.next, undefined)
    assert.deepEqual(
      server.requests.map(({ query, authorization }) => [query, authorization]),
      [
        ['', undefined],
        ['', login],
        ['?page=2', login],
      ],
    )
    server.requests.splice(0)
    assert.equal(await listing(server.url).page(undefined, { http, access: accessTo(server.host) }), undefined)
    assert.equal(server.requests.length, 1, 'nobody without credentials asks twice')
  })

test('a listing is none that has moved, or that answers with something else; a page elsewhere is no page', async (t) => {
  const elsewhere = await useDialect(t, () => ({ body: {} }))
  const server = await useDialect(t, ({ path }) =>
    path === '/moved' ? { status: 307, headers: { location: elsewhere.url } } : { status: path === '/odd' ? 204 : 200 },
  )
  const from = { http: openHttp(t).authorized, access: accessTo(server.host) }
  const at = (path: string, next?: URL) =>
    httpListing({ shows: 'nothing', first: () => new URL(path, server.url), read: () => ({ tags: [], next }) })
  assert.equal(await at('/moved').page(undefined, from), undefined)
  assert.equal(await at('/odd').page(undefined, from), undefined)
  assert.deepEqual(await at('/', new URL(elsewhere.url)).page(undefined, from), { tags: [], next: undefined })
})

test('what is no tag with a digest is left out, and what is no list of objects is none', () => {
  assert.deepEqual(listedTag('1.0', digest), [['1.0', digest]])
  for (const [tag, other] of [
    ['1.0', digest.toUpperCase()],
    ['1.0', undefined],
    [7, digest],
  ])
    assert.deepEqual(listedTag(tag, other), [])
  for (const value of [undefined, null, {}, 'x', [1], [null]]) assert.equal(objectsIn(value), undefined)
  assert.deepEqual(objectsIn([{ a: 1 }]), [{ a: 1 }])
  assert.equal(memberOf(null, 'a'), undefined)
})
