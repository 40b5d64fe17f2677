import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import nodeSemver from 'semver'
import { compareVersions, isPrerelease, parseVersion } from '../../../src/core/choosing/version.ts'

const valid: readonly (readonly [text: string, plain: string])[] = [
  ['1.2.3', '1.2.3'],
  ['v1.2.3', '1.2.3'],
  ['1.2', '1.2.0'],
  ['1', '1.0.0'],
  ['01.02.03', '1.2.3'],
  ['2024.05.01', '2024.5.1'],
  ['20240501', '20240501.0.0'],
  ['2024-05-01', '2024.0.0-05-01'],
  ['1.19-alpine', '1.19.0-alpine'],
  ['1-rc.1', '1.0.0-rc.1'],
  ['1.2.3-rc.1+build.5', '1.2.3-rc.1'],
  ['1.2.3+build.5', '1.2.3'],
  ['1.2.3--', '1.2.3--'],
  ['1.2.3-0', '1.2.3-0'],
  ['1.2.3-0a', '1.2.3-0a'],
  ['9007199254740993.0.0', '9007199254740993.0.0'],
  ['18446744073709551615', '18446744073709551615.0.0'],
  ['1.0.0-99999999999999999999', '1.0.0-99999999999999999999'],
  [`${'0'.repeat(100)}7`, '7.0.0'],
]

for (const [text, plain] of valid) {
  test(`${text.slice(-20)} is the version ${plain}`, () => {
    const version = parseVersion(text)
    assert.ok(version !== undefined)
    const { major, minor, patch, prerelease } = version
    const numbers = [major, minor, patch].join('.')
    assert.equal(prerelease.length === 0 ? numbers : `${numbers}-${prerelease.join('.')}`, plain)
    assert.equal(isPrerelease(version), plain.includes('-'))
  })
}

const invalid = [
  '',
  'v',
  'V1.2.3',
  'vv1',
  ' 1.2.3 ',
  '1.2.3\n',
  '1.2.3.4',
  'release-1.2.3',
  '1.2.3_b5',
  '1.2.3-01',
  '1.2.3-a.00',
  '1.2.3-',
  '1.2.3-a.',
  '1.2.3-a..b',
  '1.2.3+',
  '1.2.3+a+b',
  '1..2',
  '.1',
  '1.',
  '-1',
  '1.x',
  'x',
  'latest',
  '1e3',
  '0x10',
  '١.٢',
  '18446744073709551616',
  '99999999999999999999.0.0',
  '1.99999999999999999999',
  '1.2.99999999999999999999',
  '9'.repeat(100_000),
]

for (const text of invalid) {
  test(`${JSON.stringify(text.slice(0, 30))} is no version`, () => assert.equal(parseVersion(text), undefined))
}

const ascending: readonly (readonly string[])[] = [
  [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
  ],
  ['7.8.0-rc.9', '7.8.0-rc.10', '7.8.0-rc10', '7.8.0-rc9', '7.8.0'],
  ['0.0.1', '0.1.1', '0.2.1', '1.0.0', '1.0.2', '1.1.1', '5.0.0', '7.0.6'],
  ['9007199254740991', '9007199254740992', '9007199254740993', '18446744073709551615'],
  ['1.9007199254740992.0', '1.9007199254740993.0'],
  ['1.0.0-9007199254740992', '1.0.0-9007199254740993', '1.0.0-99999999999999999999', '1.0.0-100000000000000000000'],
  ['1.0.0-99999999999999999999', '1.0.0--1', '1.0.0-0a'],
]

for (const versions of ascending) {
  test(`${versions[0]} and so on are ascending`, () => {
    const parsed = versions.map((text) => parseVersion(text) ?? assert.fail(text))
    for (const [index, version] of parsed.entries()) {
      for (const [other, another] of parsed.entries()) {
        assert.equal(
          Math.sign(compareVersions(version, another)),
          Math.sign(index - other),
          `${versions[index]} ${versions[other]}`,
        )
      }
    }
  })
}

test('spellings of one version are equal, and build metadata has no precedence', () => {
  const spellings = ['1', '1.0', '1.0.0', 'v1.0.0', '01', '1.0.0+a', 'v1+b'].map((text) => parseVersion(text))
  for (const a of spellings) for (const b of spellings) assert.equal(a && b && compareVersions(a, b), 0)
})

test('where node-semver can read versions, both order them the same', () => {
  const number = fc.oneof(fc.nat(3), fc.nat())
  const identifier = fc.oneof(fc.nat(20).map(String), fc.stringMatching(/^[a-z-][a-z0-9-]{0,3}$/))
  const version = fc
    .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }))
    .map(([major, minor, patch, ids]) => `${major}.${minor}.${patch}${ids.length === 0 ? '' : `-${ids.join('.')}`}`)
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [versionA, versionB] = [parseVersion(a), parseVersion(b)]
      assert.ok(versionA !== undefined && versionB !== undefined)
      assert.equal(Math.sign(compareVersions(versionA, versionB)), nodeSemver.compare(a, b))
    }),
    { numRuns: 2_000 },
  )
})

test('a version of numbers alone is read as it is with build metadata behind it, which has no precedence', () => {
  const digits = fc.stringMatching(/^(?:0?[0-9]{1,17}|[0-9]{1,3}|)$/)
  const numbers = fc.array(digits, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(fc.constantFrom('', 'v'), numbers, (prefix, text) => {
      assert.deepEqual(parseVersion(prefix + text), parseVersion(`${prefix}${text}+build`))
    }),
  )
})
