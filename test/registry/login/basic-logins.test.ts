import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { listTags } from '../../../src/registry/tag-list.ts'
import { basic403, basicOf, withBasic } from '../../servers/registry-dialects/basic.ts'
import type { Dialect, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { stocked } from '../../servers/registry-dialects/stock.ts'
import { accessTo, openHttp, openScans, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const images = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z', c: '2026-01-03T00:00:00Z' }
const list: Dialect = () => ({ body: { tags: ['1.0'] } })

async function open(t: TestContext, dialect: Dialect) {
  const server = await useDialect(t, dialect)
  const { authorized } = openHttp(t)
  const look = (repository: string) => listTags(authorized, accessTo(server.host, { repository, credentials: ann }))
  const told = () =>
    server.requests
      .splice(0)
      .map(({ path, authorization }) => `${path.split('/')[2]} ${authorization?.split(' ')[0] ?? '-'}`)
  return { server, look, told }
}

test('a registry that goes over to tokens refuses no login by that', async (t) => {
  const { server, look } = await open(t, withBasic('Basic realm="r"', basicOf(ann), list))
  const all = ['a', 'b', 'c', 'd', 'e']
  for (const repository of all) await look(repository)
  server.speak((request, { url }) => {
    if (request.path === '/token')
      return request.authorization === basicOf(ann) ? { body: { token: 't' } } : { status: 401 }
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
