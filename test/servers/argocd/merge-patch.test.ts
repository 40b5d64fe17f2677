import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyMergePatch, isEqual, mergePatchBetween } from './merge-patch.ts'

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return value ?? 0
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutNulls(member)]))
}
const json = fc
  .dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 3 }))
  .map((value) => withoutNulls(value) as Record<string, unknown>)

test('the patch between two objects makes the one into the other', () => {
  fc.assert(
    fc.property(json, json, (before, after) =>
      isEqual(applyMergePatch(before, mergePatchBetween(before, after)), after),
    ),
  )
})

test('there is nothing to patch between equals', () => {
  fc.assert(fc.property(json, (value) => Object.keys(mergePatchBetween(value, structuredClone(value))).length === 0))
})

const rows = [
  [{ a: 1 }, { a: 2 }, { a: 2 }],
  [{ a: { b: 1, c: 1 } }, { a: { b: 1 } }, { a: { c: null } }],
  [{ a: [1] }, { a: [1, 2] }, { a: [1, 2] }],
  [{ a: 1 }, { a: undefined }, { a: null }],
  [JSON.parse('{"a":{"__proto__":[]}}') as object, { a: {} }, JSON.parse('{"a":{"__proto__":null}}') as object],
] as const
for (const [before, after, patch] of rows) {
  test(`${JSON.stringify(before)} to ${JSON.stringify(after)}`, () =>
    assert.deepEqual(mergePatchBetween({ ...before }, { ...after }), patch))
}
