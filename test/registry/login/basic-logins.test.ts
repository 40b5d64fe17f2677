import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { basic403, basicOf } from '../../servers/registry-dialects/basic.ts'
import { ghcr } from '../../servers/registry-dialects/ghcr.ts'
import type { Dialect, DialectAnswer, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { stocked } from '../../servers/registry-dialects/stock.ts'
import { withTokens } from '../../servers/registry-dialects/tokens.ts'
import { accessTo, openHttp, openScans, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const images = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z', c: '2026-01-03T00:00:00Z' }
const challenge: DialectAnswer = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
const list: Dialect = () => ({ body: { tags: ['1.0'] } })

/** Basic for every repository but those of which `other` says something else. */
const basicBut =
  (other: Dialect): Dialect =>
  (request, server) =>
    other(request, server) ?? (request.authorization === basicOf(ann) ? list(request, server) : challenge)

async function open(t: TestContext, dialect: Dialect) {
  const server = await useDialect(t, dialect)
  const { authorized, clock } = openHttp(t)
  const look = (repository: string, more: Partial<RepositoryAccess> = {}) =>
    listTags(authorized, accessTo(server.host, { repository, credentials: ann, ...more }))
  const told = () =>
    server.requests
      .splice(0)
      .map(({ path, authorization }) => `${path.split('/')[2]} ${authorization?.split(' ')[0] ?? '-'}`)
  return { server, clock, look, told }
}

const about =
  (repository: string, answer: (request: DialectRequest) => DialectAnswer | undefined): Dialect =>
  (request) =>
    request.path.startsWith(`/v2/${repository}/`) ? answer(request) : undefined

test('what a registry demanded for one repository, and let in, is shown for its others at once', async (t) => {
  const { look, told } = await open(
    t,
    basicBut(() => undefined),
  )
  for (const repository of ['a', 'b', 'c']) await look(repository)
  assert.deepEqual(told(), ['a -', 'a Basic', 'b Basic', 'c Basic'])
})

const others: readonly (readonly [name: string, more: Partial<RepositoryAccess>])[] = [
  ['another login', { credentials: { username: 'bob', password: 'x' } }],
  ['who trusts another authority', { tls: { id: 'other', ca: undefined, client: undefined } }],
  ['who goes another way', { way: { id: 'other', https: undefined, http: undefined, noProxy: '' } }],
]
for (const [name, more] of others)
  test(`and not by ${name}`, async (t) => {
    const { look, told } = await open(
      t,
      basicBut(() => undefined),
    )
    await look('a')
    told()
    await look('b', more).catch(() => undefined)
    assert.equal(told()[0], 'b -')
  })

test("a cloud's next login is shown unasked as the one before it", async (t) => {
  let password = 'one'
  const { look, told } = await open(t, (request, server) => {
    if (request.authorization === undefined) return challenge
    return request.authorization === basicOf({ username: 'AWS', password }) ? list(request, server) : challenge
  })
  const asCloud = (repository: string) =>
    look(repository, { credentials: { username: 'AWS', password }, credentialId: 'aws' })
  for (const repository of ['a', 'b']) await asCloud(repository)
  password = 'two'
  told()
  await Promise.all(['b', 'c', 'd'].map(asCloud))
  assert.deepEqual(told(), ['b Basic', 'c Basic', 'd Basic'])
})

test('nothing is shown unasked while the login is in doubt: what is open to everybody stays open', async (t) => {
  let right = true
  const { look, told } = await open(
    t,
    basicBut((request) => {
      if (request.path.startsWith('/v2/open/')) return { body: { tags: ['1.0'] } }
      return right ? undefined : challenge
    }),
  )
  await look('a')
  right = false
  await assert.rejects(look('a'), { reason: 'RegistryAuthFailed' })
  told()
  assert.deepEqual(await look('open'), ['1.0'])
  assert.deepEqual(told(), ['open -'])
})

for (const status of [401, 403, 404])
  test(`what answers ${status} to a login that it did not ask for is asked without`, async (t) => {
    const { look, told } = await open(
      t,
      basicBut(
        about('open', ({ authorization }) =>
          authorization === undefined ? { body: { tags: ['2.0'] } } : { ...challenge, status },
        ),
      ),
    )
    await look('a')
    told()
    assert.deepEqual(await look('open'), ['2.0'])
    assert.deepEqual(told(), ['open Basic', 'open -'])
    await look('b')
    assert.deepEqual(told(), ['b Basic'], 'and the login is as good as before')
  })

test('a repository that refuses it is asked what it demands, and is not shown it a second time', async (t) => {
  const { look, told } = await open(t, basicBut(about('secret', () => challenge)))
  await look('a')
  told()
  await assert.rejects(look('secret'), { reason: 'RegistryAuthFailed' })
  assert.deepEqual(told(), ['secret Basic', 'secret -'])
})

test('a registry that demands tokens for one repository is shown nothing unasked any more', async (t) => {
  const tokens = withTokens({ ...ghcr('tokens'), tokenPath: '/v2/token', challenge: (url) => bearer(url) }, list)
  const bearer = (url: string): string => `Bearer realm="${url}/v2/token",service="s"`
  const { look, told } = await open(
    t,
    basicBut((request, server) => (request.path.startsWith('/v2/token') ? tokens.dialect(request, server) : undefined)),
  )
  await look('a')
  assert.deepEqual(await look('tokens'), ['1.0'])
  await look('b')
  assert.deepEqual(told(), [
    'a -',
    'a Basic',
    'tokens Basic',
    'tokens -',
    'token Basic',
    'tokens Bearer',
    'b -',
    'b Basic',
  ])
})

test('a registry that goes over to tokens refuses no login by that', async (t) => {
  const { server, look } = await open(
    t,
    basicBut(() => undefined),
  )
  const all = ['a', 'b', 'c', 'd', 'e']
  for (const repository of all) await look(repository)
  server.speak((request, { url }) => {
    if (request.path === '/token') return request.authorization === basicOf(ann) ? { body: { token: 't' } } : challenge
    if (request.authorization === 'Bearer t') return list(request, server)
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${url}/token",service="s"` } }
  })
  // Those that were under way together have all shown it when they learn that.
  const lists = await Promise.all(all.map((repository) => look(repository)))
  assert.deepEqual(lists.flat(), ['1.0', '1.0', '1.0', '1.0', '1.0'])
})

test('a login that has ended is told so by 403, which says nothing of it: the next one may still show it', async (t) => {
  const { look, told } = await open(
    t,
    basic403(() => 'nobody', list),
  )
  for (const repository of ['a', 'b', 'c', 'd'])
    await assert.rejects(look(repository), { reason: 'RegistryAuthFailed' })
  assert.equal(told().filter((one) => one.endsWith('Basic')).length, 4)
})

test('an API of the vendor is shown a login that it refuses for three repositories, and for no more', async (t) => {
  const inner = stocked({ images })
  const isApi = ({ path }: DialectRequest): boolean => path.startsWith('/api/')
  const server = await useDialect(t, (request, self) => (isApi(request) ? { status: 401 } : inner(request, self)))
  const { scans, clock } = openScans(t)
  for (const repository of ['s/a', 's/b', 's/c', 's/d', 's/e']) {
    const access = accessTo(server.host, { repository, credentials: ann, dialect: { listing: 'harbor' } })
    await scans.metadata(access, ['a', 'b', 'c'], { notBefore: clock.now() })
  }
  assert.deepEqual(
    server.requests.filter(isApi).map(({ authorization }) => authorization),
    [1, 2, 3].map(() => basicOf(ann)),
  )
})
