import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseGlob } from '../../../src/core/text/glob.ts'

type Answer = boolean | 'fault'

const rows: readonly (readonly [glob: string, text: string, answer: Answer])[] = [
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['abc', '', false],
  ['*', '', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'ab/c', true],
  ['a*/b', 'a/c/b', true],
  ['a?b', 'a/b', true],
  ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['a**b', 'axxb', true],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^b-d]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['[!a]', '!', true],
  ['[!a]', 'a', true],
  ['[!a]', 'b', false],
  ['[z-a]', 'm', false],
  ['[^z-a]', 'm', true],
  ['a]', 'a]', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['\\a', 'a', true],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['a?b', 'a😀b', true],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['{a,b}', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['*-debug', '1.0-debug', true],
  ['*-debug', '1.0-debug2', false],
  ['sha-*', 'sha-1', true],
  ['', '', 'fault'],
  ['[]a]', ']', 'fault'],
  ['[-]', '-', 'fault'],
  ['[x-]', 'x', 'fault'],
  ['[-x]', 'x', 'fault'],
  ['[a-b-c]', 'a', 'fault'],
  ['[', 'a', 'fault'],
  ['[^', 'a', 'fault'],
  ['[^]', 'a', 'fault'],
  ['[^bc', 'a', 'fault'],
  ['[a', 'a', 'fault'],
  ['a[', 'x', 'fault'],
  ['\\', 'a', 'fault'],
  ['[a\\', 'a', 'fault'],
]

for (const [glob, text, answer] of rows) {
  test(`${JSON.stringify(glob)} on ${JSON.stringify(text)}: ${answer}`, () => {
    const parsed = parseGlob(glob)
    assert.equal(parsed.ok ? parsed.value.matches(text) : 'fault', answer)
  })
}

test('no glob throws, and time stays bounded', () => {
  const mark = fc.constantFrom('*', '?', '[', ']', '^', '-', '\\', 'a', 'b', '😀', '\ud83d')
  fc.assert(
    fc.property(fc.string({ unit: mark, maxLength: 20 }), fc.string({ unit: mark, maxLength: 20 }), (glob, text) => {
      const parsed = parseGlob(glob)
      if (parsed.ok) parsed.value.matches(text)
      else assert.match(parsed.fault, /write/)
    }),
  )
  const parsed = parseGlob(`${'*a'.repeat(60)}*b*`)
  assert.ok(parsed.ok && !parsed.value.matches('a'.repeat(100_000)))
})

test('a text matches itself when every character is escaped', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const parsed = parseGlob(
        Array.from(a)
          .map((character) => `\\${character}`)
          .join(''),
      )
      assert.ok(parsed.ok)
      assert.equal(parsed.value.matches(a), true)
      assert.equal(parsed.value.matches(b), a === b)
    }),
  )
})
