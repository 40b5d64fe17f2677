import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathPattern } from '../../../src/core/git/path-pattern.ts'

// Held against git itself in attributes.test.ts.
for (const [pattern, matching, others] of [
  ['*.yaml', ['a.yaml', 'a/b.yaml', '.yaml'], ['a.yml', 'a.yaml/b']],
  ['/*.yaml', ['a.yaml'], ['a/b.yaml']],
  ['apps/*.yaml', ['apps/a.yaml'], ['apps/b/a.yaml', 'x/apps/a.yaml']],
  ['**/secret/*', ['secret/a', 'x/y/secret/a'], ['secret/a/b']],
  ['apps/**', ['apps/a', 'apps/b/c'], ['apps', 'x/apps/a']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
  ['[a-c]?.[!y]ml', ['a1.xml', 'cc.tml'], ['d1.xml', 'a1.yml', 'a.xml']],
  ['[]x]', [']', 'x'], ['y']],
  ['my[[:space:]]file.yaml', ['my file.yaml'], ['my_file.yaml', 'my[:space:]file.yaml']],
  ['[![:digit:]x]', ['a'], ['1', 'x']],
  ['a\\*', ['a*'], ['ab']],
  ['(a+)+$', ['(a+)+$'], ['aa']],
  ['folder/', [], ['folder', 'folder/a']],
  ['[open', [], ['[open', 'o']],
] as const)
  test(`${pattern} names ${matching.join(', ') || 'nothing'}`, () => {
    const matches = pathPattern(pattern)
    assert.deepEqual([...matching, ...others].filter(matches), matching)
  })
