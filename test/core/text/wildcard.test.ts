import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesWildcard } from '../../../src/core/text/wildcard.ts'

const rows: readonly [pattern: string, text: string, matches: boolean][] = [
  ['git.example.com', 'git.example.com', true],
  ['git.example.com', 'git.example.com.evil.example', false],
  ['*.example.com', 'git.example.com', true],
  ['*.example.com', 'example.com', false],
  ['git-?.example.com', 'git-1.example.com', true],
  ['git-?.example.com', 'git-.example.com', false],
  ['*a*b', 'xaxxb', true],
  ['*a*b', 'xaxxbc', false],
  ['*', '', true],
  ['', '', true],
  ['', 'x', false],
  ['[a-z]', 'b', false],
]
for (const [pattern, text, matches] of rows)
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () =>
    assert.equal(matchesWildcard(pattern, text), matches))

// Who tried every way to share out the text among the wildcards would not end.
test('no pattern takes long', () => assert.equal(matchesWildcard('*a'.repeat(500), 'a'.repeat(499)), false))
