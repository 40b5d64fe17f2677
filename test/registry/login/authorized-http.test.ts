import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { withBasic } from '../../servers/registry-dialects/basic.ts'
import { ecrPublic } from '../../servers/registry-dialects/ecr-public.ts'
import { ghcr } from '../../servers/registry-dialects/ghcr.ts'
import { gitea } from '../../servers/registry-dialects/gitea.ts'
import { harbor } from '../../servers/registry-dialects/harbor.ts'
import { paged } from '../../servers/registry-dialects/paging.ts'
import { proxied } from '../../servers/registry-dialects/proxied.ts'
import type { DialectAnswer } from '../../servers/registry-dialects/server.ts'
import { withTokens, type TokenDialect } from '../../servers/registry-dialects/tokens.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'pass:word' }
const annBasic = `Basic ${Buffer.from('ann:pass:word').toString('base64')}`
const inner = paged({ tags: ['1', '2', '3'], size: 2 })

async function open(t: TestContext, dialect: TokenDialect, more: Partial<RepositoryAccess> = {}) {
  const tokens = withTokens(dialect, inner)
  const server = await useDialect(t, tokens.dialect)
  const { authorized, clock } = openHttp(t)
  const access = accessTo(server.host, more)
  const steps = () =>
    server.requests
      .splice(0)
      .map(({ path, authorization }) => `${path.split('/').at(-1) || 'token'} ${authorization?.split(' ')[0] ?? '-'}`)
  return {
    tokens,
    server,
    clock,
    access,
    list: () => listTags(authorized, access),
    steps,
  }
}

const dialects: readonly (readonly [name: string, dialect: TokenDialect])[] = [
  ['Harbor', harbor('shop/web')],
  ['GHCR', ghcr('shop/web')],
  ['ECR Public', ecrPublic],
  ['Gitea', gitea],
  ['a proxy', proxied('shop/web')],
]

for (const [name, dialect] of dialects)
  test(`${name}: one token for all pages, kept until it expires`, async (t) => {
    const { list, steps, clock, tokens } = await open(t, dialect)
    assert.deepEqual(await list(), ['1', '2', '3'])
    assert.equal(steps().length, 4)
    assert.deepEqual(await list(), ['1', '2', '3'])
    assert.deepEqual(steps(), ['list Bearer', 'list Bearer'])
    assert.equal(tokens.issued(), 1)
    clock.advance(3_600_000)
    await list()
    assert.equal(tokens.issued(), 2)
  })

const faultyTokenServers: readonly (readonly [
  name: string,
  answer: DialectAnswer,
  reason: string,
  message: (tokenHost: string, host: string) => string,
])[] = [
  [
    'too many requests',
    { status: 429, headers: { 'retry-after': '60' } },
    'RegistryRateLimited',
    (host) => `${host} says there were too many requests (HTTP 429); it is asked again in 60 s`,
  ],
  [
    'a redirect to the link',
    { status: 307, headers: { location: 'http://169.254.169.254/token' } },
    'HostNotAllowed',
    (host, registry) =>
      `${registry} leads to a token server that may not be asked: ${host} redirects to where it may not lead: 169.254.169.254 is a loopback or link-local address and is not in --allowed-registries`,
  ],
  [
    'a web page',
    { body: '<html>' },
    'RegistryProtocolError',
    (host) => `the token server ${host} answers without a token (HTTP 200)`,
  ],
]

for (const [name, answer, reason, message] of faultyTokenServers)
  test(`a token server with ${name} is told by its own name, and its registry is not taken for it`, async (t) => {
    const tokenServer = await useDialect(t, () => answer)
    const server = await useDialect(t, (request, self) => {
      if (request.path.includes('/open/')) return inner(request, self)
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="${tokenServer.url}/token"` } }
    })
    const { authorized } = openHttp(t)
    const list = (repository: string) => listTags(authorized, accessTo(server.host, { repository, credentials: ann }))
    await assert.rejects(list('shop/web'), (error) => {
      assert.ok(error instanceof ReconcileError)
      assert.deepEqual([error.reason, error.message], [reason, message(tokenServer.host, server.host)])
      return true
    })
    assert.ok((await list('open/web')).length > 0)
    assert.deepEqual(new Set(tokenServer.requests.map(({ authorization }) => authorization)), new Set([annBasic]))
  })

test('a registry token is shown as it is, and no token server is asked', async (t) => {
  const tokens = withTokens(ghcr('shop/web'), inner)
  const server = await useDialect(t, (request, self) =>
    request.authorization === 'Bearer own' ? inner(request, self) : tokens.dialect(request, self),
  )
  const { authorized } = openHttp(t)
  const list = (registryToken: string) =>
    listTags(authorized, accessTo(server.host, { credentials: { registryToken } }))
  assert.deepEqual(await list('own'), ['1', '2', '3'])
  assert.equal(tokens.issued(), 0)
  await assert.rejects(list('other'), /refuses the credentials/)
  assert.equal(tokens.issued(), 0)
})

test('a token that was taken back is fetched anew, once, though Harbor asks for Basic then', async (t) => {
  const { list, steps, tokens } = await open(t, harbor('shop/web', annBasic), { credentials: ann })
  await list()
  steps()
  tokens.takeBackTokens()
  assert.deepEqual(await list(), ['1', '2', '3'])
  assert.deepEqual(steps(), ['list Bearer', 'token Basic', 'list Bearer', 'list Bearer'])
})

test('a token that opens nothing is not asked for again and again', async (t) => {
  const { list, steps } = await open(t, { ...harbor('shop/web'), scope: 'something else' })
  await assert.rejects(list(), (error) => error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
  assert.deepEqual(steps(), ['list -', 'token -', 'list Bearer'])
})

const known = { ...ghcr('shop/web'), authorization: annBasic }
const nobody = /can't be pulled without credentials .*registry\.secretRef/
const wrong: readonly (readonly [
  name: string,
  dialect: TokenDialect,
  credentials: typeof ann | undefined,
  message: RegExp,
])[] = [
  [
    'wrong credentials',
    known,
    { ...ann, password: 'canary' },
    /^127\.0\.0\.1:\d+\/shop\/web refuses the credentials \(HTTP 401 of 127\.0\.0\.1:\d+\)/,
  ],
  [
    'wrong credentials of Harbor',
    harbor('shop/web', annBasic),
    { ...ann, password: 'canary' },
    /^127\.0\.0\.1:\d+\/shop\/web refuses the credentials \(HTTP 401, UNAUTHORIZED\)/,
  ],
  ['no credentials', known, undefined, nobody],
  ['no credentials of Harbor', harbor('shop/web', annBasic), undefined, nobody],
]

for (const [name, dialect, credentials, message] of wrong)
  test(`${name} are told, and nobody falls back to being nobody`, async (t) => {
    const { list, steps } = await open(t, dialect, { credentials })
    await assert.rejects(list(), (error) => {
      assert.ok(error instanceof ReconcileError)
      assert.equal(error.reason, 'RegistryAuthFailed')
      assert.match(error.message, message)
      return !error.message.includes('canary')
    })
    const asked = ['list -', `token ${credentials ? 'Basic' : '-'}`]
    assert.deepEqual(steps(), dialect === known ? asked : [...asked, 'list Bearer'])
  })

test('Basic is shown only where it is asked for, and then at once', async (t) => {
  const server = await useDialect(t, (request, self) =>
    request.authorization === annBasic
      ? inner(request, self)
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
  )
  const { authorized } = openHttp(t)
  await listTags(authorized, accessTo(server.host, { credentials: ann }))
  await listTags(authorized, accessTo(server.host, { credentials: ann }))
  assert.deepEqual(
    server.requests.map(({ authorization }) => authorization),
    [undefined, annBasic, annBasic, annBasic, annBasic],
  )
})

const refusals: readonly (readonly [name: string, credentials: typeof ann | undefined, sends: number])[] = [
  ['Basic without credentials', undefined, 1],
  ['Basic with wrong ones', { ...ann, password: 'x' }, 2],
]

for (const [name, credentials, sends] of refusals)
  test(`${name} is refused once, and tried afresh the next time`, async (t) => {
    const server = await useDialect(t, () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }))
    const { authorized } = openHttp(t)
    const access = accessTo(server.host, { credentials })
    await assert.rejects(listTags(authorized, access), /credentials/)
    assert.equal(server.requests.length, sends)
    server.speak(inner)
    assert.deepEqual(await listTags(authorized, access), ['1', '2', '3'])
    assert.equal(server.requests[sends]?.authorization, undefined)
  })

test('a challenge that cannot be met', async (t) => {
  const server = await useDialect(t, () => ({
    status: 401,
    headers: { 'www-authenticate': 'Negotiate' },
    body: { errors: [{ code: 'DENIED' }] },
  }))
  const { authorized } = openHttp(t)
  await assert.rejects(
    listTags(authorized, accessTo(server.host, { credentials: ann })),
    /refuses the credentials \(HTTP 401, DENIED\)/,
  )
})

test('whoever a redirect leads to may not ask for credentials', async (t) => {
  const thief = await useDialect(t, ({ path }, { url }) =>
    path === '/token'
      ? { body: { token: 'x' } }
      : { status: 401, headers: { 'www-authenticate': `Bearer realm="${url}/token", Basic realm="x"` } },
  )
  const server = await useDialect(t, () => ({ status: 307, headers: { location: `${thief.url}/tags` } }))
  const { authorized } = openHttp(t)
  await assert.rejects(
    listTags(authorized, accessTo(server.host, { credentials: ann })),
    /redirects to http:.*, which asks for credentials/,
  )
  assert.deepEqual(
    thief.requests.map(({ path, authorization }) => [path, authorization]),
    [['/tags', undefined]],
  )
  assert.equal(server.requests.length, 1)
})

test('who refuses after a redirect says nothing of the token: it stays', async (t) => {
  const elsewhere = await useDialect(t, () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }))
  const { list, server, tokens } = await open(t, ghcr('shop/web'))
  await list()
  server.speak(() => ({ status: 307, headers: { location: `${elsewhere.url}/tags` } }))
  await assert.rejects(list(), { reason: 'RegistryProtocolError' })
  server.speak(tokens.dialect)
  await list()
  assert.equal(tokens.issued(), 1)
})

test('credentials of one are not used for another', async (t) => {
  const { list, server, access } = await open(t, known, { credentials: ann })
  await list()
  const { authorized } = openHttp(t)
  await assert.rejects(
    listTags(authorized, { ...access, credentials: undefined, credentialId: '' }),
    /without credentials/,
  )
  assert.ok(server.requests.slice(-2).every(({ authorization }) => authorization === undefined))
})

test('many who ask first at the same time learn side by side what is demanded', async (t) => {
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
  const server = await useDialect(t, (request, self) =>
    request.authorization === annBasic ? inner(request, self) : challenge,
  )
  const { authorized } = openHttp(t)
  const access = accessTo(server.host, { credentials: ann })
  const lists = await Promise.all(Array.from({ length: 8 }, () => listTags(authorized, access)))
  assert.ok(lists.every((tags) => tags.length === 3))
})

test('a login that nobody asked for is shown to the registry alone, and nothing where nothing is to be shown', async (t) => {
  const [own, other] = [await useDialect(t, () => ({ body: {} })), await useDialect(t, () => ({ body: {} }))]
  const { authorized } = openHttp(t)
  const access = accessTo(own.host, { credentials: ann })
  const usual = { method: 'GET', kind: 'listing', accept: '*/*', limit: 100 } as const
  for (const { url } of [own, other])
    for (const shows of ['login', 'nothing'] as const)
      await authorized.send(access, { ...usual, url: new URL('/api', url), shows })
  assert.deepEqual(
    [own, other].map(({ requests }) => requests.map(({ authorization }) => authorization)),
    [
      [annBasic, undefined],
      [undefined, undefined],
    ],
  )
})

test('a registry whose token server has moved is asked anew what it demands, once the old one gives no more tokens', async (t) => {
  let moved = false
  const old = await useDialect(t, () => (moved ? { status: 404 } : { body: { token: 'old' } }))
  const other = await useDialect(t, () => ({ body: { token: 'new' } }))
  const server = await useDialect(t, (request, self) => {
    if (request.authorization === (moved ? 'Bearer new' : 'Bearer old')) return inner(request, self)
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${(moved ? other : old).url}/token"` } }
  })
  const { authorized, clock } = openHttp(t)
  const list = () => listTags(authorized, accessTo(server.host))
  assert.deepEqual(await list(), ['1', '2', '3'])
  moved = true
  clock.advance(3_600_000)
  await assert.rejects(list(), { reason: 'RegistryProtocolError' })
  assert.deepEqual(await list(), ['1', '2', '3'])
})

test('a wrong password for Basic is shown for three repositories in half a minute, and for no more', async (t) => {
  const server = await useDialect(t, withBasic('Basic realm="x"', annBasic, inner))
  const { authorized, clock } = openHttp(t)
  const list = (repository: string, password: string) =>
    listTags(authorized, accessTo(server.host, { repository, credentials: { username: 'ann', password } }))
  const shown = () => server.requests.splice(0).filter(({ authorization }) => authorization !== undefined).length
  for (const repository of ['a', 'b', 'b', 'c', 'd', 'e'])
    await assert.rejects(list(repository, 'wrong'), { reason: 'RegistryAuthFailed' })
  assert.equal(shown(), 3)
  assert.deepEqual(await list('d', ann.password), ['1', '2', '3'])
  shown()
  clock.advance(30_000)
  for (const repository of ['a', 'f', 'g']) await assert.rejects(list(repository, 'wrong'))
  assert.equal(shown(), 1)
})

test('a registry with Basic that says 401 for what the password may not see keeps nobody from the rest', async (t) => {
  const server = await useDialect(t, (request, self) =>
    withBasic('Basic realm="x"', request.path.includes('secret') ? 'nobody' : annBasic, inner)(request, self),
  )
  const { authorized } = openHttp(t)
  const list = (repository: string) => listTags(authorized, accessTo(server.host, { repository, credentials: ann }))
  for (const repository of ['secret1', 'secret2', 'secret3']) {
    await assert.rejects(list(repository), { reason: 'RegistryAuthFailed' })
    assert.deepEqual(await list('open'), ['1', '2', '3'])
  }
})
