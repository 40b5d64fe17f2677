import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllowPattern, parseExtractPattern } from '../../../src/core/choosing/tag-pattern.ts'

const matches: readonly (readonly [expression: string, tag: string, matches: boolean])[] = [
  ['[a-z]+', 'lemon', true],
  ['[a-z]+', '31337', false],
  ['v1', 'xv10', true],
  ['v1', 'xv1.0.0y', true],
  ['^v1$', 'xv10', false],
  ['[aA-zZ]', 'tag-name', true],
  ['(?i)^release-.*-amd64$', 'RELEASE-1-AMD64', true],
  ['(?P<version>1)', '1', true],
  ['(?<version>1)', '1', true],
  ['^(a+)+$', `${'a'.repeat(127)}b`, false],
  ['(?:a?){50}a{50}', 'a'.repeat(50), true],
  ['^\\d+$', '١', false],
  ['.', '', false],
]

for (const [expression, tag, expected] of matches) {
  test(`allowTags ${expression} on ${tag.slice(0, 20)}: ${expected}`, () => {
    const pattern = parseAllowPattern(expression)
    assert.ok(pattern.ok)
    assert.equal(pattern.value.source, expression)
    assert.equal(pattern.value.test(tag), expected)
  })
}

const faults: readonly (readonly [expression: string, fault: RegExp])[] = [
  ['', /is empty/],
  ['^test-(.*', /missing closing \): \^test-\(\.\*/],
  ['[=', /missing closing \]/],
  ['*', /missing argument to repetition operator/],
  ['(?=a)', /look-around/],
  ['(?!a)', /look-around/],
  ['(?<=a)b', /look-around/],
  ['(?<!a)b', /look-around/],
  ['(a)\\1', /invalid escape sequence/],
  ['a{1001}', /invalid repeat count/],
  ['\\', /trailing backslash/],
  ['(?P<n>a)(?P<n>b)', /duplicate capture group name/],
  [Array.from({ length: 100 }, () => '.{0,1000}').join(''), /is too large/],
]

for (const [expression, expected] of faults) {
  test(`${JSON.stringify(expression.slice(0, 20))} is no regular expression: ${expected.source}`, () => {
    const pattern = parseAllowPattern(expression)
    assert.ok(!pattern.ok)
    assert.match(pattern.fault, expected)
  })
}

const extracts: readonly (readonly [expression: string, tag: string, captured: string | undefined])[] = [
  ['ver(\\d+)', 'ver1', '1'],
  ['ver(\\d+)', 'rel1', undefined],
  ['^v?(?P<version>[^-]+)', 'v1.2.3-5', '1.2.3'],
  ['(?P<version>\\d+)-(\\d+)', '1-2', '1'],
  ['(\\d+)-(?P<version>\\d+)', '1-2', '2'],
  ['(?<version>\\d+)', 'x7y8', '7'],
  ['1.0.0-rc\\.(?P<num>[0-9]+)', '1.0.0-rc.3', '3'],
  ['a|(b)', 'a', undefined],
  ['a(b*)', 'a', undefined],
  ['^(a+)+$', `${'a'.repeat(127)}b`, undefined],
]

for (const [expression, tag, expected] of extracts) {
  test(`extract ${expression} takes ${expected} from ${tag.slice(0, 20)}`, () => {
    const pattern = parseExtractPattern(expression)
    assert.ok(pattern.ok)
    assert.equal(pattern.value.extract(tag), expected)
  })
}

test('extract needs one group, or one named version', () => {
  const none = parseExtractPattern('(?:a)')
  assert.deepEqual(none, { ok: false, fault: 'has no group: put what is to be compared into (?P<version>…)' })
  const two = parseExtractPattern('(a)(b)')
  assert.ok(!two.ok)
  assert.match(two.fault, /has 2 groups and none is named version/)
  assert.equal(parseExtractPattern('(a').ok, false)
})
