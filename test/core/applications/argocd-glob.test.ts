import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesArgocdGlob } from '../../../src/core/applications/argocd-glob.ts'

const rows: readonly [glob: string, text: string, separator: string, matches: boolean][] = [
  ['team-a', 'team-a', '', true],
  ['team-a', 'team-ab', '', false],
  ['team-*', 'team-a', '', true],
  ['*', 'anything', '', true],
  ['team-?', 'team-a', '', true],
  ['team-?', 'team-', '', false],
  ['team-[ab]', 'team-b', '', true],
  ['team-[!ab]', 'team-b', '', false],
  ['team-[a-c]', 'team-b', '', true],
  ['team-[a-c]', 'team-d', '', false],
  ['{team-a,team-b}', 'team-b', '', true],
  ['{team-a,team-b}', 'team-c', '', false],
  ['{a*,{b,c}d}', 'cd', '', true],
  ['a,b', 'a,b', '', true],
  ['a\\*', 'a*', '', true],
  ['a\\*', 'ab', '', false],
  ['a.b', 'axb', '', false],
  ['https://git.example.com/*', 'https://git.example.com/acme', '/', true],
  ['https://git.example.com/*', 'https://git.example.com/acme/web', '/', false],
  ['https://git.example.com/**', 'https://git.example.com/acme/web', '/', true],
  ['https://*.example.com/acme/*', 'https://git.example.com/acme/web', '/', true],
  ['https://*.example.com/acme/*', 'https://evil.example/x.example.com/acme/web', '/', false],
  ['a?b', 'a/b', '/', false],
  ['team-[', 'team-[', '', false],
  ['team-[]', 'team-]', '', false],
  ['[a-z0-9]', 'a', '', false],
  ['{a', 'a', '', false],
  ['a}', 'a', '', false],
  ['a\\', 'a', '', false],
]
for (const [glob, text, separator, matches] of rows) {
  test(`${glob} ${matches ? 'matches' : 'does not match'} ${text}`, () =>
    assert.equal(matchesArgocdGlob(glob, text, separator), matches))
}

test('a hostile glob takes no time', () => {
  const started = process.hrtime.bigint()
  assert.equal(matchesArgocdGlob('*a'.repeat(40), 'a'.repeat(200) + 'b'), false)
  assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
})
