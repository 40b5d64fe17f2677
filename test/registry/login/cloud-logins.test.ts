import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wayOut } from '../../../src/http/proxy-for.ts'
import { ReconcileError } from '../../../src/errors.ts'
import { createCloudLogins, type LoginRequest } from '../../../src/registry/login/cloud-logins.ts'
import type { CloudProviders } from '../../../src/registry/login/providers/index.ts'
import type { CloudApi, CloudProvider } from '../../../src/registry/login/providers/provider.ts'

const minute = 60_000

/** Logins of a cloud whose registries end in `.cloud`, in regions, and whose passwords count. */
function counted(lifeMs: number, random = () => 0.5) {
  let time = 1_000_000
  let given = 0
  let failing = false
  const checked: string[] = []
  const cloud: CloudProvider = {
    hosts: '<name>.<region>.cloud',
    serves: (host) => host.endsWith('.cloud'),
    scopeOf: (host) => host.split('.')[1] ?? '',
    login: async () => {
      given += 1
      const password = `p${given}`
      await Promise.resolve()
      if (failing) throw new ReconcileError('RegistryAuthFailed', `failure ${password}`)
      const api: CloudApi = async () => ({ status: 200, headers: {}, text: password })
      return { login: { username: 'u', password }, expiresAt: time + lifeMs, api }
    },
  }
  const providers: CloudProviders = { aws: cloud, gcp: cloud, azure: cloud }
  const check = (url: URL): void => void checked.push(url.href)
  const logins = createCloudLogins({ providersBy: () => providers, check, now: () => time, random })
  const get = (more: Partial<LoginRequest> = {}) =>
    logins.get({ provider: 'aws', host: 'a.eu.cloud', account: undefined, ...more })
  return {
    checked,
    get,
    password: async (more?: Partial<LoginRequest>) => (await get(more)).credentials.password,
    advance: (ms: number) => (time += ms),
    fail: (now: boolean) => (failing = now),
    given: () => given,
  }
}

const account = (name: string, annotations: Readonly<Record<string, string>> = {}) => ({
  name,
  annotations,
  token: () => Promise.resolve('token'),
})

test('who wants the same login shares one request', async () => {
  const { get, given } = counted(60 * minute)
  const all = await Promise.all(Array.from({ length: 50 }, () => get()))
  assert.ok(all.every(({ credentials }) => credentials.password === 'p1'))
  assert.equal(given(), 1)
})

test('who reaches a cloud by another way has a login of his own, with the same identity', async () => {
  const { get, given } = counted(60 * minute)
  const ways = ['http://p', 'http://q'].map((url) => wayOut({ https: url, http: url, noProxy: '' }))
  const [none, first, second, again] = await Promise.all([undefined, ...ways, ways[0]].map((way) => get({ way })))
  assert.equal(given(), 3)
  assert.equal(again?.credentials, first?.credentials)
  assert.equal(new Set([none, first, second].map((one) => one?.credentialId)).size, 1)
})

test('the API of the cloud is that of the login, and is renewed with it', async () => {
  const { get, advance } = counted(60 * minute)
  const asked = async () => (await (await get()).cloudApi?.('List', {}))?.text
  assert.equal(await asked(), 'p1')
  advance(60 * minute)
  assert.equal(await asked(), 'p2')
})

test('a login that the registry refuses is replaced, once for all, unless it is too young to have ended', async () => {
  const { get, given, advance } = counted(60 * minute)
  const [one, same] = await Promise.all([get(), get()])
  assert.equal(await one.newLogin?.(one.credentials), undefined)
  assert.equal(given(), 1)
  advance(5 * minute)
  const fresh = await Promise.all([one, same, one].map(async (login) => await login.newLogin?.(login.credentials)))
  assert.deepEqual(new Set(fresh.map((login) => login?.password)), new Set(['p2']))
  assert.equal((await get()).credentials.password, 'p2')
  assert.equal(given(), 2)
})

test('a login is of one provider, identity and region, and tells them apart as long as they stay the same', async () => {
  const { get, given } = counted(60 * minute)
  const asked: readonly Partial<LoginRequest>[] = [
    {},
    { host: 'b.us.cloud' },
    { provider: 'gcp' },
    { account: account('apps/web') },
    { account: account('apps/other') },
    { account: account('apps/web', { role: 'a' }) },
  ]
  const ids = []
  for (const one of asked) ids.push((await get(one)).credentialId)
  assert.equal(given(), asked.length)
  assert.equal(new Set(ids).size, asked.length - 1, 'of the operator in two regions')
  await get({ host: 'b.eu.cloud' })
  await get({ account: account('apps/web') })
  assert.equal(given(), asked.length)
})

for (const [random, share] of [
  [0, 0.75],
  [0.5, 0.8],
  [1, 0.85],
] as const)
  test(`a login is renewed after ${share * 100} % of its life when chance says ${random}`, async () => {
    const { password, advance } = counted(10 * minute, () => random)
    assert.equal(await password(), 'p1')
    advance(10 * minute * share - 1)
    assert.equal(await password(), 'p1')
    advance(2)
    assert.equal(await password(), 'p2')
  })

test('after an hour at most, however long it lasts; the identity stays', async () => {
  const { get, advance } = counted(12 * 60 * minute)
  const first = await get()
  advance(48 * minute + 1)
  const second = await get()
  assert.notEqual(second.credentials.password, first.credentials.password)
  assert.equal(second.credentialId, first.credentialId)
})

test("a failure is everybody's for ten seconds", async () => {
  const { password, advance, fail, given } = counted(60 * minute)
  fail(true)
  await Promise.allSettled(Array.from({ length: 20 }, () => password()))
  advance(9_000)
  await assert.rejects(password(), /failure p1/)
  assert.equal(given(), 1)
  fail(false)
  advance(1_001)
  assert.equal(await password(), 'p2')
})

test('and no longer for a clock that is put back, nor is a login renewed later', async () => {
  const { password, advance, fail, given } = counted(60 * minute)
  fail(true)
  await assert.rejects(password(), /failure p1/)
  advance(-60 * minute)
  await assert.rejects(password(), /failure p1/)
  assert.equal(given(), 1)
  fail(false)
  advance(10_001)
  assert.equal(await password(), 'p2')
  advance(-60 * minute)
  assert.equal(await password(), 'p2')
  advance(49 * minute)
  assert.equal(await password(), 'p3')
})

test('a login that can not be renewed is used until it ends, and renewing it tried every ten seconds', async () => {
  const { password, advance, fail, given } = counted(60 * minute)
  assert.equal(await password(), 'p1')
  fail(true)
  advance(49 * minute)
  for (const at of ['p1', 'p1']) assert.equal(await password(), at)
  assert.equal(given(), 2)
  advance(10_001)
  assert.equal(await password(), 'p1')
  assert.equal(given(), 3)
  advance(11 * minute)
  await assert.rejects(password(), /failure p4/)
  fail(false)
  advance(10_001)
  assert.equal(await password(), 'p5')
})

test('who is refused does not take the login from others while the cloud gives no other', async () => {
  const { get, password, advance, fail } = counted(60 * minute)
  const { credentials, newLogin } = await get()
  fail(true)
  advance(5 * minute)
  assert.equal(await newLogin?.(credentials), undefined)
  assert.equal(await password(), 'p1')
})

test("a registry that is not the cloud's is refused, and one that is may be forbidden all the same", async () => {
  const { get, given, checked } = counted(60 * minute)
  await assert.rejects(get({ host: 'a.eu.cloud.evil.example' }), (error) => {
    assert.ok(error instanceof ReconcileError && error.retry.kind === 'onChange')
    assert.equal(
      error.message,
      'provider aws is for <name>.<region>.cloud, and a.eu.cloud.evil.example is none of them: take provider out',
    )
    return true
  })
  assert.equal(given(), 0)
  await get()
  assert.deepEqual(checked, ['https://a.eu.cloud/'])
})
