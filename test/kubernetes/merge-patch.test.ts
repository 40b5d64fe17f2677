import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergePatch } from '../../src/kubernetes/merge-patch.ts'

const rows: readonly [name: string, before: object, after: object, patch: object | undefined][] = [
  ['equal objects need none', { a: { b: [1] } }, { a: { b: [1] } }, undefined],
  ['undefined is absent', { a: 1 }, { a: 1, b: undefined }, undefined],
  ['what is gone becomes null', { a: 1, b: { c: 1 } }, { b: {} }, { a: null, b: { c: null } }],
  ['only what differs is sent', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
  ['a list is sent whole', { a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }, { b: 3 }] }, { a: [{ b: 1 }, { b: 3 }] }],
  ['undefined in a list makes no difference', { a: [{ b: 1 }] }, { a: [{ b: 1, c: undefined }] }, undefined],
]
for (const [name, before, after, patch] of rows)
  test(name, () => assert.deepEqual(mergePatch({ ...before }, { ...after }), patch))

test('applied as RFC 7386 says, it makes the one of the other', () => {
  const object = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        fc.integer(),
        fc.array(fc.integer()),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { noNullPrototype: true }),
      ),
    })).value,
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(object, object, (before, after) => assert.deepEqual(apply(before, mergePatch(before, after)), after)),
  )
})

function apply(target: unknown, patch: unknown): unknown {
  if (patch === undefined) return target
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = typeof target === 'object' && !Array.isArray(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name]
    else result[name] = apply(result[name], value)
  return result
}
