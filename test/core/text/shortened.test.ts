import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortened } from '../../../src/core/text/shortened.ts'

const rows: readonly [name: string, text: string, longest: number, wanted: string][] = [
  ['what fits stays', 'abcd', 4, 'abcd'],
  ['what does not is cut, and says so', 'abcde', 4, 'abc…'],
  ['characters count, not halves of them', '😀😀😀😀', 4, '😀😀😀😀'],
  ['no character is cut in half', '😀😀😀😀😀', 4, '😀😀😀…'],
  ['a long text of such characters is cut as well', '😀'.repeat(1_000), 4, '😀😀😀…'],
]
for (const [name, text, longest, wanted] of rows) test(name, () => assert.equal(shortened(text, longest), wanted))

test('256 characters unless told', () => assert.equal(shortened('x'.repeat(1_000)).length, 256))
