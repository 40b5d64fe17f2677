import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { withLinesJoined } from '../../../src/core/targets/joined-lines.ts'

const cases: readonly (readonly [name: string, text: string, joined: string])[] = [
  ['nothing to do', 'a: [\n  b]\nc: "d\n  e"\n', 'a: [\n  b]\nc: "d\n  e"\n'],
  ['brackets', 'a: [\nb,\nc\n]\nd: e\n', 'a: [ b, c ]\nd: e\n'],
  ['braces in a map', 'x:\n  a: {\n  b: c\n  }\n', 'x:\n  a: {   b: c   }\n'],
  ['in a list', '- [\na\n]\n- {\nb: c}\n', '- [ a ]\n- { b: c}\n'],
  ['brackets in brackets', 'a: [\n  [b\n],\n{c: [d]}]\n', 'a: [   [b ], {c: [d]}]\n'],
  ['single quotes', "a: 'b\nit''s'\n", "a: 'b it''s'\n"],
  ['single quotes, cut off behind two', "a: 'it''\ns'\n", "a: 'it'' s'\n"],
  ['double quotes', 'a: "b\n\\"c\\\\"\n', 'a: "b \\"c\\\\"\n'],
  ['an escaped line end', 'a: "b\\\nc"\n', 'a: "b\\ c"\n'],
  ['CRLF', 'a: [\r\nb]\r\n', 'a: [  b]\r\n'],
  ['tabs', 'a: {\n\t"b": 1}\n', 'a: {  "b": 1}\n'],
  ['quotes in brackets', 'a: ["]",\n\'[\',\n"\\"]"]\n', 'a: ["]", \'[\', "\\"]"]\n'],
  ['brackets right behind a key in quotes', 'a: {"b":"]}",\n"c":[1,\n2]}\n', 'a: {"b":"]}", "c":[1, 2]}\n'],
  ['quotes in a word', "a: [it's,\nb's]\n", "a: [it's, b's]\n"],
  ['a hash in a word', 'a: [b#],\n]]\n', 'a: [b#],\n]]\n'],
  ['a comment', 'a: [ # ]\nb, #"c\n#d\n]\n', 'a: [     b,        ]\n'],
  ['a byte-order mark', '\ufeffa: [\nb]\n', '\ufeffa: [ b]\n'],
  ['behind a block that looks so', 'a: |\n  [b\n  "c\nd: [\ne]\n', 'a: |\n  [b\n  "c\nd: [ e]\n'],
  ['no closing bracket', 'a: [\nb\n', 'a: [\nb\n'],
  ['no closing quote', 'a: [\nb]\nc: "d\ne\n', 'a: [\nb]\nc: "d\ne\n'],
  ['a document in brackets', 'a: [\n---\n]\n', 'a: [\n---\n]\n'],
  ['the end of a document in quotes', 'a: "\n...\n"\n', 'a: "\n...\n"\n'],
]

for (const [name, text, joined] of cases)
  test(`lines of too little indentation: ${name}`, () => {
    assert.equal(withLinesJoined(text), joined)
    assert.equal(joined.length, text.length)
  })

test('too many are left as they are', () => {
  const many = 'a: [\nb]\n'.repeat(1_000)
  assert.equal(withLinesJoined(many), many)
})

const word = fc.constantFrom('b', '"c ]"', "'it''s {'", '[d, e]', '{f: "g"}', 'h#i', "j's")
const comment = fc.constantFrom('', ' # k', ' # ]')
const lines = fc.array(fc.tuple(word, comment), { minLength: 1, maxLength: 5 })
const place = fc.record({
  above: fc.constantFrom('', 'x: "y"\n', 'x: |\n  "[\n'),
  below: fc.constantFrom('', 'z: 1\n'),
})

test('what stands in brackets means what it means with enough indentation', () =>
  fc.assert(
    fc.property(lines, place, (entries, { above, below }) => {
      const file = (indent: string) =>
        `${above}a: [\n${entries.map(([text, behind]) => `${indent}${text},${behind}`).join('\n')}\n${indent}]\n${below}`
      const joined = withLinesJoined(file(''))
      assert.equal(joined.length, file('').length)
      assert.deepEqual(parse(joined), parse(file('  ')))
    }),
  ))
