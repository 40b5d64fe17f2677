import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demandOf, parseChallenges } from '../../../src/registry/login/challenge.ts'

const url = new URL('https://registry.example/v2/shop/web/tags/list')

type Told = { realm?: string; service?: string; scopes?: readonly string[] } | 'basic' | undefined

// What Docker Hub, Google, Amazon, Artifactory, zot and Forgejo send, and what else has to be survived.
const headers: readonly (readonly [header: string, told: Told])[] = [
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"',
    { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scopes: ['repository:a/b:pull'] },
  ],
  ['Bearer realm="https://auth.docker.io/token",scope=""', { realm: 'https://auth.docker.io/token', scopes: [] }],
  [
    'Bearer realm="https://k8s.gcr.io/v2/token",service="k8s.gcr.io"',
    { realm: 'https://k8s.gcr.io/v2/token', service: 'k8s.gcr.io' },
  ],
  ['Bearer realm="https://a/t",service="a",scope="repository:a/b:pull,push"', { scopes: ['repository:a/b:pull,push'] }],
  [
    'Bearer realm="https://a/t",scope="repository:p1/u:pull,push repository:p2/u:pull"',
    { scopes: ['repository:p1/u:pull,push', 'repository:p2/u:pull'] },
  ],
  ['Bearer realm="https://a/t",service="s",error="invalid_token"', { realm: 'https://a/t', service: 's' }],
  [
    'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="https://codeberg.org/v2",service="other",scope="x"',
    { realm: 'https://codeberg.org/v2/token', service: 'container_registry', scopes: ['*'] },
  ],
  ['Negotiate, Basic realm="x"', 'basic'],
  ['Negotiate YIIabc==, Basic realm="x"', 'basic'],
  ['Negotiate YIIabc=, Bearer realm="https://a/t"', { realm: 'https://a/t' }],
  ['Basic realm="Artifactory Realm"', 'basic'],
  ['Basic realm="https://1.dkr.ecr.eu.amazonaws.com/",service="ecr.amazonaws.com"', 'basic'],
  ['Basic realm="b", Bearer realm="https://a/t"', { realm: 'https://a/t' }],
  ['bearer realm=http://zot:5000/zot/auth/token?a=b', { realm: 'http://zot:5000/zot/auth/token?a=b' }],
  ['basic realm=zot', 'basic'],
  ['BASIC', 'basic'],
  ['BEARER REALM="https://a/t" , Service = "s"', { realm: 'https://a/t', service: 's' }],
  ['Bearer realm="https://a/\\"t\\\\",service="s"', { realm: 'https://a/"t\\', service: 's' }],
  ['Bearer realm="/service/token"', { realm: 'https://registry.example/service/token' }],
  ['Bearer realm="http://:bad"', undefined],
  ['Bearer realm=""', undefined],
  ['Bearer service="s"', undefined],
  ['realm="https://a/t"', undefined],
  ['Negotiate', undefined],
  ['Bearer realm="https://a/t', undefined],
  ['====,,,"', undefined],
  ['', undefined],
]

for (const [header, told] of headers)
  test(`a challenge: ${header || '(none)'}`, () => {
    const demand = demandOf(parseChallenges(header), url)
    if (typeof told !== 'object') return assert.equal(demand?.kind, told)
    assert.ok(demand?.kind === 'bearer')
    if (told.realm !== undefined) assert.equal(demand.realm.href, new URL(told.realm).href)
    if (told.service !== undefined) assert.equal(demand.service, told.service)
    if (told.scopes !== undefined) assert.deepEqual(demand.scopes, told.scopes)
  })

// Who read the rest anew at each piece would need hours.
for (const piece of ['a', ',', '"', 'a=', 'a="', '\\"', 'a '])
  test(`a long header of ${piece} alone is read in linear time`, () =>
    assert.doesNotThrow(() => parseChallenges(`Bearer ${piece.repeat(1_000_000)}`)))
