import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import type { Demand } from '../../../src/registry/login/challenge.ts'
import { createLoginTurns } from '../../../src/registry/login/login-turns.ts'
import { createTokens } from '../../../src/registry/login/token.ts'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import type { DialectAnswer, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const fail = (): never => assert.fail('no request')

async function open(
  t: TestContext,
  answer: (count: number, request: DialectRequest) => DialectAnswer = (count) => ({ body: { token: `t${count}` } }),
) {
  let count = 0
  const server = await useDialect(t, (request) => answer(++count, request))
  const { http, clock } = openHttp(t)
  const tokens = createTokens({ http, turns: createLoginTurns(clock.now), now: clock.now })
  const realm = new URL(`${server.url}/token`)
  const demand: Extract<Demand, { kind: 'bearer' }> = { kind: 'bearer', realm, service: 'registry', scopes: [] }
  const given = (more: Partial<RepositoryAccess> = {}, asked: Partial<typeof demand> = {}) =>
    tokens.get({ access: accessTo(server.host, more), demand: { ...demand, ...asked } })
  const get = async (...asked: Parameters<typeof given>) => {
    const { token, fresh, judge } = await given(...asked)
    judge('nothing')
    return { token, fresh }
  }
  return { server, clock, tokens, demand, given, get }
}

test('many who want the same token share one request', async (t) => {
  const { get, server } = await open(t)
  const answers = await Promise.all(Array.from({ length: 50 }, () => get()))
  assert.ok(answers.every(({ token, fresh }) => token === 't1' && fresh))
  assert.equal(server.requests.length, 1)
  assert.deepEqual(await get(), { token: 't1', fresh: false })
})

test('a token is kept for no longer than it lasts by a clock that is put back', async (t) => {
  const { get, clock } = await open(t)
  await get()
  clock.advance(-3_600_000)
  assert.deepEqual(await get(), { token: 't1', fresh: false })
  clock.advance(60_000)
  assert.deepEqual(await get(), { token: 't2', fresh: true })
})

test('a token is for one realm, service, repository and credential', async (t) => {
  const { get, server } = await open(t)
  await get()
  await get({ repository: 'other' })
  await get({ credentials: { username: 'ann', password: 'x' } })
  await get({}, { service: 'other' })
  await get({}, { realm: new URL(`${server.url}/token?account=ann`) })
  await get({}, { scopes: ['*'] })
  assert.deepEqual(
    server.requests.map(({ path, query }) => `${path}${query}`),
    [
      '/token?service=registry&scope=repository%3Ashop%2Fweb%3Apull',
      '/token?service=registry&scope=repository%3Aother%3Apull',
      '/token?service=registry&scope=repository%3Ashop%2Fweb%3Apull',
      '/token?service=other&scope=repository%3Ashop%2Fweb%3Apull',
      '/token?account=ann&service=registry&scope=repository%3Ashop%2Fweb%3Apull',
      '/token?service=registry&scope=*',
    ],
  )
})

for (const [host, dialect, actions] of [
  ['shop.azurecr.io', {}, 'pull,metadata_read,content_read'],
  ['shop.azurecr.cn', {}, 'pull,metadata_read,content_read'],
  ['images.example.com', { listing: 'acr' }, 'pull,metadata_read,content_read'],
  ['shop.azurecr.io.example.com', {}, 'pull'],
  ['ghcr.io', {}, 'pull'],
] as const)
  test(`a token for ${host} with ${JSON.stringify(dialect)} is to allow ${actions}`, async (t) => {
    const { server, tokens, demand } = await open(t)
    await tokens.get({ demand, access: accessTo(host, { dialect }) })
    assert.equal(new URLSearchParams(server.requests[0]?.query).get('scope'), `repository:shop/web:${actions}`)
  })

const identity = { username: 'ann', identityToken: 'canary+/=' }

test('an identity token is exchanged by POST, and stands in no address', async (t) => {
  const { get, server } = await open(t)
  await get({ credentials: identity })
  const [{ method, path, query, authorization, body, headers } = fail()] = server.requests
  assert.deepEqual([method, path, query, authorization], ['POST', '/token', '', undefined])
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: 'refresh_token',
    refresh_token: 'canary+/=',
    client_id: 'image-update-operator',
    scope: 'repository:shop/web:pull',
    service: 'registry',
  })
})

for (const status of [404, 405])
  test(`a server that answers POST with ${status} gets the identity token as a password`, async (t) => {
    const { get, server } = await open(t, (count) => (count === 1 ? { status } : { body: { token: 't' } }))
    assert.equal((await get({ credentials: identity })).token, 't')
    const shown = server.requests.map(({ method, authorization }) => [method, authorization])
    assert.deepEqual(shown, [
      ['POST', undefined],
      ['GET', `Basic ${Buffer.from('ann:canary+/=').toString('base64')}`],
    ])
  })

test('an identity token follows no redirect, not even to the same server', async (t) => {
  const { get, server } = await open(t, () => ({ status: 307, headers: { location: '/elsewhere' } }))
  await assert.rejects(get({ credentials: identity }), /redirects a login; that is not followed$/)
  assert.equal(server.requests.length, 1)
})

for (const answer of [
  { status: 401, body: { details: 'canary+/=' } },
  { status: 400, body: { error: 'invalid_grant', error_description: 'canary+/=' } },
])
  test(`an identity token that is refused by ${answer.status} is told without it, and shown for three repositories`, async (t) => {
    const { get, server } = await open(t, () => answer)
    const all = ['a', 'b', 'c', 'd', 'e'].map(async (repository) => {
      await assert.rejects(get({ repository, credentials: identity }), (error) => {
        assert.ok(error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
        assert.doesNotMatch(error.message, /canary/)
        return true
      })
    })
    await Promise.all(all)
    assert.equal(server.requests.length, 3)
  })

test('a token of who trusts another authority is another one', async (t) => {
  const { get, server } = await open(t)
  const tls = (id: string) => ({ id, ca: undefined, client: undefined })
  for (const id of ['a', 'b', 'a']) await get({ tls: tls(id) })
  assert.equal(server.requests.length, 2)
})

const lives: readonly (readonly [reply: object, seconds: number])[] = [
  [{ token: 't', expires_in: 300 }, 240],
  [{ access_token: 't' }, 48],
  [{ token: 't', expires_in: 5 }, 48],
  [{ token: 't', expires_in: 1e9 }, 2880],
  [{ token: 't', expires_in: '300' }, 48],
  [{ token: '', access_token: 't', expires_in: 300, issued_at: '2001-01-01T00:00:00Z' }, 240],
]

for (const [reply, seconds] of lives)
  test(`the token of ${JSON.stringify(reply)} is kept for ${seconds} s`, async (t) => {
    const { get, clock } = await open(t, () => ({ body: reply }))
    await get()
    clock.advance(seconds * 1000 - 1)
    assert.deepEqual(await get(), { token: 't', fresh: false })
    clock.advance(1)
    assert.deepEqual(await get(), { token: 't', fresh: true })
  })

test('a token that the registry refuses is forgotten, and not the one that came after it', async (t) => {
  const { get, given, server } = await open(t)
  const [one, same] = [await given(), await given()]
  one.judge('passed')
  assert.equal((await get()).fresh, false)
  one.judge('refused')
  assert.deepEqual(await get(), { token: 't2', fresh: true })
  same.judge('refused')
  assert.deepEqual(await get(), { token: 't2', fresh: false })
  assert.equal(server.requests.length, 2)
})

const failures: readonly (readonly [name: string, answer: DialectAnswer, reason: string, message: RegExp])[] = [
  ['401', { status: 401 }, 'RegistryAuthFailed', /HTTP 401 of 127/],
  ['403', { status: 403 }, 'RegistryAuthFailed', /HTTP 403 of 127/],
  ['400', { status: 400, body: { error: 'invalid_request' } }, 'RegistryProtocolError', /without a token \(HTTP 400\)/],
  ['404', { status: 404 }, 'RegistryProtocolError', /answers without a token \(HTTP 404\)/],
  ['no token', { body: {} }, 'RegistryProtocolError', /without a token \(HTTP 200\)/],
  ['no JSON', { body: '<html>' }, 'RegistryProtocolError', /without a token/],
  ['null', { body: 'null' }, 'RegistryProtocolError', /without a token/],
  ['a token that is two lines', { body: { token: 'a\r\nb' } }, 'RegistryProtocolError', /without a token/],
  ['far too much', { body: { token: 'x'.repeat(100_000) } }, 'RegistryProtocolError', /sends more than 64 KiB/],
  ['429', { status: 429, headers: { 'retry-after': '60' } }, 'RegistryRateLimited', /60 s/],
]

for (const [name, answer, reason, message] of failures)
  test(`a token server that answers ${name}`, async (t) => {
    const { get } = await open(t, () => answer)
    await assert.rejects(
      get(),
      (error) => error instanceof ReconcileError && error.reason === reason && message.test(error.message),
    )
  })

const ann = { username: 'ann', password: 'x' }
const shownBy = ({ username, password }: typeof ann) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

test('a wrong password is shown for three repositories in half a minute, and for no more; another one, and nobody, are not kept from asking', async (t) => {
  const { get, server, clock } = await open(t, (_, { authorization }) =>
    authorization === shownBy(ann) ? { status: 401 } : { body: { token: 't' } },
  )
  const refused = async (repository: string) =>
    await assert.rejects(get({ repository, credentials: ann }), (error) => {
      assert.ok(error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
      assert.match(error.message, new RegExp(`/${repository} refuses the credentials \\(HTTP 401 of 127`))
      return true
    })
  for (const repository of ['a', 'a', 'b', 'c', 'd', 'e', 'a']) await refused(repository)
  assert.equal(server.requests.length, 3)
  assert.equal((await get({ repository: 'a', credentials: { ...ann, password: 'y' } })).token, 't')
  assert.equal((await get({ repository: 'a' })).token, 't')
  clock.advance(30_000)
  for (const repository of ['d', 'a', 'b']) await refused(repository)
  assert.equal(server.requests.length, 6, 'once in each half a minute from then on')
})

test('a token server that says 401 for what the password may not see keeps nobody from the rest', async (t) => {
  const { get, server, clock } = await open(t, (_, { query }) =>
    query.includes('secret') ? { status: 401 } : { body: { token: 't' } },
  )
  for (const [round, secret] of ['secret', 'secret', 'secret2', 'secret3', 'secret'].entries()) {
    await assert.rejects(get({ repository: secret, credentials: ann }), { reason: 'RegistryAuthFailed' })
    assert.equal((await get({ repository: `open${round}`, credentials: ann })).token, 't')
    clock.advance(30_000)
  }
  assert.equal(server.requests.length, 10)
})

const nobodys = ['{}', '{"sub":""}', 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.')

test("what came of the token of nobody is waited for, unlike of one that is somebody's", async (t) => {
  let token = nobodys
  const { given, server } = await open(t, () => ({ body: { token } }))
  const shown = () => server.requests.filter(({ authorization }) => authorization !== undefined).length
  const first = await given({ repository: 'a', credentials: ann })
  const others = ['b', 'c', 'd'].map((repository) => given({ repository, credentials: ann }))
  await given({ repository: 'anonymous' })
  assert.equal(shown(), 1)
  first.judge('passed')
  await Promise.all(others)
  assert.equal(shown(), 4)
  token = 'opaque'
  const bob = { username: 'bob', password: 'y' }
  await Promise.all(['a', 'b', 'c'].map((repository) => given({ repository, credentials: bob })))
  assert.equal(shown(), 7)
})

test('tokens of nobody that open nothing are got by three repositories, one after the other', async (t) => {
  const { given, server } = await open(t, () => ({ body: { token: nobodys } }))
  const all = ['a', 'b', 'c', 'd', 'e'].map(async (repository) => {
    const { judge } = await given({ repository, credentials: ann })
    judge('refused')
  })
  const ends = await Promise.allSettled(all)
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  assert.equal(server.requests.length, 3)
})

test('who may not see one repository (403) may ask for another', async (t) => {
  const { get } = await open(t, (_, { query }) =>
    query.includes('secret') ? { status: 403 } : { body: { token: 't' } },
  )
  await assert.rejects(get({ repository: 'secret', credentials: ann }), { reason: 'RegistryAuthFailed' })
  assert.equal((await get({ repository: 'open', credentials: ann })).token, 't')
})

test('a token server without HTTPS gets nothing from a registry with it', async (t) => {
  const { get, server } = await open(t)
  await assert.rejects(
    get({ insecure: false, credentials: { username: 'ann', password: 'x' } }),
    /names a token server without HTTPS/,
  )
  assert.equal(server.requests.length, 0)
})

const forbidden: readonly (readonly [realm: string, reason: string, message: string])[] = [
  [
    'https://169.254.169.254/token',
    'HostNotAllowed',
    'leads to a token server that may not be asked: 169.254.169.254 is a loopback or link-local address and is not in --allowed-registries',
  ],
  [
    'https://auth.example.com/token',
    'HostNotAllowed',
    'leads to a token server that may not be asked: auth.example.com is not in --allowed-registries',
  ],
  ['data:,token', 'RegistryProtocolError', 'names a token server without HTTPS (data://); nothing was sent to it'],
  ['file:///token', 'RegistryProtocolError', 'names a token server without HTTPS (file://); nothing was sent to it'],
]
for (const [realm, reason, message] of forbidden)
  test(`the realm ${realm} is refused, told beside the registry that names it, and looked at again at the interval`, async (t) => {
    const { get, server } = await open(t)
    await assert.rejects(get({}, { realm: new URL(realm) }), {
      reason,
      message: `${server.host} ${message}`,
      retry: { kind: 'interval' },
    })
  })

test('a token server that redirects elsewhere does not take the credentials along', async (t) => {
  const elsewhere = await useDialect(t, () => ({ body: { token: 'x' } }))
  const { get, server } = await open(t, () => ({ status: 307, headers: { location: `${elsewhere.url}/token` } }))
  await get({ credentials: { username: 'ann', password: 'x' } })
  assert.match(server.requests[0]?.authorization ?? '', /^Basic /)
  assert.equal(elsewhere.requests[0]?.authorization, undefined)
})
