import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { deleteTag, pushImage, retag } from '../servers/image.ts'
import { accessTo, openScans, useDialect, useRegistry } from './fixture.ts'

const ann = { username: 'ann', password: 'secret' }
const minute = 60_000
const day = (number: number): Date => new Date(Date.UTC(2026, 0, number))
const paths = (registry: {
  requests(): readonly { method: string; path: string; status: number }[]
}): readonly string[] =>
  registry
    .requests()
    .map(
      ({ method, path, status }) =>
        `${method} ${path.replace('/v2/shop/web/', '').replace(/sha256:\w+/, 'digest')} ${status}`,
    )

test('anonymous: a list is asked for once for all, and is the same object while it is the same', async (t) => {
  const registry = await useRegistry(t)
  await pushImage(registry, 'shop/web', ['1.0', '1.1', 'latest'])
  const { scans, clock } = openScans(t)
  const access = accessTo(registry.host)
  const many = await Promise.all(Array.from({ length: 100 }, () => scans.tags(access, { notBefore: clock.now() })))
  assert.deepEqual(many[0]?.tags, ['1.0', '1.1', 'latest'])
  assert.equal(new Set(many).size, 1)
  assert.equal(registry.requests().length, 1)
  clock.advance(minute)
  const later = await scans.tags(access, { notBefore: clock.now() })
  assert.equal(later, many[0])
  assert.equal(registry.requests().length, 2)
  await pushImage(registry, 'shop/web', '1.2')
  assert.equal(await scans.tags(access, { notBefore: clock.now() }), later, 'young enough')
  clock.advance(minute)
  const changed = await scans.tags(access, { notBefore: clock.now() })
  assert.deepEqual(changed.tags, ['1.0', '1.1', '1.2', 'latest'])
  assert.notEqual(changed.revision, later.revision)
})

test('htpasswd: once without, once with; from then on with', async (t) => {
  const registry = await useRegistry(t, { auth: ann })
  await pushImage(registry, 'shop/web', '1.0')
  const { scans, clock } = openScans(t)
  const access = accessTo(registry.host, { credentials: ann })
  for (let pass = 0; pass < 3; pass += 1) {
    assert.deepEqual((await scans.tags(access, { notBefore: clock.now() })).tags, ['1.0'])
    clock.advance(minute)
  }
  assert.deepEqual(
    registry.requests().map(({ authorization, status }) => [authorization, status]),
    [
      [false, 401],
      [true, 200],
      [true, 200],
      [true, 200],
    ],
  )
  const wrong = accessTo(registry.host, { credentials: { ...ann, password: 'wrong' }, credentialId: 'wrong' })
  await assert.rejects(
    scans.tags(wrong, { notBefore: 0 }),
    (error) => error instanceof ReconcileError && error.reason === 'RegistryAuthFailed',
  )
})

for (const auth of [undefined, ann])
  test(`tokens, ${auth ? 'with credentials' : 'anonymous'}: one for a repository and its life time`, async (t) => {
    const registry = await useRegistry(t, { token: true, ...(auth && { auth }), tokenSeconds: 300 })
    await pushImage(registry, 'shop/web', '1.0')
    const { scans, clock } = openScans(t)
    const access = accessTo(registry.host, { credentials: auth })
    for (let pass = 0; pass < 3; pass += 1) {
      assert.deepEqual((await scans.tags(access, { notBefore: clock.now() })).tags, ['1.0'])
      clock.advance(minute)
    }
    assert.deepEqual(
      registry.requests().map(({ status }) => status),
      [401, 200, 200, 200],
    )
    assert.deepEqual(
      registry.tokenServer?.requests().map(({ authorization }) => authorization),
      [auth !== undefined],
    )
    clock.advance(5 * minute)
    await scans.tags(access, { notBefore: clock.now() })
    assert.equal(registry.tokenServer?.requests().length, 2)
  })

test('a password that stands for the same as before is taken, and what was learnt stays', async (t) => {
  const registry = await useRegistry(t, { auth: ann })
  await pushImage(registry, 'shop/web', '1.0', { created: day(1) })
  const { scans, clock } = openScans(t)
  const look = async (password: string) => {
    const access = accessTo(registry.host, { credentials: { ...ann, password }, credentialId: 'ann' })
    registry.clearRequests()
    await scans.tags(access, { notBefore: clock.now() })
    await scans.metadata(access, ['1.0'], { notBefore: clock.now() })
    clock.advance(minute)
  }
  await assert.rejects(look('old'), /refuses the credentials/)
  clock.advance(minute)
  await look(ann.password)
  await look(ann.password)
  assert.deepEqual(paths(registry), ['GET tags/list?n=1000 200', 'HEAD manifests/1.0 200'])
})

test('a mirror too is asked as who is logged in now, and its tag list stays known', async (t) => {
  let password = 'one'
  const mirror = await useDialect(t, ({ authorization, validator }) => {
    if (authorization !== `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`)
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="mirror"' } }
    return validator === '"e"' ? { status: 304 } : { headers: { etag: '"e"' }, body: { tags: ['1.0'] } }
  })
  const origin = await useDialect(t, () => undefined)
  const { scans, clock } = openScans(t)
  const look = async () => {
    const login = { credentials: { username: 'ann', password }, credentialId: 'ann' }
    const access = accessTo(origin.host, { mirrors: [accessTo(mirror.host, login)] })
    clock.advance(minute)
    return await scans.tags(access, { notBefore: clock.now() })
  }
  const first = await look()
  password = 'two'
  assert.equal(await look(), first)
  assert.equal(mirror.requests.at(-1)?.validator, '"e"')
  assert.deepEqual(origin.requests, [])
})

test('credentials do not share what they see', async (t) => {
  const registry = await useRegistry(t, { auth: ann })
  await pushImage(registry, 'shop/web', '1.0')
  const { scans } = openScans(t)
  await scans.tags(accessTo(registry.host, { credentials: ann }), { notBefore: 0 })
  await assert.rejects(scans.tags(accessTo(registry.host), { notBefore: 0 }), /without credentials/)
})

test('a registry that is down is asked once by many, and again when it may be up', async (t) => {
  const registry = await useRegistry(t)
  await pushImage(registry, 'shop/web', '1.0')
  const { scans, clock } = openScans(t)
  const access = accessTo(registry.host)
  registry.fault(() => ({ kind: 'cut' }))
  const ask = () => scans.tags(access, { notBefore: clock.now() })
  const ends = await Promise.allSettled(Array.from({ length: 100 }, ask))
  assert.ok(ends.every((end) => end.status === 'rejected' && end.reason instanceof ReconcileError))
  await assert.rejects(ask(), /can't be reached/)
  assert.equal(registry.requests().length, 3)
  registry.fault(undefined)
  clock.advance(1000)
  assert.deepEqual((await ask()).tags, ['1.0'])
})

test('digest: one HEAD for all who ask, undefined for a tag that is not there', async (t) => {
  const registry = await useRegistry(t)
  const { digest } = await pushImage(registry, 'shop/web', 'main', { platforms: ['linux/amd64', 'linux/arm64'] })
  const { scans, clock } = openScans(t)
  const access = accessTo(registry.host)
  const freshness = { notBefore: clock.now() }
  const many = await Promise.all(Array.from({ length: 20 }, () => scans.digest(access, 'main', freshness)))
  assert.ok(many.every((one) => one === digest))
  assert.deepEqual(paths(registry), ['HEAD manifests/main 200'])
  assert.equal(await scans.digest(access, 'gone', freshness), undefined)
})

test('metadata: read once for a digest, a HEAD for each of the newest in each interval, tags that move are seen', async (t) => {
  const registry = await useRegistry(t)
  for (let n = 1; n <= 7; n += 1) await pushImage(registry, 'shop/web', `b${n}`, { created: day(n), seed: `${n}` })
  await pushImage(registry, 'shop/web', 'index', { created: day(9), platforms: ['linux/amd64', 'linux/arm64/v8'] })
  const { scans, clock } = openScans(t)
  const access = accessTo(registry.host)
  const look = async () => {
    registry.clearRequests()
    const { tags } = await scans.tags(access, { notBefore: clock.now() })
    const times = await scans.metadata(access, tags, { notBefore: clock.now() })
    clock.advance(minute)
    return { times, asked: paths(registry).filter((path) => !path.includes('tags/list')) }
  }
  const first = await look()
  assert.equal(first.times.get('b3')?.createdAt, day(3).getTime())
  assert.equal(first.times.get('index')?.createdAt, day(9).getTime())
  // 8 HEADs; 7 images of two parts; an index and its two images of two parts each.
  assert.equal(first.asked.length, 8 + 7 * 2 + 5)

  const second = await look()
  assert.deepEqual(second.times, first.times)
  assert.deepEqual(
    second.asked.toSorted(),
    ['b4', 'b5', 'b6', 'b7', 'index'].map((tag) => `HEAD manifests/${tag} 200`),
  )

  await retag(registry, 'shop/web', 'b1', 'b7')
  await pushImage(registry, 'shop/web', 'new', { created: day(8) })
  const third = await look()
  assert.equal(third.times.get('b7')?.createdAt, day(1).getTime())
  assert.equal(third.times.get('new')?.createdAt, day(8).getTime())
  assert.deepEqual(
    third.asked.filter((path) => !path.startsWith('HEAD')),
    ['GET manifests/digest 200', 'GET blobs/digest 200'],
  )

  await pushImage(registry, 'shop/web', 'b2', { created: day(20) })
  for (let pass = 4; pass <= 12; pass += 1) assert.equal((await look()).times.get('b2')?.createdAt, day(2).getTime())
  assert.equal(
    (await look()).times.get('b2')?.createdAt,
    day(20).getTime(),
    'seen in the twelfth interval after the first',
  )

  await deleteTag(registry, 'shop/web', 'b3')
  assert.ok(!(await look()).times.has('b3'))
})

test('metadata outlives a restart', async (t) => {
  const folder = temporaryFolder('scans')
  t.after(() => folder.remove())
  const registry = await useRegistry(t)
  const access = accessTo(registry.host)
  await pushImage(registry, 'shop/web', ['a', 'b'], { created: day(1) })
  for (const requests of [
    { HEAD: 2, GET: 2 },
    { HEAD: 2, GET: 0 },
  ]) {
    const { scans, logged } = openScans(t, folder.path)
    registry.clearRequests()
    const times = await scans.metadata(access, ['a', 'b'], { notBefore: 0 })
    assert.equal(times.get('b')?.createdAt, day(1).getTime())
    for (const [method, count] of Object.entries(requests))
      assert.equal(registry.requests().filter((request) => request.method === method).length, count, method)
    await scans.close()
    assert.deepEqual(logged, [])
  }
})

test('metadata is whole or not at all, and goes on where it stopped', async (t) => {
  const registry = await useRegistry(t)
  const access = accessTo(registry.host)
  for (const tag of ['a', 'b', 'c']) await pushImage(registry, 'shop/web', tag, { seed: tag })
  const { scans, clock } = openScans(t)
  registry.fault(({ path }) => (path.endsWith('/manifests/c') ? { kind: 'answer', status: 503 } : undefined))
  const look = () => scans.metadata(access, ['a', 'b', 'c'], { notBefore: clock.now() })
  await assert.rejects(look(), (error) => error instanceof ReconcileError && error.reason === 'RegistryUnavailable')
  registry.fault(({ path }) =>
    path.includes('/blobs/') ? { kind: 'answer', status: 200, body: 'other bytes' } : undefined,
  )
  clock.advance(minute)
  await assert.rejects(look(), (error) => {
    assert.ok(error instanceof ReconcileError)
    assert.equal(error.reason, 'ScanIncomplete')
    assert.match(
      error.message,
      /^the image of 127\.0\.0\.1:\d+\/shop\/web:c could not be read: .* sends other bytes than sha256:.*; the choice stays$/,
    )
    return true
  })
  registry.fault(undefined)
  clock.advance(minute)
  registry.clearRequests()
  assert.equal((await look()).size, 3)
  assert.equal(
    registry.requests().filter(({ method }) => method === 'GET').length,
    2,
    'what was read before is not read again',
  )
})

test('where tags point to is asked of the cloud as who is logged in now', async (t) => {
  const registry = await useRegistry(t)
  const { digest } = await pushImage(registry, 'shop/web', ['a', 'b', 'c'], { created: day(1) })
  const { scans, clock } = openScans(t)
  const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  const asked: string[] = []
  const look = async (password: string) => {
    const images = JSON.stringify({ imageDetails: [{ imageDigest: digest, imageTags: ['a', 'b', 'c'] }] })
    const cloudApi = async () => {
      asked.push(password)
      return { status: 200, headers: {}, text: images }
    }
    const access = accessTo(host, { credentials: { username: 'AWS', password }, credentialId: 'aws', cloudApi })
    // The registry itself is out of reach here: where tags point to is known before anything is asked of it.
    await scans.metadata(access, ['a', 'b', 'c'], { notBefore: clock.now() }).catch(() => undefined)
    clock.advance(minute)
  }
  await look('one')
  await look('two')
  assert.deepEqual(asked, ['one', 'two'])
})
