import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestedBranch, whatIsIt } from '../../src/git/branch-name.ts'

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
