import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparableOf, filterTags } from '../../../src/core/choosing/tag-filter.ts'
import { policy, type Choosing } from './choosing.ts'

const hex = '0123456789abcdef'.repeat(4)

/** What a tag is compared as, or why it is left out. */
const rows: readonly (readonly [filters: Choosing, tag: string, expected: string])[] = [
  [{}, '1.0', '1.0'],
  [{}, `sha256-${hex}`, 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{}, `sha256-${hex}.sig`, 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{}, `sha256-${hex}.att`, 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{}, `sha256-${hex}.sbom`, 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{}, '1.0.sig', 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{}, '.sbom', 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{}, `sha256-${hex}0`, `sha256-${hex}0`],
  [{}, `x-sha256-${hex}`, `x-sha256-${hex}`],
  [{}, '1.0.sig2', '1.0.sig2'],
  [{ ignoreTags: ['tag?', 'foo'] }, 'tag1', 'Ignored: matches tag? of ignoreTags'],
  [{ ignoreTags: ['tag?', 'foo'] }, 'foo', 'Ignored: matches foo of ignoreTags'],
  [{ ignoreTags: ['tag?', 'foo'] }, 'tag10', 'tag10'],
  [{ ignoreTags: ['*'] }, '1.0.sig', 'NotAnImage: is a signature, an attestation, an SBOM or a list of referrers'],
  [{ ignoreTags: ['{a,b}'] }, 'a', 'a'],
  [{ ignoreTags: ['v1.0.0'], allowTags: 'v1' }, 'v1.0.0', 'Ignored: matches v1.0.0 of ignoreTags'],
  [{ allowTags: '^v' }, '1.0', 'NotAllowed: does not match allowTags'],
  [{ allowTags: '1' }, 'v1.0', 'v1.0'],
  [{ allowTags: '^v', extract: '(\\d+)' }, '1.0', 'NotAllowed: does not match allowTags'],
  [{ extract: '^v(\\d+)' }, 'v12-x', '12'],
  [{ extract: '^v(\\d+)' }, '12', 'NotExtracted: does not match extract'],
  [{ extract: '^v(\\d*)' }, 'v', 'NotExtracted: matches extract, but its group holds nothing'],
  [{ extract: 'a|(b)' }, 'a', 'NotExtracted: matches extract, but its group holds nothing'],
]

for (const [filters, tag, expected] of rows) {
  test(`${JSON.stringify(filters)} on ${tag.slice(0, 16)}: ${expected}`, () => {
    const spec = policy({ strategy: 'name', ...filters }).filters
    const { candidates, rejected } = filterTags(spec, [tag])
    const [candidate, rejection] = [candidates[0], rejected[0]]
    assert.equal(candidates.length + rejected.length, 1)
    assert.equal((candidate ?? rejection)?.tag, tag)
    assert.equal(candidate?.comparable ?? `${rejection?.reason}: ${rejection?.message}`, expected)
  })
}

test('what is compared of a tag does not depend on the other filters', () => {
  const { filters } = policy({ strategy: 'name', ignoreTags: ['*'], extract: '^v(.*)$' })
  assert.equal(comparableOf('v1', filters), '1')
  assert.equal(comparableOf('1', filters), undefined)
})
