import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gitRepositoryKey, isUnderGitUrl, normaliseGitUrl, sameGitUrl } from '../../../src/core/git/git-url.ts'

const same: readonly [a: string, b: string][] = [
  ['https://github.com/acme/web', 'https://github.com/acme/web.git'],
  ['https://GitHub.com/Acme/Web', 'https://github.com/acme/web'],
  ['https://github.com/acme/web/', 'https://github.com/acme/web'],
  ['https://github.com/acme/web.git/', 'https://github.com/acme/web'],
  ['  https://github.com/acme/web\n', 'https://github.com/acme/web'],
  ['git@github.com:acme/web.git', 'ssh://git@github.com/acme/web'],
  ['git@GitHub.com:acme/web', 'git@github.com:acme/web'],
]
for (const [a, b] of same) test(`${JSON.stringify(a)} is ${b}`, () => assert.ok(sameGitUrl(a, b)))

const different: readonly [a: string, b: string][] = [
  ['https://github.com/acme/web', 'http://github.com/acme/web'],
  ['https://github.com/acme/web', 'https://github.com/acme/web2'],
  ['https://github.com:8443/acme/web', 'https://github.com/acme/web'],
  ['git@github.com:acme/web', 'https://github.com/acme/web'],
  ['https://user@github.com/acme/web', 'https://github.com/acme/web'],
  ['ssh://git@github.com:acme/web', 'git@github.com:acme/web'],
]
for (const [a, b] of different) test(`${a} is not ${b}`, () => assert.ok(!sameGitUrl(a, b)))

test('normalising twice changes nothing more', () => {
  for (const [a] of same) assert.equal(normaliseGitUrl(normaliseGitUrl(a)), normaliseGitUrl(a))
})

test('a user name in the URL makes no other repository', () => {
  assert.equal(
    gitRepositoryKey('https://me:secret@github.com/acme/web.git'),
    gitRepositoryKey('https://github.com/Acme/web'),
  )
  assert.equal(gitRepositoryKey('git@github.com:acme/web.git'), gitRepositoryKey('ssh://me@GitHub.com:22/acme/web'))
})

const prefixes: readonly [prefix: string, url: string, isUnder: boolean][] = [
  ['https://github.com/acme', 'https://github.com/acme/web.git', true],
  ['https://github.com/acme', 'https://github.com/acme-labs/web', true],
  ['https://github.com/acme/', 'https://github.com/acme-labs/web', false],
  ['https://github.com/acme/', 'https://github.com/acme/web', true],
  ['https://github.com/acme/web.git', 'https://github.com/acme/web', true],
  ['https://GITHUB.com', 'https://github.com/acme/web', true],
  ['https://git.example.co', 'https://git.example.com/acme/web', false],
  ['https://git.example.com', 'https://git.example.com.evil.example/acme', false],
  ['https://git.example.com', 'https://git.example.com@evil.example/acme', false],
  ['https://git.example.com', 'https://git.example.com:8443/acme', false],
  ['https://', 'https://git.example.com/acme', false],
  ['', 'https://git.example.com/acme', false],
  ['http://git.example.com/acme', 'https://git.example.com/acme/web', false],
  ['git@github.com:acme', 'ssh://git@github.com/acme/web', true],
  ['git@github.com:acme', 'https://github.com/acme/web', false],
]
for (const [prefix, url, isUnder] of prefixes) {
  test(`${url} is ${isUnder ? '' : 'not '}under ${JSON.stringify(prefix)}`, () =>
    assert.equal(isUnderGitUrl(url, prefix), isUnder))
}
