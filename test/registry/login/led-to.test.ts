import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ledTo } from '../../../src/registry/login/led-to.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { basicOf } from '../../servers/registry-dialects/basic.ts'
import type { Dialect } from '../../servers/registry-dialects/server.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const asked = 'https://r.io/v2/cache/web/tags/list?n=1000'

const rows: readonly (readonly [answered: string, name: string | undefined])[] = [
  ['https://r.io/v2/cache/library/web/tags/list?n=1000', 'cache/library/web'],
  ['https://r.io/v2/cache/library/web/tags/list', 'cache/library/web'],
  [asked, undefined],
  ['https://r.io/v2/cache/library/web/manifests/1', undefined],
  ['https://r.io:8443/v2/cache/library/web/tags/list', undefined],
  ['http://r.io/v2/cache/library/web/tags/list', undefined],
  ['https://evil.example/v2/cache/library/web/tags/list', undefined],
  ['https://r.io/v2/tags/list', undefined],
  ['https://r.io/elsewhere/web/tags/list', undefined],
  ['https://r.io/v2/a:push%20repository:b/tags/list', undefined],
  ['https://r.io/v2/a:push,pull/tags/list', undefined],
]
for (const [answered, name] of rows)
  test(`${answered} in answer to ${asked} leads to ${name ?? 'no other repository'}`, () => {
    const access = accessTo('r.io', { repository: 'cache/web', insecure: false })
    assert.equal(ledTo(access, new URL(asked), new URL(answered)), name)
  })

test('it is found below an address of the API, and not by a request that is none of it', () => {
  const access = accessTo('r.io', {
    repository: 'web',
    dialect: { api: 'https://r.io/proxy', defaultNamespace: 'lib' },
  })
  const to = (from: string, answered: string) =>
    ledTo(access, new URL(from, 'https://r.io'), new URL(answered, 'https://r.io'))
  assert.equal(to('/proxy/v2/lib/web/manifests/1', '/proxy/v2/other/web/manifests/1'), 'other/web')
  assert.equal(to('/proxy/v2/lib/web/manifests/1', '/v2/other/web/manifests/1'), undefined)
  assert.equal(to('/proxy/api/lib/web/manifests/1', '/proxy/v2/other/web/manifests/1'), undefined)
})

interface Cache {
  /** Whether it looks at who asks only where it has led him. */
  readonly leadsFirst?: boolean
  /** Whether it demands Basic of whoever shows a token that does not do, as Harbor. */
  readonly asHarbor?: boolean
}

/** A cache of Docker Hub that leads from `cache/web` to `cache/library/web`, and has tokens for each name. */
function cache({ leadsFirst = false, asHarbor = false }: Cache): Dialect {
  return ({ path, query, authorization }, { url }) => {
    if (path === '/token') {
      const scopes = new URLSearchParams(query).getAll('scope').join(' ')
      return authorization === basicOf(ann) ? { body: { token: Buffer.from(scopes).toString('hex') } } : { status: 401 }
    }
    const [, , project = '', ...rest] = path.split('/')
    const name = [project, ...rest.slice(0, -2)].join('/')
    const allowed = Buffer.from(authorization?.replace('Bearer ', '') ?? '', 'hex')
      .toString()
      .split(' ')
    const leads = rest.length < 4
    if (leads && leadsFirst)
      return { status: 301, headers: { location: `/v2/${project}/library/${rest.join('/')}${query}` } }
    if (!allowed.includes(`repository:${name}:pull`)) {
      const bearer = `Bearer realm="${url}/token",service="s",scope="repository:${name}:pull"`
      return {
        status: 401,
        headers: { 'www-authenticate': asHarbor && authorization !== undefined ? 'Basic realm="harbor"' : bearer },
      }
    }
    return leads
      ? { status: 301, headers: { location: `/v2/${project}/library/${rest.join('/')}${query}` } }
      : { body: { tags: ['1.0'] } }
  }
}

async function open(t: TestContext, dialect: Dialect) {
  const server = await useDialect(t, dialect)
  const { authorized, clock } = openHttp(t)
  const look = (repository: string) => listTags(authorized, accessTo(server.host, { repository, credentials: ann }))
  const told = () =>
    server.requests
      .splice(0)
      .map(
        ({ path, authorization }) =>
          `${path.replace(/^\/v2\/|\/tags\/list$/g, '')} ${authorization?.split(' ')[0] ?? '-'}`,
      )
  return { server, clock, look, told }
}

const steady = ['cache/web Bearer', 'cache/library/web Bearer']
const caches: readonly (readonly [name: string, cache: Cache])[] = [
  ['after it let in who asks', {}],
  ['before it looks at who asks', { leadsFirst: true }],
  ['and demands Basic of who shows a token of the first name', { asHarbor: true }],
]
for (const [name, kind] of caches)
  test(`a cache that leads to another name ${name} is given a token for both, and asked nothing else from then on`, async (t) => {
    const { look, told, clock } = await open(t, cache(kind))
    assert.deepEqual(await look('cache/web'), ['1.0'])
    told()
    assert.deepEqual(await look('cache/web'), ['1.0'])
    assert.deepEqual(told(), steady)
    clock.advance(3_600_000)
    assert.deepEqual(await look('cache/web'), ['1.0'])
    assert.deepEqual(told(), ['/token Basic', ...steady])
  })

test('that a repository leads to another is said of it alone', async (t) => {
  const { look, told } = await open(t, cache({}))
  for (const repository of ['cache/web', 'cache/shop']) assert.deepEqual(await look(repository), ['1.0'])
  told()
  assert.deepEqual(await look('cache/other'), ['1.0'])
  assert.deepEqual(told(), [
    '/token Basic',
    'cache/other Bearer',
    'cache/library/other Bearer',
    '/token Basic',
    'cache/other Bearer',
    'cache/library/other Bearer',
  ])
})

test('a cache that lets nobody in where it leads to is asked three times at most', async (t) => {
  const { look, told } = await open(t, (request, server) => {
    const whole = cache({})
    return request.path.includes('/library/')
      ? whole({ ...request, authorization: undefined }, server)
      : whole(request, server)
  })
  await assert.rejects(look('cache/web'), { reason: 'RegistryAuthFailed' })
  assert.deepEqual(
    told().filter((one) => one.startsWith('cache/web')),
    ['cache/web -', 'cache/web Bearer', 'cache/web Bearer'],
  )
})
