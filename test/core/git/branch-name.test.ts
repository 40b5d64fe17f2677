import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { branchNameFault, isBranchName } from '../../../src/core/git/branch-name.ts'

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

const faults: readonly [name: string, says: RegExp][] = [
  ['a b', /^has a character that no branch may have/],
  ['a\u0007', /^has a character/],
  ['', /^is no name of a branch: it may not begin with - or \//],
  ['a..b', /or hold \/\/, \.\. or @\{$/],
  ['a/.b', /no part of it may begin with \./],
  ['a.lock', /or end with \.lock$/],
  ['a'.repeat(256), /^is longer than 255 characters$/],
]
for (const [name, says] of faults)
  test(`${JSON.stringify(name.slice(0, 10))} is no branch, and why`, () =>
    assert.match(branchNameFault(name) ?? '', says))
