import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createListedDigests } from '../../../src/registry/listings/listed-digests.ts'
import { gitlabListing, quayListing } from '../../servers/registry-dialects/listing.ts'
import type { Dialect, DialectAnswer } from '../../servers/registry-dialects/server.ts'
import { digestsOf } from '../../servers/registry-dialects/stock.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const images = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`t${i}`, new Date(Date.UTC(2026, 0, 1 + i)).toISOString()]),
)
const newestFirst = Object.keys(images).toReversed()
const hour = 3_600_000

async function open(t: TestContext, dialect: Dialect = quayListing(images, 5)) {
  const server = await useDialect(t, dialect)
  const { authorized: http, clock } = openHttp(t)
  const access = accessTo(server.host, { dialect: { listing: 'quay' } })
  const listed = createListedDigests({ http, access, now: clock.now })
  const ask = async (tags: readonly string[]) => {
    server.requests.splice(0)
    const found = await listed.of(tags)
    return [[...found.keys()].toSorted(), server.requests.length] as const
  }
  return { server, clock, listed, ask }
}

test('a listing is read as far as it saves requests', async (t) => {
  const { ask } = await open(t)
  const rows: readonly (readonly [tags: readonly string[], found: readonly string[], pages: number])[] = [
    [newestFirst, newestFirst, 4],
    [newestFirst.slice(0, 3), newestFirst.slice(0, 3), 1],
    // One page answers none of them: the next might not either.
    [
      [...newestFirst.slice(0, 2), ...newestFirst.slice(7, 9)],
      [...newestFirst.slice(0, 2), ...newestFirst.slice(7, 9)],
      2,
    ],
    // What is left is asked for one by one.
    [newestFirst.slice(2, 6), newestFirst.slice(2, 5), 1],
    [[...newestFirst.slice(0, 4), 'unlisted', 'another'], newestFirst.slice(0, 4), 2],
    [newestFirst.slice(0, 2), [], 0],
    [[], [], 0],
  ]
  for (const [tags, found, pages] of rows) assert.deepEqual(await ask(tags), [found.toSorted(), pages], tags.join())
})

test('digests are those that the tags have', async (t) => {
  const { listed } = await open(t)
  assert.deepEqual(new Map([...(await listed.of(newestFirst))].toReversed()), digestsOf(images))
})

test('a listing that answers nothing is left alone for an hour', async (t) => {
  const { ask, clock } = await open(t)
  const oldest = newestFirst.slice(10, 15)
  assert.deepEqual(await ask(oldest), [[], 1])
  assert.deepEqual(await ask(newestFirst), [[], 0])
  clock.advance(hour)
  assert.deepEqual(await ask(newestFirst), [newestFirst.toSorted(), 4])
})

test('and for no longer when the clock is put back meanwhile', async (t) => {
  const { ask, clock } = await open(t)
  await ask(newestFirst.slice(10, 15))
  clock.advance(-hour)
  assert.deepEqual(await ask(newestFirst), [[], 0])
  clock.advance(hour)
  assert.deepEqual(await ask(newestFirst), [newestFirst.toSorted(), 4])
})

const minute = 60_000
const odd: readonly (readonly [name: string, answer: DialectAnswer | undefined, rest?: number])[] = [
  ['one that is not for us', { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token"' } }],
  ['one that is forbidden', { status: 403, body: { error_message: 'no' } }],
  ['none', undefined],
  ['a login page', { body: '<html><title>Sign in</title>' }],
  ['a page of another kind', { body: { tags: { t0: 'sha256' } } }],
  ['a broken page', { body: '{"tags":[{"name":"t19","manif' }],
  ['a page that is cut short', { body: { tags: [] }, cut: 4 }, minute],
  ['a failure', { status: 500 }, minute],
  ['too many requests', { status: 429, headers: { 'retry-after': '60' } }, minute],
]
for (const [name, answer, rest = hour] of odd)
  for (const at of [1, 3])
    test(`half a listing is none: page ${at} is ${name}; it is left alone for ${rest / minute} min`, async (t) => {
      const whole = quayListing(images, 5)
      const { ask, clock, server } = await open(t, (request, self) =>
        request.query.includes(`page=${at}&`) ? answer : whole(request, self),
      )
      assert.deepEqual((await ask(newestFirst))[0], [])
      assert.ok(server.requests.every(({ authorization }) => authorization === undefined))
      assert.deepEqual(await ask(newestFirst), [[], 0])
      server.speak(whole)
      clock.advance(rest - 1)
      assert.deepEqual(await ask(newestFirst), [[], 0])
      clock.advance(1)
      assert.deepEqual((await ask(newestFirst))[0], newestFirst.toSorted())
    })

test('pages that lead in a circle end', async (t) => {
  const page = {
    has_additional: true,
    tags: [...digestsOf(images)].map(([name, manifest_digest]) => ({ name, manifest_digest })),
  }
  const { ask } = await open(t, () => ({ body: page }))
  assert.deepEqual(await ask([...newestFirst, 'a', 'b', 'c']), [newestFirst.toSorted(), 2])
})

test('of a tag that stands twice, as when it moves meanwhile, the newer entry counts', async (t) => {
  const digests = ['a', 'b', 'c'].map((letter) => `sha256:${letter.repeat(64)}`)
  const tags = digests.flatMap((manifest_digest, i) => [
    { name: `t${i}`, manifest_digest },
    { name: 't0', manifest_digest },
  ])
  const { listed } = await open(t, () => ({ body: { tags, has_additional: false } }))
  assert.equal((await listed.of(['t0', 't1', 't2'])).get('t0'), digests[0])
})

test('whoever a listing is redirected to is asked for no further page, and gets nothing that opens it', async (t) => {
  const speak = gitlabListing(images, 5)
  const demand: DialectAnswer = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
  const beyond = await useDialect(t, (request, self) =>
    request.query.includes('page=2') ? demand : speak(request, self),
  )
  const server = await useDialect(t, ({ path, query, authorization }) =>
    authorization === undefined ? demand : { status: 307, headers: { location: `${beyond.url}${path}${query}` } },
  )
  const { authorized: http, clock } = openHttp(t)
  const credentials = { username: 'robot', password: 'canary' }
  const access = accessTo(server.host, { credentials, dialect: { listing: 'gitlab' } })
  const listed = createListedDigests({ http, access, now: clock.now })
  assert.deepEqual([...(await listed.of(newestFirst)).keys()], [])
  assert.deepEqual(
    beyond.requests.map(({ authorization }) => authorization),
    [undefined],
  )
})
