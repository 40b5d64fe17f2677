import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Credentials, Login } from '../../../src/registry/login/credentials.ts'
import { toShow } from '../../../src/registry/login/credentials.ts'
import { listTags } from '../../../src/registry/tag-list.ts'

import { resolveDigest } from '../../../src/registry/images/manifest-reader.ts'
import { beside, quayListing } from '../../servers/registry-dialects/listing.ts'
import { gitlabTokens } from '../../servers/registry-dialects/gitlab.ts'
import type { Dialect, DialectAnswer } from '../../servers/registry-dialects/server.ts'
import { stocked } from '../../servers/registry-dialects/stock.ts'
import { withTokens } from '../../servers/registry-dialects/tokens.ts'
import { accessTo, openHttp, openScans, useDialect } from '../fixture.ts'

const images = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z', c: '2026-01-03T00:00:00Z' }
const login = (username: string): Login => ({ username, password: 'canary' })
const all = ['first', 'second', 'third'].map(login)
const basicOf = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
const nameOf = (authorization = ''): string =>
  Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().replace(/:.*/, '')

/** Basic; who is known and may not pull gets 403. */
function basic(right: () => string, known: readonly string[] = []): Dialect {
  const inner = stocked({ images })
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
  return (request, server): DialectAnswer | undefined => {
    const name = nameOf(request.authorization)
    if (name === right()) return inner(request, server)
    return known.includes(name) ? { status: 403, body: { errors: [{ code: 'DENIED' }] } } : challenge
  }
}

async function open(t: TestContext, dialect: Dialect, credentials: readonly Credentials[] = all) {
  const server = await useDialect(t, dialect)
  const { authorized, clock } = openHttp(t)
  const access = accessTo(server.host, toShow(credentials))
  const shown = () => server.requests.splice(0).map(({ authorization }) => nameOf(authorization))
  return { server, clock, shown, authorized, access, list: () => listTags(authorized, access) }
}

for (const known of [[], ['first'], ['second']])
  test(`the next that matches is tried after 401 and 403 (${known.length === 0 ? 'none' : known.join()} known), and the one that is let in is remembered`, async (t) => {
    const { list, shown, authorized, access } = await open(
      t,
      basic(() => 'third', known),
    )
    assert.deepEqual(await list(), ['a', 'b', 'c'])
    assert.deepEqual(shown(), ['', 'first', '', 'second', '', 'third'])
    await list()
    await resolveDigest(authorized, access, 'a')
    assert.deepEqual(shown(), ['third', 'third'])
  })

test('when the one that was let in is let in no more, the others are tried again', async (t) => {
  let right = 'second'
  const { list, shown, clock } = await open(
    t,
    basic(() => right),
  )
  await list()
  right = 'first'
  clock.advance(30_000)
  shown()
  assert.deepEqual(await list(), ['a', 'b', 'c'])
  assert.deepEqual(
    shown().filter((name) => name !== ''),
    ['second', 'first'],
  )
  await list()
  assert.deepEqual(shown(), ['first'])
})

test('when all are refused that is told, and for a minute only the first is tried', async (t) => {
  const { list, shown, clock } = await open(
    t,
    basic(() => 'nobody'),
  )
  const message = /refuses all 3 credentials that match it \(HTTP 401\)/
  await assert.rejects(list(), message)
  assert.deepEqual(
    shown().filter((name) => name !== ''),
    ['first', 'second', 'third'],
  )
  clock.advance(30_000)
  await assert.rejects(list(), message)
  assert.deepEqual(
    shown().filter((name) => name !== ''),
    ['first'],
  )
  clock.advance(60_000)
  await assert.rejects(list(), message)
  assert.deepEqual(
    shown().filter((name) => name !== ''),
    ['first', 'second', 'third'],
  )
})

test('a clock that is put back keeps nobody from the others for longer', async (t) => {
  let right = 'nobody'
  const { list, clock } = await open(
    t,
    basic(() => right),
  )
  await assert.rejects(list())
  clock.advance(-3_600_000)
  await assert.rejects(list())
  right = 'second'
  clock.advance(60_000)
  assert.deepEqual(await list(), ['a', 'b', 'c'])
})

test('what nobody is given makes nobody forgotten who was let in', async (t) => {
  const inner = basic(() => 'second')
  const closed: Dialect = (request, server) =>
    request.authorization !== undefined && request.path.includes('/manifests/')
      ? { status: 403, body: { errors: [{ code: 'DENIED' }] } }
      : inner(request, server)
  const { list, shown, authorized, access } = await open(t, closed)
  await list()
  await assert.rejects(resolveDigest(authorized, access, 'a'), { reason: 'RegistryAuthFailed' })
  shown()
  assert.deepEqual(await list(), ['a', 'b', 'c'])
  assert.deepEqual(shown(), ['second'])
})

test('403 of where the registry redirects to says nothing of who may pull', async (t) => {
  const storage = await useDialect(t, () => ({ status: 403, body: '' }))
  const inner = basic(() => 'second')
  const { list, shown, authorized, access } = await open(t, (request, server) =>
    request.path.includes('/manifests/')
      ? { status: 307, headers: { location: `${storage.url}/content` } }
      : inner(request, server),
  )
  await list()
  shown()
  await assert.rejects(resolveDigest(authorized, access, 'a'))
  assert.deepEqual(new Set(shown()), new Set(['second']))
  assert.ok(storage.requests.length > 0)
})

test('a token server that refuses the first is asked as the second; never as nobody', async (t) => {
  const tokens = withTokens({ ...gitlabTokens, authorization: basicOf(login('second')) }, stocked({ images }))
  const { list, server } = await open(t, tokens.dialect)
  assert.deepEqual(await list(), ['a', 'b', 'c'])
  const asked = server.requests.filter(({ path }) => path === '/jwt/auth')
  assert.deepEqual(
    asked.map(({ authorization }) => nameOf(authorization)),
    ['first', 'second'],
  )
})

test('what is no refusal is no reason to show other credentials', async (t) => {
  for (const status of [404, 500, 429]) {
    const { list, shown } = await open(t, ({ authorization }) =>
      authorization === undefined ? { status: 401, headers: { 'www-authenticate': 'Basic' } } : { status, body: '' },
    )
    await assert.rejects(list())
    assert.deepEqual(new Set(shown()), new Set(['', 'first']))
  }
})

test('a listing that is closed is no reason either', async (t) => {
  const closed: Dialect = ({ path }) => (path.startsWith('/api/') ? { status: 403, body: '' } : undefined)
  const server = await useDialect(
    t,
    beside(
      closed,
      quayListing(images),
      basic(() => 'first'),
    ),
  )
  const { scans, clock } = openScans(t)
  const access = accessTo(server.host, { ...toShow(all), dialect: { listing: 'harbor' } })
  await scans.metadata(access, ['a', 'b', 'c'], { notBefore: clock.now() })
  assert.deepEqual(new Set(server.requests.map(({ authorization }) => nameOf(authorization))), new Set(['', 'first']))
})

test('of thirty repositories with the same ones at once, three are told that the first is wrong; all are let in', async (t) => {
  const { server, shown, authorized, access } = await open(
    t,
    basic(() => 'second'),
  )
  const names = Array.from({ length: 30 }, (_, index) => `shop/app-${index}`)
  const lists = await Promise.all(names.map((repository) => listTags(authorized, { ...access, repository })))
  assert.ok(lists.every((tags) => tags.length === 3))
  const told = shown()
  assert.equal(told.filter((name) => name === 'first').length, 3)
  assert.equal(told.filter((name) => name === 'third').length, 0)
  assert.equal(told.filter((name) => name === 'second').length, 30)
  assert.deepEqual(server.requests, [])
})

test('who matches alone is tried alone', async (t) => {
  const { list, shown } = await open(
    t,
    basic(() => 'second'),
    all.slice(0, 1),
  )
  await assert.rejects(list(), /refuses the credentials/)
  assert.deepEqual(shown(), ['', 'first'])
})
