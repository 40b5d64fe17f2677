import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wayOut } from '../../src/http/proxy-for.ts'
import { accessKey, apiUrl, repositoryName } from '../../src/registry/repository-access.ts'
import { accessTo } from './fixture.ts'

const rows: readonly (readonly [host: string, repository: string, insecure: boolean, url: string])[] = [
  ['ghcr.io', 'shop/web', false, 'https://ghcr.io/v2/shop/web/tags/list'],
  ['127.0.0.1:5000', 'web', true, 'http://127.0.0.1:5000/v2/web/tags/list'],
  ['docker.io', 'library/nginx', false, 'https://registry-1.docker.io/v2/library/nginx/tags/list'],
  ['docker.io', 'nginx', false, 'https://registry-1.docker.io/v2/library/nginx/tags/list'],
  ['docker.io.evil.example', 'nginx', false, 'https://docker.io.evil.example/v2/nginx/tags/list'],
  ['[::1]:5000', 'web', false, 'https://[::1]:5000/v2/web/tags/list'],
]

for (const [host, repository, insecure, url] of rows)
  test(`${host}/${repository} is at ${url}`, () => {
    const access = accessTo(host, { repository, insecure })
    assert.equal(apiUrl(access, 'tags/list').href, url)
    assert.equal(repositoryName(access), `${host}/${repository}`)
  })

test('credentials, hosts, repositories, schemes and ways are told apart', () => {
  const keys = [
    accessTo('a'),
    accessTo('b'),
    accessTo('a', { repository: 'x' }),
    accessTo('a', { insecure: false }),
    accessTo('a', { credentialId: 'c' }),
    accessTo('a', { way: wayOut({ https: undefined, http: 'http://ann:canary@p', noProxy: '' }) }),
  ].map(accessKey)
  assert.equal(new Set(keys).size, keys.length)
  assert.equal(accessKey(accessTo('a')), accessKey(accessTo('a')))
  assert.ok(!keys.join().includes('canary'))
})
