import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPathGlob, pathGlob } from '../../../src/core/text/path-glob.ts'

const rows: readonly [glob: string, folder: string, matching: readonly string[], others: readonly string[]][] = [
  ['envs/*.yaml', 'envs', ['envs/a.yaml', 'envs/.b.yaml'], ['envs/c/a.yaml', 'a.yaml', 'envs/a.yml']],
  ['*.yaml', '', ['a.yaml'], ['envs/a.yaml']],
  ['envs/**/*.yaml', 'envs', ['envs/a.yaml', 'envs/b/a.yaml', 'envs/b/c/a.yaml'], ['other/a.yaml', 'a.yaml']],
  ['**/prod/*.yaml', '', ['prod/a.yaml', 'x/prod/a.yaml', 'x/y/prod/a.yaml'], ['prod/x/a.yaml']],
  ['envs/**', 'envs', ['envs', 'envs/a.yaml', 'envs/b/a.yaml'], ['other']],
  ['a**b.yaml', '', ['ab.yaml', 'axxb.yaml'], ['a/b.yaml']],
  ['envs/?.yaml', 'envs', ['envs/a.yaml'], ['envs/ab.yaml', 'envs/.yaml']],
  ['v[0-2].yaml', '', ['v0.yaml', 'v2.yaml'], ['v3.yaml']],
  ['v[!0-2].yaml', '', ['v3.yaml'], ['v0.yaml']],
  ['v[^0-2].yaml', '', ['v3.yaml'], ['v0.yaml']],
  ['{eu,us}/*.yaml', '', ['eu/a.yaml', 'us/a.yaml'], ['ap/a.yaml', '{eu,us}/a.yaml']],
  ['a/{b,c{d,e}}*', 'a', ['a/b', 'a/cd.yaml', 'a/ce'], ['a/c', 'a/f']],
  ['a/[', 'a', [], ['a/[', 'a/x']],
  ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}*', '', [], ['aaaaaaa']],
]
for (const [text, folder, matching, others] of rows)
  test(`${text} matches what Argo CD's library does`, () => {
    assert.ok(isPathGlob(text))
    const glob = pathGlob(text)
    assert.equal(glob.folder, folder)
    assert.deepEqual(
      [...matching, ...others].filter((path) => glob.matches(path)),
      matching,
    )
  })

test('braces alone make no pattern', () => {
  assert.equal(isPathGlob('envs/{a,b}.yaml'), false)
})
