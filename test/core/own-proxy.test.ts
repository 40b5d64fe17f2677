import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noOwnProxy, readOwnProxy, type OwnProxy } from '../../src/core/own-proxy.ts'

const rows: readonly (readonly [environment: Readonly<Record<string, string>>, proxy: Partial<OwnProxy>])[] = [
  [{}, {}],
  [{ HTTPS_PROXY: '', NO_PROXY: '' }, {}],
  [{ HTTPS_PROXY: 'http://proxy.example.com:3128' }, { https: 'http://proxy.example.com:3128' }],
  [{ https_proxy: 'http://[::1]:3128/' }, { https: 'http://[::1]:3128/' }],
  [{ HTTPS_PROXY: 'https://a', https_proxy: 'https://b' }, { https: 'https://a' }],
  [{ HTTP_PROXY: 'proxy:3128' }, { http: 'http://proxy:3128' }],
  [{ HTTPS_PROXY: 'http://ann:s%40cret@proxy' }, { https: 'http://ann:s%40cret@proxy' }],
  [{ no_proxy: '.svc,10.0.0.0/8' }, { noProxy: '.svc,10.0.0.0/8' }],
]
for (const [environment, proxy] of rows)
  test(`the proxy of ${JSON.stringify(environment)}`, () =>
    assert.deepEqual(readOwnProxy(environment, assert.fail), { ...noOwnProxy, ...proxy }))

for (const written of [
  'socks5://p:1080',
  'http://',
  'http://p/path',
  'http://canary@',
  'http://ann:canary@p?x',
  'http://p:99999',
  'a b',
])
  test(`${written} is no proxy, and the fault does not repeat what may be secret`, () => {
    const faults: string[] = []
    readOwnProxy({ HTTPS_PROXY: written }, (fault) => faults.push(fault))
    assert.deepEqual(faults, ['HTTPS_PROXY: is no address of a proxy: write for example http://proxy.example.com:3128'])
  })

for (const login of ['ann:100%canary', '%:x', 'ann:%e2%28'])
  test(`a login ${login} that can not be read is told at once, without it`, () => {
    const faults: string[] = []
    readOwnProxy({ HTTPS_PROXY: `http://${login}@proxy:3128` }, (fault) => faults.push(fault))
    assert.deepEqual(faults, [
      'HTTPS_PROXY: has a % in its user name or password that stands for no character: write %25 for a % itself',
    ])
  })
