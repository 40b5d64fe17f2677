import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packTags } from '../../src/registry/packed-tags.ts'

const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/)

test('what is packed is what is unpacked', () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      const packed = packTags(tags)
      assert.equal(packed.count, tags.length)
      assert.deepEqual(packed.unpack(), tags)
      assert.equal(packed.revision, packTags([...tags]).revision)
      assert.equal(packed.isSorted, tags.join() === [...new Set(tags)].toSorted().join())
    }),
  )
})

test('other lists have other revisions', () => {
  const revisions = [[], ['1'], ['1', '0'], ['10'], ['0', '1']].map((tags) => packTags(tags).revision)
  assert.equal(new Set(revisions).size, revisions.length)
})
