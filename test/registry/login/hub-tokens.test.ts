import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createHostGuard } from '../../../src/http/host-guard.ts'
import { parseTls } from '../../../src/http/tls-settings.ts'
import type { HttpClient } from '../../../src/registry/wire/http.ts'
import { createHubTokens } from '../../../src/registry/login/hub-tokens.ts'
import { createAuthority, issueCertificate } from '../../servers/certificate.ts'
import { startConnectProxy } from '../../servers/connect-proxy.ts'
import { basicOf, withBasic } from '../../servers/registry-dialects/basic.ts'
import { hubListing, hubLogin } from '../../servers/registry-dialects/listing.ts'
import type { Dialect, DialectAnswer, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { digestsOf, stocked } from '../../servers/registry-dialects/stock.ts'
import { accessTo, openHttp, openScans, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'very-secret-canary' }
const minute = 60_000
const jwt = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'signed'].map((part) => Buffer.from(part).toString('base64url')).join('.')

/** Tokens of a Docker Hub on this machine. */
async function open(t: TestContext, answer: () => DialectAnswer) {
  const server = await useDialect(t, answer)
  const { http, clock } = openHttp(t)
  const asked: string[] = []
  const routed: HttpClient = {
    send: async (request) => {
      asked.push(request.url.href)
      return await http.send({ ...request, url: new URL(request.url.pathname, server.url) })
    },
  }
  const tokens = createHubTokens({ http: routed, now: clock.now })
  return { server, clock, asked, get: (credentials?: typeof ann) => tokens.get(accessTo('docker.io', { credentials })) }
}

const lives: readonly (readonly [name: string, token: string, minutes: number])[] = [
  ['says nothing of it: ten minutes', 'opaque', 8],
  ['lasts five minutes by its own clock', jwt({ iat: 7, exp: 307 }), 4],
  ['lasts a month: an hour at most', jwt({ iat: 0, exp: 2_592_000 }), 48],
  ['ends before it begins', jwt({ iat: 10, exp: 5 }), 8],
]
for (const [name, token, minutes] of lives)
  test(`a token is got by user name and password, shared, and kept for most of its life; one that ${name}`, async (t) => {
    const { server, clock, asked, get } = await open(t, () => ({ body: { access_token: token } }))
    assert.deepEqual(await Promise.all([get(ann), get(ann), get(ann)]), [token, token, token])
    assert.deepEqual(asked, ['https://hub.docker.com/v2/auth/token'])
    const [{ method, authorization, body, headers } = assert.fail()] = server.requests
    assert.deepEqual([method, authorization, headers['content-type']], ['POST', undefined, 'application/json'])
    assert.deepEqual(JSON.parse(body), { identifier: 'ann', secret: ann.password })
    clock.advance(minutes * minute - 1)
    await get(ann)
    assert.equal(asked.length, 1)
    clock.advance(1)
    await get(ann)
    assert.equal(asked.length, 2)
    await get({ ...ann, password: 'other' })
    assert.equal(asked.length, 3, 'another password is another login')
  })

const closed: DialectAnswer = { status: 429, headers: { 'x-retry-after': `${Date.UTC(2026, 5, 1) / 1000 + 30}` } }
const failures: readonly (readonly [name: string, minutes: number, answer: DialectAnswer])[] = [
  ['refuses', 60, { status: 401, body: { detail: 'Incorrect authentication credentials' } }],
  ['wants a second factor', 60, { status: 401, body: { login_2fa_token: 'x' } }],
  ['says nothing', 60, { body: {} }],
  ['says something else', 60, { body: { access_token: 'two words' } }],
  ['speaks no JSON', 60, { body: '<html>' }],
  ['speaks of nothing', 60, { body: 'null' }],
  ['redirects', 60, { status: 307, headers: { location: 'https://login.example.com/' } }],
]
const outages: readonly (readonly [name: string, reason: string, answer: DialectAnswer])[] = [
  ['is down', 'RegistryUnavailable', { status: 503 }],
  ['breaks off', 'ScanIncomplete', { body: { access_token: 'abc' }, cut: 3 }],
  ['asks for a pause', 'RegistryRateLimited', closed],
]
for (const [name, minutes, answer] of failures)
  test(`where Docker Hub ${name}, there is no token, and nobody knocks again for ${minutes} min`, async (t) => {
    const { clock, asked, get } = await open(t, () => answer)
    assert.equal(await get(ann), undefined)
    clock.advance(minutes * minute - 1)
    assert.equal(await get(ann), undefined)
    assert.equal(asked.length, 1)
    clock.advance(1)
    await get(ann)
    assert.equal(asked.length, 2)
  })

test('a clock that is put back makes nobody wait longer', async (t) => {
  const { clock, asked, get } = await open(t, () => ({ status: 401 }))
  await get(ann)
  clock.advance(-60 * minute)
  await get(ann)
  assert.equal(asked.length, 1)
  clock.advance(60 * minute)
  await get(ann)
  assert.equal(asked.length, 2)
})

for (const [name, reason, answer] of outages)
  test(`where Docker Hub ${name}, that is told, and nobody knocks again for a minute`, async (t) => {
    const { clock, asked, get } = await open(t, () => answer)
    await assert.rejects(get(ann), { reason })
    clock.advance(minute - 1)
    await assert.rejects(get(ann), { reason })
    assert.equal(asked.length, 1)
    clock.advance(1)
    await assert.rejects(get(ann), { reason })
    assert.equal(asked.length, 2)
  })

test('and one that can be reached again gives tokens again', async (t) => {
  let answer: DialectAnswer = { status: 503 }
  const { clock, get } = await open(t, () => answer)
  await assert.rejects(get(ann), { reason: 'RegistryUnavailable' })
  answer = { body: { access_token: 'a' } }
  clock.advance(minute)
  assert.equal(await get(ann), 'a')
})

test('what goes wrong unforeseen is told, kept for nobody, and no end of the process', async (t) => {
  const { http, clock } = openHttp(t)
  let sends = 0
  const faulty: HttpClient = { send: () => ((sends += 1), Promise.reject(new TypeError('unforeseen'))) }
  const tokens = createHubTokens({ http: { ...http, ...faulty }, now: clock.now })
  for (const _ of [1, 2]) await assert.rejects(tokens.get(accessTo('docker.io', { credentials: ann })), TypeError)
  assert.equal(sends, 2)
})

test('without user name and password nothing is asked', async (t) => {
  const { asked, get } = await open(t, () => ({ body: { access_token: 'a' } }))
  assert.equal(await get(undefined), undefined)
  assert.deepEqual(asked, [])
})

const images = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [`1.${i}`, `2026-01-${String(i + 1).padStart(2, '0')}T00:00:00Z`]),
)
const hosts = ['registry-1.docker.io', 'hub.docker.com']
const authority = createAuthority('authority')
const pair = issueCertificate(authority, { commonName: 'hub', hosts })
const tls = parseTls({ ca: Buffer.from(authority.certificate) })

/** Docker Hub, its registry and its own API, behind a proxy that leads there whatever the name. */
async function openHub(t: TestContext, hub: Dialect) {
  const registry = withBasic('Basic realm="r"', basicOf(ann), stocked({ images }))
  const server = await useDialect(
    t,
    (request, self) => (request.headers.host === 'hub.docker.com' ? hub(request, self) : registry(request, self)),
    pair,
  )
  const proxy = await startConnectProxy({ port: Number(server.host.split(':')[1]) })
  t.after(() => proxy.stop())
  const ownProxy = { https: proxy.url, http: undefined, noProxy: '' }
  const guard = createHostGuard({ allowed: [], flag: '--allowed-registries', ownProxy })
  t.after(() => guard.close())
  const { scans, clock } = openScans(t, undefined, guard)
  assert.ok(tls.ok)
  const access = accessTo('docker.io', { repository: 'web', insecure: false, tls: tls.value, credentials: ann })
  const look = async () => {
    const { tags } = await scans.tags(access, { notBefore: clock.now() })
    const metadata = await scans.metadata(access, tags, { notBefore: clock.now() })
    clock.advance(30_000)
    return new Map(tags.map((tag) => [tag, metadata.get(tag)?.digest]))
  }
  const isHubs = ({ headers }: DialectRequest): boolean => headers.host === 'hub.docker.com'
  const told = () => server.requests.splice(0)
  return { look, hubs: (all: readonly DialectRequest[]) => all.filter(isHubs), told }
}

const headsIn = (all: readonly DialectRequest[]): number => all.filter(({ method }) => method === 'HEAD').length

test("a private repository of Docker Hub is listed by whoever logs in, and the registry's password goes to the login alone", async (t) => {
  const { look, hubs, told } = await openHub(t, hubLogin(ann, hubListing(images, 5)))
  assert.deepEqual(await look(), digestsOf(images))
  const first = told()
  assert.equal(headsIn(first), 0)
  assert.deepEqual(
    hubs(first).map(({ method, path, authorization }) => [method, path.split('/').at(-1), authorization]),
    [
      ['GET', 'tags', undefined],
      ['POST', 'token', undefined],
      ...Array.from({ length: 3 }, () => ['GET', 'tags', 'Bearer hub-token']),
    ],
  )
  await look()
  const later = told()
  assert.equal(headsIn(later), 0)
  assert.deepEqual(
    hubs(later).map(({ authorization }) => authorization),
    [undefined, 'Bearer hub-token'],
  )
})

test('a public one is listed without a login, though there are credentials', async (t) => {
  const { look, hubs, told } = await openHub(t, hubListing(images, 5))
  await look()
  assert.deepEqual(new Set(hubs(told()).map(({ authorization }) => authorization)), new Set([undefined]))
})

for (const [name, hub] of [
  ['gives no token', hubLogin({ ...ann, password: 'other' }, hubListing(images, 5))],
  ['gives one that opens nothing', hubLogin(ann, () => ({ status: 403, body: { message: 'forbidden' } }))],
  [
    'redirects whoever shows one',
    hubLogin(ann, () => ({ status: 302, headers: { location: 'https://hub.docker.com/x' } })),
  ],
] as const)
  test(`where Docker Hub ${name}, the registry is asked tag by tag`, async (t) => {
    const { look, hubs, told } = await openHub(t, hub)
    assert.deepEqual(await look(), digestsOf(images))
    const first = told()
    assert.equal(headsIn(first), 12)
    assert.ok(hubs(first).length <= 3)
    await look()
    assert.deepEqual(hubs(told()), [], 'and the listing is left alone')
  })

test('where the login at Docker Hub gets no answer, the listing is tried again after a minute as the login is', async (t) => {
  let isDown = true
  const whole = hubLogin(ann, hubListing(images, 5))
  const { look, hubs, told } = await openHub(t, (request, server) =>
    isDown && request.method === 'POST' ? { status: 503 } : whole(request, server),
  )
  assert.deepEqual(await look(), digestsOf(images))
  assert.equal(headsIn(told()), 12)
  isDown = false
  await look()
  assert.deepEqual(hubs(told()), [])
  assert.deepEqual(await look(), digestsOf(images))
  const later = told()
  assert.equal(headsIn(later), 0)
  assert.ok(hubs(later).length > 0)
})
