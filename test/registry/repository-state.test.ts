import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../../src/registry/images/digest.ts'
import { createRepositoryState } from '../../src/registry/repository-state.ts'
import { openFactsStore } from '../../src/registry/images/facts-store.ts'
import { deleteTag, pushImage } from '../servers/image.ts'
import { beside, quayListing } from '../servers/registry-dialects/listing.ts'
import { digestsOf, stocked } from '../servers/registry-dialects/stock.ts'
import { accessTo, openHttp, useDialect, useRegistry } from './fixture.ts'

const store = () => openFactsStore({ folder: undefined, log: { warn: () => assert.fail() } })
const created = new Date(Date.UTC(2026, 0, 1))
const any = { notBefore: 0 }

test('times are shared by repositories, for they belong to the digest', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const shared = store()
  for (const repository of ['shop/web', 'shop/copy']) {
    await pushImage(registry, repository, '1.0', { created })
    registry.clearRequests()
    const state = createRepositoryState(accessTo(registry.host, { repository }), {
      http,
      store: shared,
      now: clock.now,
    })
    const metadata = await state.metadata(['1.0'], { notBefore: 0 })
    assert.equal(metadata.get('1.0')?.createdAt, created.getTime())
    assert.equal(registry.requests().length, repository === 'shop/web' ? 3 : 1)
  }
})

test('many tags of one build are read once, many askers at the same time too', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const tags = Array.from({ length: 20 }, (_, i) => `t${i}`)
  await pushImage(registry, 'shop/web', tags, { created })
  registry.clearRequests()
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  await Promise.all([state.metadata(tags, any), state.metadata(tags, any), state.metadata(tags.slice(3), any)])
  assert.equal(registry.requests().filter(({ method }) => method === 'HEAD').length, 20)
  assert.equal(registry.requests().filter(({ method }) => method === 'GET').length, 2)
})

test('a platform that a registry lacks is not looked for in each interval, though the image is one of the newest', async (t) => {
  const config = Buffer.from('{"created":"2026-01-01T00:00:00Z"}')
  const mediaType = 'application/vnd.oci.image.config.v1+json'
  const image = Buffer.from(JSON.stringify({ config: { mediaType, digest: digestOf(config) } }))
  const lacking = `sha256:${'d'.repeat(64)}`
  const index = Buffer.from(JSON.stringify({ manifests: [{ digest: digestOf(image) }, { digest: lacking }] }))
  const contents = new Map([config, image, index].map((content) => [digestOf(content), content]))
  const server = await useDialect(t, ({ path }) => {
    const content = contents.get(path.split('/').at(-1) ?? '') ?? (path.endsWith('/a') ? index : undefined)
    return content && { body: content }
  })
  const { authorized: http, clock } = openHttp(t)
  const state = createRepositoryState(accessTo(server.host), { http, store: store(), now: clock.now })
  for (let pass = 0; pass < 13; pass += 1) {
    const known = await state.metadata(['a'], { notBefore: clock.now() })
    assert.equal(known.get('a')?.createdAt, Date.UTC(2026, 0, 1))
    clock.advance(60_000)
  }
  assert.equal(server.requests.filter(({ path }) => path.endsWith(lacking)).length, 2)
})

test('an index that is more than any image has leaves the scan incomplete, and is not kept', async (t) => {
  const part = Buffer.from('{"manifests":[]}')
  const whole = Buffer.from(
    JSON.stringify({ manifests: Array.from({ length: 100 }, () => ({ digest: digestOf(part) })) }),
  )
  const server = await useDialect(t, ({ path }) => ({ body: path.endsWith(digestOf(part)) ? part : whole }))
  const { authorized: http, clock } = openHttp(t)
  const kept = store()
  const state = createRepositoryState(accessTo(server.host), { http, store: kept, now: clock.now })
  await assert.rejects(state.metadata(['a'], any), { reason: 'ScanIncomplete' })
  assert.equal(await kept.get(digestOf(whole)), undefined)
})

test('a listing that names what is gone is not believed: the registry says where the tag points to', async (t) => {
  const old = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z', c: '2026-01-03T00:00:00Z' }
  const moved = { ...old, c: '2026-02-01T00:00:00Z' }
  const server = await useDialect(t, beside(quayListing(old), stocked({ images: moved })))
  const { authorized: http, clock } = openHttp(t)
  const access = accessTo(server.host, { dialect: { listing: 'quay' } })
  const state = createRepositoryState(access, { http, store: store(), now: clock.now })
  const known = await state.metadata(['a', 'b', 'c'], { notBefore: clock.now() })
  assert.equal(known.get('c')?.createdAt, Date.parse(moved.c))
  assert.equal(known.get('c')?.digest, digestsOf(moved).get('c'))
  assert.deepEqual(
    server.requests.filter(({ method }) => method === 'HEAD').map(({ path }) => path),
    ['/v2/shop/web/manifests/c'],
  )
})

test('what a listing does not know is asked for one by one, and a tag that is gone is gone', async (t) => {
  const some = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z', c: '2026-01-03T00:00:00Z' }
  const all = { ...some, d: '2026-01-04T00:00:00Z' }
  const server = await useDialect(t, beside(quayListing(some), stocked({ images: all })))
  const { authorized: http, clock } = openHttp(t)
  const access = accessTo(server.host, { dialect: { listing: 'quay' } })
  const state = createRepositoryState(access, { http, store: store(), now: clock.now })
  const known = await state.metadata(['a', 'b', 'c', 'd', 'e'], { notBefore: clock.now() })
  assert.deepEqual([...known.keys()], ['a', 'b', 'c', 'd'])
  assert.equal(known.get('d')?.createdAt, Date.parse(all.d))
})

test('a tag that comes back is looked at anew', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  const look = async (...days: readonly number[]) => {
    clock.advance(60_000)
    const { tags } = await state.scan.get(clock.now())
    const times = await state.metadata(tags, { notBefore: clock.now() })
    assert.deepEqual(
      [...times.values()].map(({ createdAt }) => createdAt),
      days.map((day) => Date.UTC(2026, 0, day)),
    )
  }
  for (const day of [1, 2, 3, 4, 5, 6])
    await pushImage(registry, 'shop/web', `t${day}`, { created: new Date(Date.UTC(2026, 0, day)) })
  await look(1, 2, 3, 4, 5, 6)
  await deleteTag(registry, 'shop/web', 't1')
  await look(2, 3, 4, 5, 6)
  await pushImage(registry, 'shop/web', 't1', { created: new Date(Date.UTC(2026, 0, 9)) })
  await look(9, 2, 3, 4, 5, 6)
})

test('of an image for several platforms the times of those asked about count', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const platforms = ['linux/amd64', 'linux/arm64/v8', 'linux/arm/v6']
  await pushImage(registry, 'shop/web', '1.0', { created, platforms })
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  const metadata = await state.metadata(['1.0'], { ...any, platforms: ['linux/arm64'] })
  assert.deepEqual(metadata.get('1.0')?.platforms, ['linux/amd64', 'linux/arm64', 'linux/arm/v6'])
  assert.equal(metadata.get('1.0')?.createdAt, created.getTime())
})

test('each of the tags is asked about in each interval where that is wished', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const tags = Array.from({ length: 8 }, (_, i) => `t${i}`)
  await pushImage(registry, 'shop/web', tags, { created })
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  const look = () => state.metadata(tags, { notBefore: clock.now(), each: true })
  await look()
  registry.clearRequests()
  await look()
  assert.equal(registry.requests().length, 0)
  clock.advance(60_000)
  await pushImage(registry, 'shop/web', 't0', { created, platforms: ['linux/arm64'] })
  registry.clearRequests()
  assert.deepEqual((await look()).get('t0')?.platforms, ['linux/arm64'])
  assert.equal(registry.requests().filter(({ method }) => method === 'HEAD').length, 8)
})

test('a tag whose move another policy has noticed has the times of its new image', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const tags = Array.from({ length: 8 }, (_, i) => `t${i}`)
  for (const [day, tag] of tags.entries())
    await pushImage(registry, 'shop/web', tag, { created: new Date(Date.UTC(2026, 0, 1 + day)) })
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  await state.metadata(tags, { notBefore: clock.now() })
  clock.advance(60_000)
  const moved = new Date(Date.UTC(2026, 1, 1))
  await pushImage(registry, 'shop/web', 't0', { created: moved })
  await state.digest('t0', clock.now())
  const metadata = await state.metadata(tags, { notBefore: clock.now() })
  assert.equal(metadata.get('t0')?.createdAt, moved.getTime())
})

test('platforms that an index tells cost one read; times are read when somebody wants them, and then once', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v6']
  await pushImage(registry, 'shop/web', '1.0', { created, platforms })
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  const look = async (wanted: 'platforms' | 'times') => {
    registry.clearRequests()
    const known = (await state.metadata(['1.0'], { ...any, platforms: ['linux/arm64'], wanted })).get('1.0')
    return [
      known?.platforms,
      known?.createdAt,
      registry
        .requests()
        .map(({ method }) => method)
        .join(' '),
    ]
  }
  assert.deepEqual(await look('platforms'), [platforms, undefined, 'HEAD GET'])
  assert.deepEqual(await look('times'), [platforms, created.getTime(), 'GET GET GET GET GET GET GET'])
  assert.deepEqual(await look('times'), [platforms, created.getTime(), ''])
  assert.deepEqual(await look('platforms'), [platforms, created.getTime(), ''])
})
