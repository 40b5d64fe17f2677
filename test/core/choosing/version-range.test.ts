import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseVersionRange } from '../../../src/core/choosing/version-range.ts'
import { parseVersion } from '../../../src/core/choosing/version.ts'

/** `badC`: the constraint is refused; `badV`: the version is. */
type Answer = 'true' | 'false' | 'badC' | 'badV'

// Measured with Masterminds/semver.
const pairs: readonly (readonly [constraint: string, version: string, answer: Answer])[] = [
  ['>=1.0, <2.0', '1.5.0', 'true'],
  ['>=1.0,<2.0', '1.5.0', 'true'],
  ['>=1.0 <2.0', '1.5.0', 'true'],
  ['>= 1.0 , < 2.0', '2.0.0', 'false'],
  ['1.x', '1.9.9', 'true'],
  ['1.X', '1.9.9', 'true'],
  ['1.*', '1.9.9', 'true'],
  ['1', '1.9.9', 'true'],
  ['=1', '1.9.9', 'true'],
  ['1.2', '1.2.9', 'true'],
  ['=1.2', '1.2.9', 'true'],
  ['~1', '1.9.0', 'true'],
  ['~1.2', '1.3.0', 'false'],
  ['~1.2.3', '1.2.9', 'true'],
  ['~>1.2', '1.2.7', 'true'],
  ['^0.2', '0.2.9', 'true'],
  ['^0.2', '0.3.0', 'false'],
  ['^0', '0.9.0', 'true'],
  ['^0.0', '0.0.9', 'true'],
  ['^0.0.3', '0.0.4', 'false'],
  ['1.2 - 1.4', '1.4.5', 'true'],
  ['1.2 - 1.4.5', '1.4.5', 'true'],
  ['1.2.0 - 1.4', '1.5.0', 'false'],
  ['1.2-1.4', '1.3.0', 'false'],
  ['!=1.3', '1.4.0', 'true'],
  ['!=1.3', '1.3.5', 'false'],
  ['!=1.3.0', '1.3.5', 'true'],
  ['>=1.0, !=1.3.x', '1.3.2', 'false'],
  ['>=1.0, !=1.3.x', '1.4.0', 'true'],
  ['=>1.2', '1.2.0', 'true'],
  ['=<1.2', '1.2.5', 'true'],
  ['<=1.2', '1.2.5', 'true'],
  ['<=1.2.0', '1.2.5', 'false'],
  ['<=1', '1.9.0', 'true'],
  ['>1', '1.9.0', 'false'],
  ['>1', '2.0.0', 'true'],
  ['>1.2', '1.2.5', 'false'],
  ['>11', '11.1.0', 'false'],
  ['<1.2', '1.1.9', 'true'],
  ['*', '1.2.3', 'true'],
  ['*', '1.2.3-rc.1', 'false'],
  ['*-0', '1.2.3-rc.1', 'true'],
  ['>=0.0.0-0', '1.2.3-rc.1', 'true'],
  ['>=1.0.0-0', '1.2.3-rc.1', 'true'],
  ['>=1.0.0-0', '2.0.0', 'true'],
  ['>=1.0.0-0, <2.0.0', '1.2.3-rc.1', 'true'],
  ['>=1.0.0-0, <2.0.0-0', '2.0.0-rc.1', 'false'],
  ['^1.0.0-0', '1.2.3-rc.1', 'true'],
  ['^1.0.0-0', '2.0.0-rc.1', 'false'],
  ['~1.2.0-0', '1.2.5-beta', 'true'],
  ['1.2.3-rc.1', '1.2.3-rc.1', 'true'],
  ['>1.2.3-alpha', '1.2.3-beta', 'true'],
  ['>1.2.3-alpha', '1.2.4-beta', 'true'],
  ['1.2 || 1.4', '1.4.7', 'true'],
  ['1.2 || >=2, <3', '2.5.0', 'true'],
  ['v1.2', '1.2.3', 'true'],
  ['>=v1.2', '1.2.3', 'true'],
  ['^v1.2.3', '1.3.0', 'true'],
  ['1.2.3', 'v1.2.3', 'true'],
  ['>=1.0', '1.2', 'true'],
  ['>=1.0', '1', 'true'],
  ['>=1.0', 'v1.2', 'true'],
  ['>=1.0', '01.02.03', 'true'],
  ['>=1.0', '1.02.3', 'true'],
  ['>=1.0', '1.2.3.4', 'badV'],
  ['1.2.3.4', '1.2.3', 'badC'],
  ['>=01.2', '1.3.0', 'true'],
  ['1.2.3', '1.2.3+build5', 'true'],
  ['=1.2.3+build5', '1.2.3+build6', 'true'],
  ['>=1.0', '1.2.3-alpine', 'false'],
  ['>=1.0-0', '1.2.3-alpine', 'true'],
  ['', '1.2.3', 'badC'],
  ['latest', '1.2.3', 'badC'],
  ['>=1.0 || latest', '1.0.0', 'badC'],
  ['x', '1.2.3', 'true'],
  ['1.x.x', '1.2.3', 'true'],
  ['1.2.x-0', '1.2.3-rc1', 'true'],
  ['>=1.2.x', '1.1.0', 'false'],
  ['<2.x', '1.9.0', 'true'],
  ['<2.x', '2.0.0', 'false'],
  ['^1.x', '1.5.0', 'true'],
  ['> 1.2', '1.3.0', 'true'],
  ['>=1.0,', '1.2.0', 'badC'],
  [',>=1.0', '1.2.0', 'badC'],
  ['>=1.0,,<2', '1.2.0', 'badC'],
  ['(>=1.0)', '1.2.0', 'badC'],
  ['>=1.0 && <2', '1.2.0', 'badC'],
  ['2024.01.15', '2024.01.15', 'true'],
  ['>=2024.1', '2024.11.05', 'true'],
  ['>=1.0', '20240115', 'true'],
  ['>=1.0', '1.2.3-SNAPSHOT', 'false'],
  ['~1.2.3-beta.2', '1.2.3-beta.4', 'true'],
  ['~1.2.3-beta.2', '1.2.4-beta.2', 'true'],
  ['>=1', '1.0.0-rc.1', 'false'],
  ['>=1', '99999999999999999999.0.0', 'badV'],
  // Rules of ours beside them.
  ['>=1.0.0-0 <2.0.0', '1.5.0-rc.1', 'true'],
  ['>=1.0.0-0 <2.0.0', '2.0.0-rc.1', 'true'],
  ['>=1.0.0 <2.0.0-0', '1.5.0-rc.1', 'true'],
  ['>=1.0.0 <2.0.0-0', '2.0.0-alpha', 'false'],
  ['^1.0.0-0 || 3.x', '3.1.0-rc.1', 'false'],
  ['<2, >=1-0', '2.0.0-rc.1', 'true'],
  ['>=1.2, <9-0', '1.2.0-rc.1', 'false'],
  ['^1.2-beta', '1.2.0-beta.1', 'true'],
  ['^1.2-beta', '1.2.0-alpha', 'false'],
  ['1 - 2, !=1.5', '1.4.0', 'true'],
  ['1 - 2, !=1.5', '1.5.3', 'false'],
  ['1 - 2, !=1.5', '2.9.9', 'true'],
  ['!=1.2', '1.2.7', 'false'],
  ['!=1.2, >=0-0', '1.2.7-rc.1', 'true'],
  ['!=1, >=0-0', '1.2.7-rc.1', 'false'],
  ['!=1.x', '2.0.0', 'true'],
  ['>1.2', '1.3.0', 'true'],
  ['>1.2, <9-0', '1.3.0-rc.1', 'true'],
  ['<=1, >=0-0', '1.9.0-rc.1', 'true'],
  ['~0.0.0', '0.0.9', 'true'],
  ['~0.0.0', '0.1.0', 'false'],
  ['~0.0.0', '1.0.0', 'false'],
  ['^0.0.0', '0.0.0', 'true'],
  ['^0.0.0', '0.0.1', 'false'],
  ['^0.0.3-rc.1', '0.0.3-rc.2', 'true'],
  ['^0.0.3-rc.1', '0.0.3', 'true'],
  ['^0.0.3-rc.1', '0.0.4-rc.1', 'false'],
  ['1||2 - 3', '1.5.0', 'true'],
  ['1||2 - 3', '3.9.0', 'true'],
  ['1||2 - 3', '4.0.0', 'false'],
  ['1 - 2||4 - 5', '5.1.0', 'true'],
  ['~*', '7.0.0', 'true'],
  ['>=*', '7.0.0', 'true'],
  ['=*', '7.0.0', 'true'],
  ['* - 2', '1.0.0', 'true'],
  ['1.x.5', '1.9.0', 'true'],
  ['>=9007199254740993', '9007199254740992', 'false'],
  ['>9007199254740991', '9007199254740992', 'true'],
  ['<=9007199254740991', '9007199254740992', 'false'],
  ['\t>=1\n<2\r', '1.5.0', 'true'],
  ['>=1\u00a0<2', '1.5.0', 'badC'],
  ['1.0 >3', '1.0.0', 'false'],
  ['>0 1 - 2', '1.0.0', 'badC'],
  ['>0, 1 - 2', '1.0.0', 'true'],
  ['1 - 2 1 - 3', '1.5.0', 'true'],
  ['1 - 2 >1.5', '1.6.0', 'true'],
  ['1 - 2>1.5', '1.6.0', 'true'],
  ['1 - 2>1.5', '1.5.0', 'false'],
  ['>1.0.0-rc.1', '1.0.0-rc.1.0', 'true'],
  ['=1.0.0-rc.1', '1.0.0-rc.1.0', 'false'],
  ['<=1.0.0-rc.1', '1.0.0-rc.1.0', 'false'],
  ['>=1 - 2', '1.0.0', 'badC'],
  ['1 - 2 - 3', '1.0.0', 'badC'],
  ['1 -2', '1.0.0', 'badC'],
  ['~>', '1.0.0', 'badC'],
  ['1.2-', '1.2.0', 'badC'],
  ['1.x||', '1.2.0', 'badC'],
  ['||1.x', '1.2.0', 'badC'],
  ['1.0;2.0', '1.0.0', 'badC'],
  ['[1.0,2.0)', '1.0.0', 'badC'],
  ['1.2 || latest', '1.2.0', 'badC'],
  ['*-*', '1.2.0', 'badC'],
  ['1|2', '1.2.0', 'badC'],
  ['V1', '1.2.0', 'badC'],
  ['==1', '1.2.0', 'badC'],
  [' ', '1.2.0', 'badC'],
  ['1.2-01', '1.2.0', 'badC'],
  ['1xx', '1.2.0', 'badC'],
  ['^*', '1.2.0', 'badC'],
  ['>*', '1.2.0', 'badC'],
  ['<*', '1.2.0', 'badC'],
  ['<=*', '1.2.0', 'badC'],
  ['!=*', '1.2.0', 'badC'],
  ['^x-0', '1.2.0', 'badC'],
  ['1 - *', '1.2.0', 'badC'],
  ['!=1.2-0', '1.2.0', 'badC'],
  ['!=1-0', '1.2.0', 'badC'],
  ['>=18446744073709551616', '1.2.0', 'badC'],
]

for (const [constraint, version, answer] of pairs) {
  test(`${JSON.stringify(constraint)} on ${version}: ${answer}`, () => {
    assert.equal(answerOf(constraint, version), answer)
  })
}

function answerOf(constraint: string, text: string): Answer {
  const range = parseVersionRange(constraint)
  const version = parseVersion(text)
  if (!range.ok) return 'badC'
  if (version === undefined) return 'badV'
  return range.value.admits(version, false) === 'yes' ? 'true' : 'false'
}

test('700 generated constraints are read as the library reads them (version-range/oracle)', () => {
  const lines = readFileSync(new URL('version-range/vectors.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  assert.equal(lines.length, 700)
  for (const line of lines) {
    const [constraint = '', versions = '', answers] = line.split('\t')
    assert.equal(lettersOf(constraint, versions.split(' ')), answers, line)
  }
})

function lettersOf(constraint: string, versions: readonly string[]): string {
  const range = parseVersionRange(constraint)
  if (!range.ok) return 'invalid'
  const letters = { yes: 'y', prerelease: 'p', no: 'n' }
  return versions
    .map((text) => {
      const version = parseVersion(text)
      return version === undefined ? 'x' : letters[range.value.admits(version, false)]
    })
    .join('')
}

const impossible: readonly (readonly [constraint: string, releases: boolean, prereleases: boolean])[] = [
  ['^1.0 ^2.0', false, false],
  ['^1.0 || ^2.0', true, true],
  ['1.2.3 !=1.2.3', false, false],
  ['~1.2 !=1.2', false, true],
  ['~1 !=1', false, false],
  ['>=1.0.0, !=1.0.0, <=1.0.1, !=1.0.1', false, true],
  ['>=1.0.0, !=1.0.0, <1.0.2', true, true],
  ['>1.0.0 <1.0.1', false, true],
  ['>1.0.0 <1.0.1-0', false, false],
  ['>1.0.0-rc.1 <1.0.0', true, true],
  ['>1.0.0-rc.1 <1.0.0-rc.1.0', false, false],
  ['<0', false, true],
  ['<0-0', false, false],
  ['>18446744073709551615.0.0', true, true],
  ['*', true, true],
]

for (const [constraint, releases, prereleases] of impossible) {
  test(`${constraint} ${releases ? 'can' : "can't"} match, with prereleases it ${prereleases ? 'can' : "can't"}`, () => {
    const range = parseVersionRange(constraint)
    assert.ok(range.ok)
    assert.equal(range.value.canMatch(false), releases)
    assert.equal(range.value.canMatch(true), prereleases)
  })
}

const faults: readonly (readonly [constraint: string, fault: RegExp])[] = [
  ['', /^is empty: write \*/],
  ['latest', /^is no version constraint at "latest": write for example/],
  ['>=1.0,', /at its end/],
  ['1.2 || latest', /at "latest"/],
  ['1.2.3.4', /at "\.4"/],
  ['^*', /at "\^\*": write \* to admit any version/],
  ['!=1.2-0', /at "!=1\.2-0": write !=1\.2 or !=1\.2\.0-rc\.1/],
  ['>1.2-01', /at ">1\.2-01": write numbers below 2\^64/],
  ['x'.repeat(200_000), /write/],
]

for (const [constraint, expected] of faults) {
  test(`${JSON.stringify(constraint.slice(0, 20))} is refused: ${expected.source}`, () => {
    const range = parseVersionRange(constraint)
    assert.ok(!range.ok)
    assert.match(range.fault, expected)
  })
}

test('a range that admits a version can match, and admits it as well with prereleases', () => {
  const mark = fc.constantFrom(
    '1',
    '2',
    '0',
    '.',
    '-',
    'x',
    '*',
    ' ',
    ',',
    '||',
    '>',
    '<',
    '=',
    '!',
    '~',
    '^',
    'a',
    'v',
    ' - ',
  )
  const version = fc.constantFrom('0.0.0', '1.0.0', '1.2.0-a', '2.1.1', '0.1.2-0', '1.1.1')
  fc.assert(
    fc.property(fc.string({ unit: mark, maxLength: 14 }), version, (constraint, text) => {
      const range = parseVersionRange(constraint)
      const parsed = parseVersion(text)
      if (!range.ok || parsed === undefined) return
      const answer = range.value.admits(parsed, false)
      assert.equal(range.value.admits(parsed, true), answer === 'no' ? 'no' : 'yes')
      assert.ok(answer !== 'yes' || range.value.canMatch(false))
      assert.ok(answer === 'no' || range.value.canMatch(true))
    }),
    { numRuns: 5_000 },
  )
})
