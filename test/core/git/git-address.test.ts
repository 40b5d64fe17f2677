import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymousUrl, gitAddress } from '../../../src/core/git/git-address.ts'

const http = (url: string) => ({ kind: 'http', url })
const ssh = (path: string, more: object = {}) => ({
  kind: 'ssh',
  user: 'git',
  host: 'git.example.com',
  port: 22,
  path,
  ...more,
})

const rows: readonly [url: string, address: object, anonymous: string][] = [
  [
    'https://git.example.com/Acme/config.git',
    http('https://git.example.com/Acme/config.git'),
    'https://git.example.com/Acme/config.git',
  ],
  [
    ' https://me:secret@git.example.com/acme/config ',
    http('https://git.example.com/acme/config'),
    'https://git.example.com/acme/config',
  ],
  ['http://127.0.0.1:3000/acme/config', http('http://127.0.0.1:3000/acme/config'), 'http://127.0.0.1:3000/acme/config'],
  ['git@Git.example.com:acme/config.git', ssh('acme/config.git'), 'ssh://git.example.com/acme/config.git'],
  ['ssh://git.example.com/acme/config.git', ssh('/acme/config.git'), 'ssh://git.example.com/acme/config.git'],
  [
    'ssh://me:secret@git.example.com:22/acme/config',
    ssh('/acme/config', { user: 'me' }),
    'ssh://git.example.com/acme/config',
  ],
  ['ssh://me@git.example.com:2222/a%20b', ssh('/a b', { user: 'me', port: 2222 }), 'ssh://git.example.com:2222/a b'],
  ['ssh://git.example.com/~me/config', ssh('~me/config'), 'ssh://git.example.com/~me/config'],
  ['ssh://git@[::1]:2222/config', ssh('/config', { host: '::1', port: 2222 }), 'ssh://[::1]:2222/config'],
  ['me@[fe00::1]:config', ssh('config', { user: 'me', host: 'fe00::1' }), 'ssh://[fe00::1]/config'],
]
for (const [url, address, anonymous] of rows) {
  test(`reads ${JSON.stringify(url)}`, () => {
    const read = gitAddress(url)
    assert.deepEqual(read, { ok: true, value: address })
    assert.ok(read.ok)
    assert.equal(anonymousUrl(read.value), anonymous)
  })
}

for (const url of [
  '/srv/git/config',
  'https://git.example.com',
  'https://git.example.com/acme?x=1',
  '',
  'git.example.com:acme/config',
  'ssh://git@git.example.com',
  'ssh://git@git.example.com:0/acme',
  'ssh://git@git.example.com:65536/acme',
  'ssh://git@git.example.com/%zz',
  'ssh://git@git.example.com/a%0Ab',
  'ssh://git@-oProxyCommand=x/acme',
  'git@-oProxyCommand=x:acme',
  'git+ssh://git@git.example.com/acme',
  'git@git.example.com:--upload-pack=x',
])
  test(`${JSON.stringify(url)} is none that can be written to`, () => {
    const read = gitAddress(url)
    assert.match(read.ok ? '' : read.fault, /none that can be written to; set writeBack\.git\.repository/)
  })

test('no fault repeats a password', () => {
  const read = gitAddress('ftp://me:secret@git.example.com/acme')
  assert.ok(!read.ok && !read.fault.includes('secret'))
})
