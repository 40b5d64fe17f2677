import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRepositoryState } from '../../src/registry/repository-state.ts'
import { openTimesStore } from '../../src/registry/times-store.ts'
import { deleteTag, pushImage } from '../servers/image.ts'
import { accessTo, openHttp, useDialect, useRegistry } from './fixture.ts'

const store = () => openTimesStore({ folder: undefined, log: { warn: () => assert.fail() } })
const created = new Date(Date.UTC(2026, 0, 1))

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
    const metadata = await state.metadata(['1.0'], 0)
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
  await Promise.all([state.metadata(tags, 0), state.metadata(tags, 0), state.metadata(tags.slice(3), 0)])
  assert.equal(registry.requests().filter(({ method }) => method === 'HEAD').length, 20)
  assert.equal(registry.requests().filter(({ method }) => method === 'GET').length, 2)
})

test('what a registry lacks is looked for again with the next sweep only', async (t) => {
  const config = `sha256:${'c'.repeat(64)}`
  const manifest = { config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config } }
  const server = await useDialect(t, ({ path }) => (path.includes('/manifests/') ? { body: manifest } : undefined))
  const { authorized: http, clock } = openHttp(t)
  const state = createRepositoryState(accessTo(server.host), { http, store: store(), now: clock.now })
  for (let pass = 0; pass < 13; pass += 1) {
    const metadata = await state.metadata(['a'], clock.now())
    assert.deepEqual(
      [...metadata.values()].map(({ createdAt, artifact }) => [createdAt, artifact]),
      [[undefined, undefined]],
    )
    clock.advance(60_000)
  }
  assert.equal(server.requests.filter(({ path }) => path.includes('/blobs/')).length, 2)
})

test('a tag that comes back is looked at anew', async (t) => {
  const registry = await useRegistry(t)
  const { authorized: http, clock } = openHttp(t)
  const state = createRepositoryState(accessTo(registry.host), { http, store: store(), now: clock.now })
  const look = async (...days: readonly number[]) => {
    clock.advance(60_000)
    const { tags } = await state.scan.get(clock.now())
    const times = await state.metadata(tags, clock.now())
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
