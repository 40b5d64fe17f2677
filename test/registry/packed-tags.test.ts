import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { packTags } from '../../src/registry/packed-tags.ts'
import { waitFor } from '../servers/poll.ts'

const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/)

test('what is packed is what is unpacked', () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      const packed = packTags(tags)
      assert.equal(packed.count, tags.length)
      assert.deepEqual(packed.unpack(), tags)
      assert.equal(packed.revision, packTags([...tags]).revision)
    }),
  )
})

test('a list is the same object while somebody has it', () => {
  const packed = packTags(['1.0', '1.1'])
  const list = packed.unpack()
  assert.equal(packed.unpack(), list)
})

test('a list that nobody has is let go, and unpacked again', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const packed = packTags(Array.from({ length: 1_000 }, (_, index) => `1.${index}`))
  const first = new WeakRef(packed.unpack())
  await waitFor('the list is let go', () => {
    collect()
    return first.deref() === undefined
  })
  assert.equal(packed.unpack()[999], '1.999')
})

test('other lists have other revisions', () => {
  const revisions = [[], ['1'], ['1', '0'], ['10'], ['0', '1']].map((tags) => packTags(tags).revision)
  assert.equal(new Set(revisions).size, revisions.length)
})
