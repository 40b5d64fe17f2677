import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Credentials } from '../../src/registry/login/credentials.ts'
import { createRegistries, noRegistries, type RegistrySettings } from '../../src/registry/registries.ts'
import { apiUrl, type RepositoryAccess } from '../../src/registry/repository-access.ts'
import { wayOut } from '../../src/http/proxy-for.ts'
import { usualLimits } from '../../src/registry/manners/usual-limits.ts'
import { registrySettings } from './fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const bob = { username: 'bob', password: 'canary' }

const nameIn = (credentials: Credentials | undefined): string | undefined =>
  credentials !== undefined && 'username' in credentials ? credentials.username : undefined

function access(host: string, repository: string, more: Partial<RepositoryAccess> = {}): RepositoryAccess {
  return { host, repository, insecure: false, credentials: undefined, credentialId: '', ...more }
}

test('what the file does not name stays as it is', () => {
  const asked = access('r.io', 'web')
  assert.equal(noRegistries.complete(asked), asked)
  assert.equal(createRegistries([registrySettings('other.io')]).complete(asked), asked)
})

const prefixes = createRegistries([
  registrySettings('r.io', { credentialsFor: () => [ann], insecure: true }),
  registrySettings('r.io', { prefix: 'team', credentialsFor: () => [bob] }),
  registrySettings('r.io', { prefix: 'team/deep', dialect: { pageSize: 7 } }),
  registrySettings('evil.io', { credentialsFor: () => [bob] }),
])
const byPrefix: readonly (readonly [repository: string, username: string, pageSize: number | undefined])[] = [
  ['web', 'ann', undefined],
  ['team/web', 'bob', undefined],
  ['team', 'bob', undefined],
  ['teams/web', 'ann', undefined],
  ['team/deep/web', 'ann', 7],
  ['team/deeper/web', 'bob', undefined],
]

for (const [repository, username, pageSize] of byPrefix)
  test(`the longest prefix counts: r.io/${repository}`, () => {
    const complete = prefixes.complete(access('r.io', repository))
    assert.equal(nameIn(complete.credentials), username)
    assert.equal(complete.dialect?.pageSize, pageSize)
    assert.equal(complete.insecure, true, 'a prefix is reached as its host is')
  })

for (const host of ['r.io.evil.io', 'xr.io', 'r.io:443', 'R.io'])
  test(`${host} is another host`, () => assert.equal(prefixes.complete(access(host, 'web')).credentials, undefined))

test("a policy's own credentials count first", () => {
  const complete = prefixes.complete(access('r.io', 'web', { credentials: bob, credentialId: 'b' }))
  assert.equal(complete.credentials, bob)
})

const cloudy = createRegistries([
  registrySettings('1.dkr.io', {
    provider: 'aws',
    mirrors: ['https://2.dkr.io/cache', 'https://m.io', 'http://2.dkr.io'],
  }),
  registrySettings('1.dkr.io', { prefix: 'own', credentialsFor: () => [bob] }),
  registrySettings('2.dkr.io', { provider: 'aws' }),
])
const login = (username: string) => ({
  credentials: { username, password: 'canary' },
  others: [],
  credentialId: `aws ${username}`,
})

const neverAsked = () => Promise.reject(new Error('asked'))

test('logins of clouds: for the registry and its mirrors, each its own', () => {
  const asked = access('1.dkr.io', 'web')
  assert.deepEqual(
    new Set(cloudy.clouds(asked).map(({ host, provider }) => `${provider} ${host}`)),
    new Set(['aws 1.dkr.io', 'aws 2.dkr.io']),
  )
  const complete = cloudy.complete(
    asked,
    new Map([
      ['1.dkr.io', login('one')],
      ['2.dkr.io', login('two')],
    ]),
  )
  assert.deepEqual([nameIn(complete.credentials), complete.credentialId], ['one', 'aws one'])
  assert.deepEqual(
    complete.mirrors?.map(({ credentials, insecure }) => [nameIn(credentials), insecure]),
    [
      ['two', false],
      [undefined, false],
      [undefined, true],
    ],
    'and none over plain HTTP',
  )
})

test('no cloud is asked where something else counts first', () => {
  const hosts = (...asked: Parameters<typeof access>) => cloudy.clouds(access(...asked)).map(({ host }) => host)
  assert.deepEqual(hosts('2.dkr.io', 'web', { credentials: bob, credentialId: 'b' }), [])
  assert.deepEqual(hosts('2.dkr.io', 'web', { insecure: true }), [])
  assert.deepEqual(hosts('1.dkr.io', 'own/web'), [])
  assert.equal(nameIn(cloudy.complete(access('1.dkr.io', 'own/web')).credentials), 'bob')
  assert.deepEqual(hosts('r.io', 'web'), [])
})

const plain: readonly (readonly [name: string, file: readonly RegistrySettings[], more?: Partial<RepositoryAccess>])[] =
  [
    ['its host has insecure', [registrySettings('r.io', { insecure: true })]],
    ['its host has an api of http', [registrySettings('r.io', { dialect: { api: 'http://inner:5000' } })]],
    ['the policy has insecure', [registrySettings('r.io')], { insecure: true }],
  ]

for (const [name, file, more] of plain)
  test(`no cloud is asked, and no login of one shown, over plain HTTP: ${name}`, () => {
    const registries = createRegistries([...file, registrySettings('r.io', { prefix: 'team', provider: 'aws' })])
    const asked = access('r.io', 'team/web', more)
    assert.deepEqual(registries.clouds(asked), [])
    const complete = registries.complete(asked, new Map([['r.io', { ...login('one'), cloudApi: neverAsked }]]))
    const { insecure, credentials, credentialId, cloudApi } = complete
    assert.deepEqual([insecure, credentials, credentialId, cloudApi], [true, undefined, '', undefined])
  })

test('other credentials are shown over plain HTTP where the file says so', () =>
  assert.equal(nameIn(prefixes.complete(access('r.io', 'web')).credentials), 'ann'))

test("the file's credentials are not shown over plain HTTP because a policy says so", () => {
  const registries = createRegistries([registrySettings('r.io', { credentialsFor: () => [ann] })])
  const plainly = registries.complete(access('r.io', 'web', { insecure: true }))
  assert.deepEqual([plainly.insecure, plainly.credentials, plainly.credentialId], [true, undefined, ''])
  const own = registries.complete(access('r.io', 'web', { insecure: true, credentials: bob, credentialId: 'b' }))
  assert.deepEqual([own.insecure, nameIn(own.credentials)], [true, 'bob'], "a policy's own are its own to show")
  assert.equal(nameIn(registries.complete(access('r.io', 'web')).credentials), 'ann')
})

test('where the file says HTTPS, the login of a cloud is shown, whatever the policy says', () => {
  const api = 'https://inner:5000'
  const registries = createRegistries([registrySettings('r.io', { provider: 'aws', dialect: { api } })])
  const asked = access('r.io', 'web', { insecure: true })
  assert.deepEqual(registries.clouds(asked), [{ host: 'r.io', provider: 'aws', way: undefined }])
  const { insecure, credentials } = registries.complete(asked, new Map([['r.io', login('one')]]))
  assert.deepEqual([insecure, nameIn(credentials)], [false, 'one'])
})

test('a way out is that of a host, for whatever is below it, its cloud and no mirror of another host', () => {
  const [way, other] = ['http://p', undefined].map((url) => wayOut({ https: url, http: url, noProxy: '' }))
  const registries = createRegistries([
    registrySettings('r.io', { way, provider: 'aws' }),
    registrySettings('r.io', { prefix: 'team', mirrors: ['https://m.io', 'https://n.io', 'https://r.io/cache'] }),
    registrySettings('m.io', { way: other }),
  ])
  const asked = access('r.io', 'team/web')
  const complete = registries.complete(asked)
  assert.equal(complete.way, way)
  assert.deepEqual(
    complete.mirrors?.map((mirror) => mirror.way),
    [other, undefined, way],
  )
  assert.deepEqual(
    registries.clouds(asked).map((cloud) => cloud.way),
    [way, way],
  )
  assert.deepEqual([registries.wayOut('r.io'), registries.wayOut('n.io')], [way, undefined])
})

test('credentials of a registry do not go to its mirrors: those have their own', () => {
  const registries = createRegistries([
    registrySettings('r.io', { credentialsFor: () => [ann], mirrors: ['https://m.io/cache', 'http://n.io:5000'] }),
    registrySettings('m.io', { credentialsFor: () => [bob], dialect: { noHead: true } }),
  ])
  const { mirrors = [] } = registries.complete(access('r.io', 'shop/web'))
  assert.deepEqual(
    mirrors.map((mirror) => [apiUrl(mirror, 'tags/list').href, nameIn(mirror.credentials), mirror.dialect?.noHead]),
    [
      ['https://m.io/cache/v2/shop/web/tags/list', 'bob', true],
      ['http://n.io:5000/v2/shop/web/tags/list', undefined, undefined],
    ],
  )
  assert.deepEqual(
    mirrors.map(({ insecure }) => insecure),
    [false, true],
  )
})

test('another address, a namespace', () => {
  const dialect = { api: 'http://inner:5000/docker', defaultNamespace: 'library' }
  const complete = createRegistries([registrySettings('r.io', { dialect })]).complete(access('r.io', 'web'))
  assert.equal(apiUrl(complete, 'tags/list').href, 'http://inner:5000/docker/v2/library/web/tags/list')
  assert.equal(complete.insecure, true, 'its token server may be asked over plain HTTP too')
})

test('limits are those of the host that is asked, what is not given as usual', () => {
  const registries = createRegistries([
    registrySettings('docker.io', { limits: { perSecond: 3 } }),
    registrySettings('r.io', { limits: { perSecond: 0, atOnce: 1 }, dialect: { api: 'https://inner:5000' } }),
  ])
  assert.deepEqual(registries.limits('registry-1.docker.io'), { ...usualLimits('registry-1.docker.io'), perSecond: 3 })
  assert.deepEqual(registries.limits('inner:5000'), { ...usualLimits('inner:5000'), perSecond: Infinity, atOnce: 1 })
  assert.deepEqual(registries.limits('r.io'), usualLimits('r.io'))
})

test('limits hold for a host however it is written, as addresses are compared', () => {
  const one = { limits: { atOnce: 1 } }
  const registries = createRegistries([
    registrySettings('r.io:443', one),
    registrySettings('plain.io:80', { ...one, insecure: true }),
    registrySettings('[0:0:0:0:0:0:0:1]:5000', one),
  ])
  for (const host of ['r.io', 'plain.io', '[::1]:5000']) assert.equal(registries.limits(host).atOnce, 1, host)
})

const listings = createRegistries([
  registrySettings('r.io', { dialect: { listing: 'harbor' } }),
  registrySettings('r.io', { prefix: 'cached', dialect: { listing: 'none' } }),
  registrySettings('r.io', { prefix: 'team', dialect: { pageSize: 7 } }),
])
for (const [repository, listing] of [
  ['web', 'harbor'],
  ['cached/web', 'none'],
  ['team/web', 'harbor'],
] as const)
  test(`the listing of r.io/${repository} is ${listing}: that of its prefix, else of its host`, () =>
    assert.equal(listings.complete(access('r.io', repository)).dialect?.listing, listing))
