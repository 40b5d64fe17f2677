import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { createTagListMemory, listTags } from '../../src/registry/tag-list.ts'
import { artifactory } from '../servers/registry-dialects/artifactory.ts'
import { distribution3 } from '../servers/registry-dialects/distribution3.ts'
import { nexus } from '../servers/registry-dialects/nexus.ts'
import { paged } from '../servers/registry-dialects/paging.ts'
import { quay } from '../servers/registry-dialects/quay.ts'
import type { Dialect } from '../servers/registry-dialects/server.ts'
import { validated } from '../servers/registry-dialects/validated.ts'
import { zot } from '../servers/registry-dialects/zot.ts'
import { accessTo, openHttp, useDialect } from './fixture.ts'

const tags = ['3', '1', '2', '10', 'v1_build']
const sorted = ['1', '10', '2', '3', 'v1_build']
const list =
  (body: unknown): Dialect =>
  () => ({ body: JSON.stringify(body) })

const dialects: readonly (readonly [name: string, dialect: Dialect, requests: number, repository?: string])[] = [
  ['the specification', paged({ tags, size: 2 }), 3],
  ['all in one page', paged({ tags, size: 100 }), 1],
  ['a page of exactly the size', paged({ tags, size: 5 }), 1],
  ['Quay', quay(tags), 3],
  ['Artifactory', artifactory(tags), 3, 'docker/shop/web'],
  ['Nexus', nexus(tags), 5],
  ['Zot', zot([...tags]), 3],
  ['distribution 3', distribution3(tags), 4],
]

for (const [name, dialect, requests, repository = 'shop/web'] of dialects)
  test(`pages are followed to the end: ${name}`, async (t) => {
    const server = await useDialect(t, dialect)
    const { authorized } = openHttp(t)
    assert.deepEqual(await listTags(authorized, accessTo(server.host, { repository })), sorted)
    assert.equal(server.requests.length, requests)
  })

test('a list that shrinks while it is read is begun again, once', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e']
  let asked = 0
  const server = await useDialect(
    t,
    zot(names, () => {
      asked += 1
      if (asked === 1) names.splice(1, 1)
    }),
  )
  const { authorized } = openHttp(t)
  assert.deepEqual(await listTags(authorized, accessTo(server.host)), ['a', 'c', 'd', 'e'])
})

test('pages with a validator are sent again only when they have changed', async (t) => {
  const names = ['a', 'b', 'c']
  const statuses: number[] = []
  const inner = validated((request, server) => paged({ tags: names, size: 2 })(request, server))
  const server = await useDialect(t, (request, self) => {
    const answer = inner(request, self)
    statuses.push(answer?.status ?? 200)
    return answer
  })
  const { authorized } = openHttp(t)
  const memory = createTagListMemory()
  const look = async () => [await listTags(authorized, accessTo(server.host), memory), statuses.splice(0)]
  assert.deepEqual(await look(), [
    ['a', 'b', 'c'],
    [200, 200],
  ])
  assert.deepEqual(await look(), [
    ['a', 'b', 'c'],
    [304, 304],
  ])
  names.push('d')
  assert.deepEqual(await look(), [
    ['a', 'b', 'c', 'd'],
    [304, 200],
  ])
  names.shift()
  assert.deepEqual(await look(), [
    ['b', 'c', 'd'],
    [200, 200],
  ])
})

test('a list of which no page has changed is the very same', async (t) => {
  const names = ['a', 'b', 'c']
  const server = await useDialect(t, (request, self) => paged({ tags: names, size: 2 })(request, self))
  const { authorized } = openHttp(t)
  const memory = createTagListMemory()
  const look = () => listTags(authorized, accessTo(server.host), memory)
  const first = await look()
  assert.equal(await look(), first)
  names.push('d')
  assert.deepEqual(await look(), ['a', 'b', 'c', 'd'])
  names.splice(2, 2)
  assert.deepEqual(await look(), ['a', 'b'], 'a page is gone')
  assert.deepEqual(first, ['a', 'b', 'c'])
})

test('pages that overlap or are not sorted make one sorted list', async (t) => {
  const server = await useDialect(t, ({ query }) =>
    query.includes('last')
      ? { body: { tags: ['b', 'a'] } }
      : { headers: { link: '<?last=c>; rel="next"' }, body: { tags: ['b', 'c'] } },
  )
  const { authorized } = openHttp(t)
  assert.deepEqual(await listTags(authorized, accessTo(server.host)), ['a', 'b', 'c'])
})

test('a last page that may be full is read again: it may get a successor and stay the same itself', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const server = await useDialect(t, (request, self) => {
    const answer = paged({ tags: names, size: 5 })(request, self)
    const etag = `"${JSON.stringify(answer?.body)}"`
    return request.validator === etag ? { status: 304 } : { ...answer, headers: { ...answer?.headers, etag } }
  })
  const { authorized } = openHttp(t)
  const memory = createTagListMemory()
  assert.equal((await listTags(authorized, accessTo(server.host), memory)).length, 5)
  names.push('f')
  assert.equal((await listTags(authorized, accessTo(server.host), memory)).length, 6)
})

for (const etag of [`sha256:${'a'.repeat(64)}`, 'W/"1"', '"a, b"'])
  test(`a validator is sent back as it came, quotes or not: ${etag}`, async (t) => {
    const server = await useDialect(t, ({ validator }) =>
      validator === etag ? { status: 304 } : { headers: { etag }, body: { tags: ['a'] } },
    )
    const { authorized } = openHttp(t)
    const memory = createTagListMemory()
    for (let scan = 0; scan < 3; scan += 1)
      assert.deepEqual(await listTags(authorized, accessTo(server.host), memory), ['a'])
    assert.deepEqual(
      server.requests.map(({ validator }) => validator),
      [undefined, etag, etag],
    )
  })

test('without a validator nothing is asked conditionally, and 304 is no answer', async (t) => {
  const server = await useDialect(t, list({ tags: ['a'] }))
  const { authorized } = openHttp(t)
  const memory = createTagListMemory()
  for (let scan = 0; scan < 2; scan += 1) await listTags(authorized, accessTo(server.host), memory)
  assert.deepEqual(
    server.requests.map(({ validator }) => validator),
    [undefined, undefined],
  )
  server.speak(() => ({ status: 304 }))
  await assert.rejects(listTags(authorized, accessTo(server.host), memory), /HTTP 304/)
})

test('a page size that is refused is not tried again', async (t) => {
  const server = await useDialect(t, distribution3(tags))
  const { authorized } = openHttp(t)
  const memory = createTagListMemory()
  for (let scan = 0; scan < 2; scan += 1)
    assert.deepEqual(await listTags(authorized, accessTo(server.host), memory), sorted)
  assert.equal(server.requests.length, 4 + 3)
})

const odd: readonly (readonly [name: string, body: unknown, tags: readonly string[]])[] = [
  ['no tags', { tags: [] }, []],
  ['null', { tags: null }, []],
  ['nothing', {}, []],
  [
    'what can be no tag',
    { tags: ['1', null, 7, `sha256:${'a'.repeat(64)}`, '', '-x', 'a b', 'x'.repeat(129), 'ä', 'a\u0000', ['2']] },
    ['1'],
  ],
  ['repetition', { tags: ['1', '1', '2'] }, ['1', '2']],
  ['bytes decide', { tags: ['b', 'B', 'a', '_', '10', '9'] }, ['10', '9', 'B', '_', 'a', 'b']],
]

for (const [name, body, expected] of odd)
  test(`a list with ${name}`, async (t) => {
    const server = await useDialect(t, list(body))
    const { authorized } = openHttp(t)
    assert.deepEqual(await listTags(authorized, accessTo(server.host)), expected)
  })

const endless = (link: (path: string, n: number) => string, fresh = false): Dialect => {
  let count = 0
  return ({ path }) => ({ headers: { link: link(path, ++count) }, body: { tags: [fresh ? `t${count}` : 't'] } })
}

const broken: readonly (readonly [
  name: string,
  dialect: Dialect,
  reason: string,
  message: RegExp,
  mostRequests: number,
])[] = [
  [
    'a link to the same page',
    endless((path) => `<${path}?n=1000>; rel="next"`),
    'ScanIncomplete',
    /lead in a circle/,
    1,
  ],
  [
    'two pages in a circle',
    endless((path, n) => `<${path}?last=${n % 2}>; rel="next"`, true),
    'ScanIncomplete',
    /lead in a circle/,
    3,
  ],
  [
    'pages that tell nothing new',
    endless((path, n) => `<${path}?last=${n}>; rel="next"`),
    'ScanIncomplete',
    /lead in a circle/,
    5,
  ],
  [
    'pages without end',
    endless((path, n) => `<${path}?last=${n}>; rel="next"`, true),
    'ScanIncomplete',
    /has no end/,
    1000,
  ],
  [
    'more tags than are read, on one page',
    list({ tags: Array.from({ length: 250_001 }, (_, i) => `${i}`) }),
    'ScanIncomplete',
    /has more than 250000 tags, which are not read/,
    1,
  ],
  [
    'pages that are never found',
    ({ query }) =>
      query.includes('last') ? { status: 404 } : { headers: { link: '<?last=a>; rel="next"' }, body: { tags: ['a'] } },
    'ScanIncomplete',
    /not found, twice/,
    4,
  ],
  ['a login page', () => ({ body: '<html>' }), 'RegistryProtocolError', /no tag list .*login page/, 1],
  ['a list that breaks off', () => ({ body: '{"tags":["1","2"' }), 'RegistryProtocolError', /no tag list/, 1],
  ['a list that is cut', () => ({ body: '{"tags":["1","2"]}', cut: 8 }), 'ScanIncomplete', /cut short/, 3],
  ['tags that are no list', list({ tags: 'x' }), 'RegistryProtocolError', /broken tag list/, 1],
  ['an array', list([]), 'RegistryProtocolError', /no tag list/, 1],
  [
    'no such repository',
    () => ({ status: 404, body: { errors: [{ code: 'NAME_UNKNOWN' }] } }),
    'RepositoryNotFound',
    /has no repository shop\/web/,
    1,
  ],
  [
    'a failure in the middle',
    ({ query }) =>
      query.includes('last') ? { status: 500 } : { headers: { link: '<?last=a>; rel="next"' }, body: { tags: ['a'] } },
    'RegistryUnavailable',
    /HTTP 500/,
    4,
  ],
  [
    'a page size that is refused, and everything else too',
    () => ({ status: 405 }),
    'RegistryProtocolError',
    /HTTP 405/,
    2,
  ],
]

for (const [name, dialect, reason, message, mostRequests] of broken)
  test(`no list comes of ${name}`, async (t) => {
    const server = await useDialect(t, dialect)
    const { authorized } = openHttp(t)
    await assert.rejects(listTags(authorized, accessTo(server.host)), (error) => {
      assert.ok(error instanceof ReconcileError)
      assert.equal(error.reason, reason)
      assert.match(error.message, message)
      return true
    })
    assert.equal(server.requests.length, mostRequests)
  })

test('a hundred thousand tags on one page', async (t) => {
  const many = Array.from({ length: 100_000 }, (_, i) => `1.${i % 97}.${i}-build.${i}`)
  const server = await useDialect(t, list({ tags: many }))
  const { authorized } = openHttp(t)
  assert.equal((await listTags(authorized, accessTo(server.host))).length, many.length)
})
