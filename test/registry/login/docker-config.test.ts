import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDockerConfig } from '../../../src/registry/login/docker-config.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const login = (username: string, password: string) => ({ kind: 'login', key: 'r.io', username, password })

const entries: readonly (readonly [name: string, entry: unknown, parsed: object | undefined])[] = [
  ['auth', { auth: base64('ann:secret') }, login('ann', 'secret')],
  ['auth without padding', { auth: base64('ann:secret').replaceAll('=', '') }, login('ann', 'secret')],
  ['colons in the password', { auth: base64('ann:a:b') }, login('ann', 'a:b')],
  [
    'auth beside other fields',
    { auth: base64('ann:secret'), username: 'x', password: 'y', email: 'z' },
    login('ann', 'secret'),
  ],
  ['user name and password', { username: '_json_key', password: '{"a": 1}' }, login('_json_key', '{"a": 1}')],
  ['an empty password', { auth: base64('ann:') }, login('ann', '')],
  [
    'an identity token',
    { identitytoken: 'abc', username: 'ann', auth: base64('ann:') },
    { kind: 'identityToken', key: 'r.io', username: 'ann', token: 'abc' },
  ],
  [
    'an identity token alone',
    { identitytoken: 'abc' },
    { kind: 'identityToken', key: 'r.io', username: '<token>', token: 'abc' },
  ],
  [
    'a registry token before an identity token',
    { registrytoken: 'abc', identitytoken: 'def' },
    { kind: 'registryToken', key: 'r.io', token: 'abc' },
  ],
  ['nothing', {}, undefined],
  ['a user name alone', { username: 'ann' }, undefined],
  ['no object', 'x', undefined],
]

for (const [name, entry, parsed] of entries)
  test(`an entry with ${name}`, () => {
    for (const config of [{ auths: { 'r.io': entry } }, { 'r.io': entry }])
      assert.deepEqual(parseDockerConfig(Buffer.from(JSON.stringify(config))), parsed === undefined ? [] : [parsed])
  })

const unreadable: readonly (readonly [entry: object, why: RegExp])[] = [
  [{ auth: '!!!' }, /base64/],
  [{ auth: base64('nobody') }, /base64 of user:password/],
  [{ auth: base64(':secret') }, /base64 of user:password/],
  [{ identitytoken: 'x y' }, /characters that no token has/],
  [{ registrytoken: 'x\n' }, /characters that no token has/],
]

for (const [entry, why] of unreadable)
  test(`an entry that can't be used: ${JSON.stringify(entry)}`, () => {
    const auths = { bad: entry, good: { auth: base64('ann:secret') } }
    const [bad, good] = parseDockerConfig(Buffer.from(JSON.stringify({ auths }))) ?? []
    assert.ok(bad?.kind === 'unreadable')
    assert.match(bad.why, why)
    assert.deepEqual(good, { kind: 'login', key: 'good', username: 'ann', password: 'secret' })
  })

test('what is no configuration', () => {
  for (const content of ['', 'x', '[]', 'null', '{']) assert.equal(parseDockerConfig(Buffer.from(content)), undefined)
})
