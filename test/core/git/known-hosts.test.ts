import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { knownHostsName, knownServer, type HostKeyVerdict } from '../../../src/core/git/known-hosts.ts'

const hashName = (salt: string, name: string) =>
  createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64')
const salt = Buffer.from('twenty bytes of salt').toString('base64')
const hashed = (name: string) => `|1|${salt}|${hashName(salt, name)}`
const key = { type: 'ssh-ed25519', base64: 'AAAAC3NzaC1lZDI1NTE5AAAAIA==' }
const shown = `${key.type} ${key.base64}`
const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB=='

const host = 'git.example.com'
const rows: readonly [name: string, text: string, verdict: HostKeyVerdict, port?: number][] = [
  ['a name', `git.example.com ${shown}`, 'known'],
  ['a comment behind the key', `git.example.com ${shown} root@git`, 'known'],
  ['in capitals', `GIT.example.com ${shown}`, 'known'],
  ['one of several names', `other.example.com,git.example.com,10.0.0.1 ${shown}`, 'known'],
  ['one of several keys', `git.example.com ${otherKey}\ngit.example.com ${shown}`, 'known'],
  ['Windows line ends, tabs and blanks', `\r\n  git.example.com\t${shown}\r\n`, 'known'],
  ['a pattern', `*.example.com ${shown}`, 'known'],
  ['a pattern of one character', `g?t.example.com ${shown}`, 'known'],
  ['a pattern that takes this name out', `*.example.com,!git.example.com ${shown}`, 'unknown'],
  ['a pattern that takes another name out', `!dev.example.com,*.example.com ${shown}`, 'known'],
  ['nothing but a negation', `!dev.example.com ${shown}`, 'unknown'],
  ['a hashed name', `${hashed(host)} ${shown}`, 'known'],
  ['a hashed name of another server', `${hashed('git.example.org')} ${shown}`, 'unknown'],
  ['a hash of another kind', `|2|${salt}|${hashName(salt, host)} ${shown}`, 'unknown'],
  ['a port of its own', `[git.example.com]:2222 ${shown}`, 'known', 2222],
  ['a port of its own, hashed', `${hashed('[git.example.com]:2222')} ${shown}`, 'known', 2222],
  ['a port of its own, by a pattern', `[*.example.com]:2222 ${shown}`, 'known', 2222],
  ['the usual port only', `git.example.com ${shown}`, 'unknown', 2222],
  ['another port only', `[git.example.com]:2222 ${shown}`, 'unknown'],
  ['another key', `git.example.com ${otherKey}`, 'other'],
  ['another type under the same text', `git.example.com ssh-rsa ${key.base64}`, 'other'],
  ['another server', `git.example.org ${shown}`, 'unknown'],
  ['a server whose name ends so', `agit.example.com ${shown}`, 'unknown'],
  ['a revoked key', `git.example.com ${shown}\n@revoked * ${shown}`, 'revoked'],
  ['a revoked key alone', `@revoked git.example.com ${shown}`, 'revoked'],
  ['a key revoked elsewhere', `git.example.com ${shown}\n@revoked other.example.com ${shown}`, 'known'],
  ['an authority’s key', `@cert-authority * ${shown}`, 'unknown'],
  ['a mark that nobody knows', `@trusted git.example.com ${shown}`, 'unknown'],
  ['a comment', `# git.example.com ${shown}`, 'unknown'],
  ['a line cut short', 'git.example.com ssh-ed25519', 'unknown'],
  ['a key that is no base64', `git.example.com ssh-ed25519 !!!`, 'unknown'],
  ['nothing', '', 'unknown'],
]
for (const [name, text, verdict, port = 22] of rows)
  test(`${name}: ${verdict}`, () => assert.equal(knownServer(text, { host, port }, hashName).judge(key), verdict))

test('known types come in the order of the file, without those of authorities', () => {
  const text = `git.example.com ssh-rsa AAAA\n${host} ${shown}\n${host} ssh-rsa BBBB\n@cert-authority * ecdsa-sha2-nistp256 CCCC`
  assert.deepEqual(knownServer(text, { host, port: 22 }, hashName).types, ['ssh-rsa', 'ssh-ed25519'])
})

test('authorities that may vouch for the server are told, but for those revoked', () => {
  const text = `@cert-authority *.example.com ${shown}\n@cert-authority *.example.org ssh-rsa AAAA\n@cert-authority * ssh-rsa BBBB\n@revoked * ssh-rsa BBBB`
  assert.deepEqual(knownServer(text, { host, port: 22 }, hashName).authorities, [key])
})

test('IPv6 addresses are called as ssh calls them', () => {
  assert.equal(knownHostsName({ host: '::1', port: 22 }), '::1')
  assert.equal(knownHostsName({ host: '::1', port: 2222 }), '[::1]:2222')
})
