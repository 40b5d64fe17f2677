import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../../src/core/parse-policy/nearest.ts'

const names = ['version', 'prereleases', 'tag', 'allowTags', 'ignoreTags']

const rows: readonly (readonly [written: string, meant: string | undefined])[] = [
  ['version', 'version'],
  ['Version', 'version'],
  ['verison', 'version'],
  ['versions', 'version'],
  ['prerelease', 'prereleases'],
  ['tags', 'tag'],
  ['allow_tags', 'allowTags'],
  ['ignoredTags', 'ignoreTags'],
  ['', undefined],
  ['x', undefined],
  ['platforms', undefined],
  ['x'.repeat(1_000_000), undefined],
]

for (const [written, meant] of rows) {
  test(`${written.slice(0, 20)} means ${meant}`, () => assert.equal(nearest(written, names), meant))
}
