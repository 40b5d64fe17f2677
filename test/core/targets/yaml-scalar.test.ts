import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDocument } from 'yaml'
import { doubleQuoted, plainName, quotedLike } from '../../../src/core/targets/yaml-scalar.ts'

const rows: readonly [value: string, style: string | undefined, text: string][] = [
  ['1.5.0', 'PLAIN', '1.5.0'],
  ['42', 'PLAIN', '"42"'],
  ['1.10', 'PLAIN', '"1.10"'],
  ['0123456', 'PLAIN', '"0123456"'],
  ['1.50', 'PLAIN', '"1.50"'],
  ['12e5', 'PLAIN', '"12e5"'],
  ['1_000', 'PLAIN', '"1_000"'],
  ['0x1f', 'PLAIN', '"0x1f"'],
  ['1:20', 'PLAIN', '"1:20"'],
  ['1.5.0@sha256:12', 'PLAIN', '1.5.0@sha256:12'],
  ['v1.5.0', 'PLAIN', 'v1.5.0'],
  ['reg:5000/acme/web:1', 'PLAIN', 'reg:5000/acme/web:1'],
  ['on', 'PLAIN', '"on"'],
  ['Null', 'PLAIN', '"Null"'],
  ['a:', 'PLAIN', '"a:"'],
  ['2026-11-24', 'PLAIN', '"2026-11-24"'],
  ['1.5.0', 'QUOTE_SINGLE', "'1.5.0'"],
  ["it's", 'QUOTE_SINGLE', "'it''s'"],
  ['a\nb', 'QUOTE_SINGLE', '"a\\nb"'],
  ['1.5.0', 'QUOTE_DOUBLE', '"1.5.0"'],
  ['1.5.0', 'BLOCK_LITERAL', '"1.5.0"'],
  ['1.5.0', undefined, '"1.5.0"'],
]
for (const [value, style, text] of rows) {
  test(`${JSON.stringify(value)} where ${style ?? 'nothing'} stood: ${text}`, () =>
    assert.equal(quotedLike(value, style), text))
}

const anything = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789abexoTZ._:+-')), maxLength: 10 }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter((text) => !/\p{Cs}/u.test(text)),
  fc.constantFrom(
    'yes',
    'OFF',
    '~',
    'null',
    '0o7',
    '07',
    '1e3',
    '1_000',
    '1:20',
    '.inf',
    '0x1f',
    '=',
    '<<',
    '- a',
    '# a',
    ' a ',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u007f',
  ),
)

test('whatever the text, YAML 1.1 and 1.2 read it again, in a line and in braces', () => {
  const styles = fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', undefined)
  fc.assert(
    fc.property(anything, styles, (text, style) => {
      for (const written of [doubleQuoted(text), quotedLike(text, style), plainName(text)]) {
        assert.ok(!written.includes('\n'))
        for (const version of ['1.1', '1.2'] as const) {
          assert.equal(parseDocument(`a: ${written} # c\n`, { version }).get('a'), text)
          assert.equal(parseDocument(`{b: [${written}, c]}`, { version }).getIn(['b', 0]), text)
        }
      }
    }),
    { numRuns: 500 },
  )
})
