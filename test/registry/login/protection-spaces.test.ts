import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { demandOf, parseChallenges, type Demand } from '../../../src/registry/login/challenge.ts'
import { createProtectionSpaces, isSameDemand } from '../../../src/registry/login/protection-spaces.ts'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { basicOf } from '../../servers/registry-dialects/basic.ts'
import type { Dialect, DialectAnswer, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const list: DialectAnswer = { body: { tags: ['1.0'] } }
const asks = (challenge: string, status = 401): DialectAnswer => ({
  status,
  headers: { 'www-authenticate': challenge },
})
const basic = asks('Basic realm="r"')

type Other = (request: DialectRequest, server: { readonly url: string }) => DialectAnswer | undefined

/** What is said of one repository alone. */
const about =
  (repository: string, answer: Other): Other =>
  (request, server) =>
    request.path.startsWith(`/v2/${repository}/`) ? answer(request, server) : undefined

/** Basic for every repository but those of which `other` says something else. */
const basicBut =
  (other: Other = () => undefined): Dialect =>
  (request, server) =>
    other(request, server) ?? (request.authorization === basicOf(ann) ? list : basic)

/** The name of the repository that a request is about, or a token. */
function nameIn({ path, query }: DialectRequest): string {
  const scope = new URLSearchParams(query).get('scope')
  return scope === null ? (path.split('/')[2] ?? '') : (scope.split(':')[1] ?? '')
}

/** A token for each repository, from one server, but for what `other` says something else of. */
const tokensBut =
  (other: Other = () => undefined): Dialect =>
  (request, server) => {
    const said = other(request, server)
    if (said !== undefined) return said
    const name = nameIn(request)
    if (request.path === '/token')
      return request.authorization === basicOf(ann) ? { body: { token: `for-${name}` } } : { status: 401 }
    return request.authorization === `Bearer for-${name}` ? list : asks(bearer(server.url, name))
  }

const bearer = (url: string, name: string, path = '/token'): string =>
  `Bearer realm="${url}${path}",service="s",scope="repository:${name}:pull"`

async function open(t: TestContext, dialect: Dialect) {
  const server = await useDialect(t, dialect)
  const { authorized, clock } = openHttp(t)
  const look = (repository: string, more: Partial<RepositoryAccess> = {}) =>
    listTags(authorized, accessTo(server.host, { repository, credentials: ann, ...more }))
  const told = () =>
    server.requests
      .splice(0)
      .map(
        (request) =>
          `${nameIn(request)}${request.path.includes('token') ? "'s token" : ''} ${request.authorization?.split(' ')[0] ?? '-'}`,
      )
  const learn = async (): Promise<void> => {
    for (const repository of ['a', 'b']) await look(repository)
    told()
  }
  return { server, clock, look, told, learn }
}

test('Basic: what a registry demanded for two repositories, and let in, is shown for its others at once', async (t) => {
  const { look, told } = await open(t, basicBut())
  for (const repository of ['a', 'b', 'c', 'd']) await look(repository)
  assert.deepEqual(told(), ['a -', 'a Basic', 'b -', 'b Basic', 'c Basic', 'd Basic'])
})

test('tokens: they are got at once for the others of a registry with one token server', async (t) => {
  const { look, told } = await open(t, tokensBut())
  for (const repository of ['a', 'b', 'c']) await look(repository)
  const steps = (name: string) => [`${name}'s token Basic`, `${name} Bearer`]
  assert.deepEqual(told(), ['a -', ...steps('a'), 'b -', ...steps('b'), ...steps('c')])
  await look('c')
  assert.deepEqual(told(), ['c Bearer'])
})

const others: readonly (readonly [name: string, more: Partial<RepositoryAccess>])[] = [
  ['another login', { credentials: { username: 'bob', password: 'x' } }],
  ['nobody', { credentials: undefined }],
  ['who trusts another authority', { tls: { id: 'other', ca: undefined, client: undefined } }],
  ['who goes another way', { way: { id: 'other', https: undefined, http: undefined, noProxy: '' } }],
]
for (const [kind, dialect] of [
  ['Basic', basicBut()],
  ['tokens', tokensBut()],
] as const)
  for (const [name, more] of others)
    test(`${kind}: and not by ${name}`, async (t) => {
      const { look, told, learn } = await open(t, dialect)
      await learn()
      await look('c', more).catch(() => undefined)
      assert.equal(told()[0], 'c -')
    })

const differences: readonly (readonly [name: string, dialect: Dialect, first: string])[] = [
  ['Basic realms', ({ path, authorization }) => (authorization ? list : asks(`Basic realm="${path}"`)), 'd -'],
  [
    'token servers',
    tokensBut((request, { url }) => {
      const name = nameIn(request)
      if (request.path.endsWith('/token')) return { body: { token: `for-${name}` } }
      return request.authorization === undefined ? asks(bearer(url, name, `/${name}/token`)) : undefined
    }),
    'd -',
  ],
  [
    'scopes of another kind',
    ({ path, authorization }, { url }) => {
      if (path === '/token') return { body: { token: 't' } }
      return authorization === undefined
        ? asks(`Bearer realm="${url}/token",scope="repository(plugin):${path}:pull"`)
        : list
    },
    'd -',
  ],
]
for (const [name, dialect, first] of differences)
  test(`where repositories differ by ${name}, each is asked what it demands`, async (t) => {
    const { look, told } = await open(t, dialect)
    for (const repository of ['a', 'b', 'c']) await look(repository)
    told()
    assert.deepEqual(await look('d'), ['1.0'])
    assert.equal(told()[0], first)
  })

test("a cloud's next login is shown unasked as the one before it", async (t) => {
  let password = 'one'
  const { look, told } = await open(t, ({ authorization }) =>
    authorization === basicOf({ username: 'AWS', password }) ? list : basic,
  )
  const asCloud = (repository: string) =>
    look(repository, { credentials: { username: 'AWS', password }, credentialId: 'aws' })
  for (const repository of ['a', 'b', 'c']) await asCloud(repository)
  password = 'two'
  told()
  await Promise.all(['c', 'd', 'e'].map(asCloud))
  assert.deepEqual(told(), ['c Basic', 'd Basic', 'e Basic'])
})

for (const [kind, dialectBut] of [
  ['Basic', basicBut],
  ['tokens', tokensBut],
] as const)
  test(`${kind}: nothing is shown unasked while the login is in doubt: what is open to everybody stays open`, async (t) => {
    let right = true
    const { look, told, learn, clock } = await open(
      t,
      dialectBut((request) => {
        if (request.path.startsWith('/v2/open/')) return list
        return right || request.authorization === undefined ? undefined : { ...basic, headers: {} }
      }),
    )
    await learn()
    right = false
    clock.advance(3_600_000)
    await assert.rejects(look('a'), { reason: 'RegistryAuthFailed' })
    told()
    assert.deepEqual(await look('open'), ['1.0'])
    assert.deepEqual(told(), ['open -'])
  })

for (const status of [401, 403, 404])
  test(`what answers ${status} to a login that it did not ask for is asked without`, async (t) => {
    const open_ = about('open', ({ authorization }) => (authorization === undefined ? list : { ...basic, status }))
    const { look, told, learn } = await open(t, basicBut(open_))
    await learn()
    assert.deepEqual(await look('open'), ['1.0'])
    assert.deepEqual(told(), ['open Basic', 'open -'])
    assert.deepEqual(await look('open'), ['1.0'])
    assert.deepEqual(told(), ['open -'], 'and from then on at once')
    await look('c')
    assert.deepEqual(told(), ['c Basic'], 'and the login is as good as before')
  })

test('a repository that refuses a login is asked what it demands, and is not shown it a second time', async (t) => {
  const { look, told, learn } = await open(t, basicBut(about('secret', () => basic)))
  await learn()
  await assert.rejects(look('secret'), { reason: 'RegistryAuthFailed' })
  assert.deepEqual(told(), ['secret Basic', 'secret -'])
})

test('one that its token opens not is asked what it demands, and gets no second token', async (t) => {
  const secret = about('secret', ({ authorization }, { url }) =>
    // As Harbor says it.
    authorization === undefined ? asks(bearer(url, 'secret')) : basic,
  )
  const { look, told, learn } = await open(t, tokensBut(secret))
  await learn()
  await assert.rejects(look('secret'), { reason: 'RegistryAuthFailed' })
  assert.deepEqual(told(), ["secret's token Basic", 'secret Bearer', 'secret -'])
})

const elsewhere: readonly (readonly [name: string, answer: DialectAnswer])[] = [
  ['refuses', { status: 401 }],
  ['does not know it', { status: 404 }],
  ['is down', { status: 503 }],
  ['gives one that opens nothing', { body: { token: 'other' } }],
]
for (const [name, answer] of elsewhere)
  test(`a repository with a token server of its own is let in by that, where the token server of the others ${name}`, async (t) => {
    const { look, learn } = await open(
      t,
      tokensBut((request, { url }) => {
        if (nameIn(request) !== 'own') return undefined
        if (request.path === '/token') return answer
        if (request.path === '/own/token') return { body: { token: 'own' } }
        return request.authorization === 'Bearer own' ? list : asks(bearer(url, 'own', '/own/token'))
      }),
    )
    await learn()
    assert.deepEqual(await look('own'), ['1.0'])
  })

test('a registry that demands tokens for one repository is shown no password unasked any more', async (t) => {
  const withTokens = tokensBut()
  const { look, told, learn } = await open(
    t,
    basicBut((request, server) =>
      nameIn(request) === 'mixed' ? (withTokens(request, { host: '', ...server }) ?? undefined) : undefined,
    ),
  )
  await learn()
  assert.deepEqual(await look('mixed'), ['1.0'])
  await look('c')
  assert.deepEqual(told(), ['mixed Basic', 'mixed -', "mixed's token Basic", 'mixed Bearer', 'c -', 'c Basic'])
})

const demandIn = (challenge: string): Demand => {
  const demand = demandOf(parseChallenges(challenge), new URL('https://r.io/'))
  assert.ok(demand !== undefined)
  return demand
}

test('one repository alone says nothing of others, however often', () => {
  const spaces = createProtectionSpaces()
  const demand = demandIn('Basic realm="r"')
  for (const _ of [1, 2, 3]) spaces.met(accessTo('r.io'), demand)
  assert.equal(spaces.demandFor(accessTo('r.io', { repository: 'other' })), undefined)
  spaces.met(accessTo('r.io', { repository: 'second' }), demand)
  assert.deepEqual(spaces.demandFor(accessTo('r.io', { repository: 'other' })), demand)
  assert.equal(spaces.demandFor(accessTo('r.io', { repository: 'other', insecure: false })), undefined)
})

test('a registry that demanded a token of anybody is shown no password unasked, whether that was met or not', () => {
  const spaces = createProtectionSpaces()
  for (const repository of ['a', 'b']) spaces.met(accessTo('r.io', { repository }), demandIn('Basic realm="r"'))
  const access = accessTo('r.io', { repository: 'other' })
  spaces.demanded(accessTo('r.io', { repository: 'c' }), demandIn('Basic realm="r"'))
  assert.equal(spaces.demandFor(access)?.kind, 'basic')
  spaces.demanded(accessTo('r.io', { repository: 'c', credentials: ann }), demandIn('Bearer realm="/t"'))
  assert.equal(spaces.demandFor(access), undefined)
})

const pairs: readonly (readonly [one: string, other: string, same: boolean])[] = [
  ['Basic realm="r"', 'Basic realm="r"', true],
  ['Basic realm="r"', 'Basic realm="s"', false],
  ['Bearer realm="/t",scope="repository:a:pull"', 'Bearer realm="/t",scope="repository:b:pull,push"', true],
  ['Bearer realm="/t"', 'Bearer realm="/t",service="s"', false],
  ['Bearer realm="/t"', 'Bearer realm="/u"', false],
  ['Bearer realm="/t",scope="aws"', 'Bearer realm="/t",scope="aws"', false],
  ['Bearer realm="/t"', 'Basic realm="/t"', false],
]
for (const [one, other, same] of pairs)
  test(`${one} and ${other} are ${same ? '' : 'not '}met by the same`, () =>
    assert.equal(isSameDemand(demandIn(one), demandIn(other)), same))
