import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { isBranchName, requestedBranch, whatIsIt } from '../../src/git/branch-name.ts'

test('what passes as a branch passes with git', () => {
  const letters = fc.constantFrom(...'ab/.-@{~^:?*[\\ \n~lock'.split(''), '.lock', '..', '@{', 'ä')
  const names = fc
    .sample(
      fc.array(letters, { maxLength: 6 }).map((parts) => parts.join('')),
      300,
    )
    .filter((name) => name !== '')
  for (const name of new Set([
    ...names,
    'main',
    'feature/a-b',
    '@',
    'HEAD',
    '-x',
    'a.lock/b',
    '/a',
    'a/',
    'a.',
    '.a',
  ])) {
    if (!isBranchName(name)) continue
    assert.doesNotThrow(() => execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' }), name)
  }
  for (const name of ['main', 'release/1.2', 'dependabot/npm/x', 'ä']) assert.ok(isBranchName(name), name)
})

for (const [requested, branch] of [
  [undefined, undefined],
  ['', undefined],
  ['HEAD', undefined],
  ['main', 'main'],
  ['refs/heads/main', 'main'],
] as const) {
  test(`${requested ?? 'nothing'} asks for ${branch ?? "the remote's HEAD"}`, () =>
    assert.equal(requestedBranch(requested), branch))
}

const refs = new Map([['refs/tags/v1.2.0', 'x']])
for (const [name, what] of [
  ['v1.2.0', /^is a tag$/],
  ['1efbea16342f5dee5bc807c3abfb125162d03cb9', /^is a commit$/],
  ['>=1.2 <2', /version or a range/],
  ['1.*', /version or a range/],
  ['^1.2', /version or a range/],
  ['1.2.x', /version or a range/],
  ['mian', /^is no branch there$/],
] as const) {
  test(`"${name}" ${what.source}`, () => assert.match(whatIsIt(name, refs), what))
}
