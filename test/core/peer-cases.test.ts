import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TagMetadata } from '../../src/core/choosing/candidate.ts'
import { parsePlatform } from '../../src/core/choosing/platform.ts'
import { ranks } from '../../src/core/choosing/strategies/index.ts'
import { parseVersionRange } from '../../src/core/choosing/version-range.ts'
import { chosen, evaluated, now, policy, reasonsOf, type Choosing } from './choosing/choosing.ts'

// Behaviour of Argo CD Image Updater (V, F), Flux (1–43), Kargo (115–118), Keel (130–145) and Renovate (150–160), as far as it
// is about choosing; where we differ the row has our answer. What has no counterpart is in not-applicable.md.

const list = (text: string): readonly string[] => text.split(' ')
const B = list('0.1 0.5.1 0.9 1.0 1.0.1 1.1.2 2.0.3')
const P = list('1.0.0 1.1.0-rc1 1.1.0-rc.2 1.1.0-rc.10 1.1.0 1.2.0-alpha 1.2.0-beta.1 2.0.0-rc1 v2.0-rc1')
const L = list('0.0.3 0.0.4 0.1.0 0.2.3 0.2.9 0.3.0 1.0.0 1.2.3 1.2.9 1.9.0 2.0.0')
const M = list('1.2.3 20240501 1234567 2024.05.01 v1.9.9')
const S = list('1.25.0 1.25.0-alpine 1.25.1-alpine 1.26.0-alpine 1.25.1 1.25 1.25-alpine')
const keel = list('1.3.0 1.5.0 2.0.0 1.2.1')
const keelDev = list('1.3.0-dev 1.5.0 1.8.0-alpha')
const ubuntu = list('16.04 16.04.1 16.10 20.04 20.10')

const rows: readonly (readonly [
  id: string,
  choosing: Choosing,
  tags: readonly string[],
  choice: string | undefined,
])[] = [
  ['V1, V5', {}, B, '2.0.3'],
  ['V3', { version: '~1.0' }, B, '1.0.1'],
  ['V6', { version: '~1.0' }, list('0.1 0.5.1 0.9 2.0.3'), undefined],
  ['V8', { version: '~1.0' }, [], undefined],
  ['V10', {}, list('zz bb yy cc aa ll'), undefined],
  ['V13', { strategy: 'digest', tag: 'latest' }, ['latest'], 'latest'],
  ['V15', { version: '^0.5' }, B, '0.5.1'],
  ['V15', { version: '~0' }, B, '0.9'],
  ['V15', { version: '<1' }, B, '0.9'],
  ['V15', { version: '<=1.0' }, B, '1.0.1'],
  ['V15', { version: '>1' }, B, '2.0.3'],
  ['V15', { version: '=>1.1' }, B, '2.0.3'],
  ['V16', { version: '>=1.0, <2.0' }, B, '1.1.2'],
  ['V18', { version: '>1.0 || 0.9' }, B, '2.0.3'],
  ['V20', { version: '1.0.1' }, B, '1.0.1'],
  ['V21', {}, P, '1.1.0'],
  ['V21', { version: '1.x' }, P, '1.1.0'],
  ['V23', { version: '>=1.0.0-0' }, P, 'v2.0-rc1'],
  ['V23', { version: '2.x-0' }, P, 'v2.0-rc1'],
  ['V23', { version: '*-0' }, P, 'v2.0-rc1'],
  ['V25', { version: '1.2.0-alpha' }, P, '1.2.0-alpha'],
  ['V26', { version: '>1.1.0-rc1 <1.2' }, P, '1.2.0-beta.1'],
  ['V28', {}, S, '1.25.1'],
  ['V28', { version: '~1.25-0' }, S, '1.25.1'],
  ['V28', { version: '^1.25.0-alpine' }, S, '1.26.0-alpine'],
  ['V30', { version: '*-0' }, list('7.8.0-rc.9 7.8.0-rc.10'), '7.8.0-rc.10'],
  ['V31', { version: '^0.0.3' }, L, '0.0.3'],
  ['V31', { version: '^0.0' }, L, '0.0.4'],
  ['V31', { version: '^0' }, L, '0.3.0'],
  ['V31', { version: '^0.2.3' }, L, '0.2.9'],
  ['V33', { version: '>1.2' }, L, '2.0.0'],
  ['V33', { version: '<1.2' }, L, '1.0.0'],
  ['V35', {}, M, '20240501'],
  ['V35', { version: '<1000' }, M, 'v1.9.9'],
  ['V35', { version: '1.x' }, M, 'v1.9.9'],
  ['F1', {}, ['1.0'], '1.0'],
  ['F5', { strategy: 'name', allowTags: '[a-z]+' }, list('lemon 31337'), 'lemon'],
  ['F6', { strategy: 'name', allowTags: 'v1' }, ['xv10'], 'xv10'],
  ['F8', { strategy: 'name', ignoreTags: ['tag?', 'foo'] }, list('tag1 foo tag10'), 'tag10'],
  ['F10', { strategy: 'name', ignoreTags: ['{a,b}'] }, ['a'], 'a'],
  ['F13', { strategy: 'name', allowTags: 'none' }, B, undefined],
  ['1', { version: '1.0.x' }, list('0.1.0 0.1.1 0.2.0 1.0.0 1.0.1 1.0.2 1.1.0-alpha'), '1.0.2'],
  ['3', { version: '1.0.x' }, list('v1.2.3 v1.0.0 v0.1.0'), 'v1.0.0'],
  ['5', { version: '1.0.x' }, list('b1.2.3 b1.0.0 b0.1.0'), undefined],
  ['6', { version: '1.0.x' }, [], undefined],
  ['11', { version: '6.7.x' }, list('6.7.0 6.7.1'), '6.7.1'],
  ['13, 118', { version: '1.0.x' }, list('1.0 1.0.0'), '1.0.0'],
  ['15', { version: '~1.2.0-0' }, ['1.2.1-rc.1'], '1.2.1-rc.1'],
  ['16', { version: '*' }, ['1.0.0-alpha'], undefined],
  ['18', { version: '1.x-0' }, ['1.2.0-rc.1'], '1.2.0-rc.1'],
  ['20', { version: '!=1.5.0' }, ['1.5.0'], undefined],
  ['20', { version: '!=1.5.0' }, list('1.5.0 1.5.1'), '1.5.1'],
  ['21', { version: '1.2 - 1.4' }, ['1.4.5'], '1.4.5'],
  ['21', { version: '1.2.0 - 1.4.0' }, ['1.4.5'], undefined],
  ['23', { version: '*-0' }, ['1.2.3-01'], undefined],
  ['25', { strategy: 'name' }, ubuntu, '20.10'],
  ['26', { strategy: 'name' }, list('xenial yakkety zesty artful bionic'), 'zesty'],
  ['28', { strategy: 'name' }, list('1990-01-08T00-20-00Z 2023-05-08T00-20-00Z'), '2023-05-08T00-20-00Z'],
  ['30: negative numbers are none', { strategy: 'numerical' }, list('5 -8 -78 25 70 -4 80 92 -20 -24'), '92'],
  ['31', { strategy: 'numerical' }, list('0 1a b'), '0'],
  ['33', { strategy: 'numerical' }, list('9007199254740992 9007199254740993'), '9007199254740993'],
  [
    '35',
    { strategy: 'numerical', extract: '1.0.0-rc\\.(?P<num>[0-9]+)' },
    list('1.0.0 1.0.0-rc.1 1.0.0-rc.2 1.0.0-rc.3 1.0.1-rc.2'),
    '1.0.0-rc.3',
  ],
  ['36', { strategy: 'numerical', extract: 'ver(\\d+)' }, list('ver1 ver2 ver3 rel1'), 'ver3'],
  ['40', { strategy: 'name', allowTags: 'v1' }, ['xv1.0.0y'], 'xv1.0.0y'],
  ['41', { strategy: 'name', ignoreTags: ['c', 'a'] }, list('a b c d'), 'd'],
  ['43', { strategy: 'name', ignoreTags: ['aaa', 'ccc'] }, list('aaa bbb ccc'), 'bbb'],
  ['115', { allowTags: 'v1\\.', ignoreTags: ['v1.0.0'] }, list('v1.0.0 v1.1.0 v2.0.0'), 'v1.1.0'],
  ['130', { version: '~1.4.5' }, list('1.4.5 1.4.6'), '1.4.6'],
  ['131', { version: '~1.4' }, list('1.4 1.4.6 1.5.6'), '1.4.6'],
  ['133', { version: '^1.4-0', allowTags: '-xx$' }, list('1.4.5-xx 1.4.6-xx 1.4.6-yy'), '1.4.6-xx'],
  ['135: what follows the hyphen is a prerelease', { version: '^1' }, list('v1.0.0 v1.0.1-metadata'), 'v1.0.0'],
  ['135', { version: '^1', prereleases: true }, list('v1.0.0 v1.0.1-metadata'), 'v1.0.1-metadata'],
  ['136: 3050 is a version', {}, list('1.4.5 3050'), '3050'],
  ['136', { version: '^1' }, list('1.4.5 3050'), '1.4.5'],
  ['140', { version: '~1.2' }, keel, '1.2.1'],
  ['140', { version: '^1.2' }, keel, '1.5.0'],
  ['140', {}, keel, '2.0.0'],
  ['141', { version: '>=1.2.0-dev', allowTags: '-dev$' }, keelDev, '1.3.0-dev'],
  ['141', { version: '^1.2.0-dev' }, keelDev, '1.8.0-alpha'],
  [
    '143',
    { strategy: 'name', allowTags: '^build-' },
    list('build-1696801784 build-1696801785 build-169680178 main'),
    'build-1696801785',
  ],
  ['145', { strategy: 'name' }, list('latest.20241321 latest.20251321'), 'latest.20251321'],
  [
    '150',
    {},
    ['foo', '0a1b2c3', '0123456789abcdef0123456789abcdef01234567', '01aecc#v2.1.0', '1'.repeat(40)],
    undefined,
  ],
  ['151', {}, list('1.2.3 1.2'), '1.2.3'],
  ['151: shorter is not greater', {}, list('10.1 10.1.2'), '10.1.2'],
  ['151', {}, list('18.04 18.1'), '18.04'],
  [
    '153, 158',
    { version: '>=3-0', allowTags: '-alpine$' },
    list('3.7.0-alpine 3.8.0-alpine 3.7-alpine 3.8.2'),
    '3.8.0-alpine',
  ],
  ['155: 3.7.0b5 is no version', {}, list('3.7.0b1 3.7.0b5 3.7.0 3.7-alpine 3.8.0b1-alpine 3.8.0 3.8.2'), '3.8.2'],
  [
    '156',
    { extract: '^(?P<version>[0-9.]+)-' },
    list('3.14.1-202508210758 3.16.0-202510071958'),
    '3.16.0-202510071958',
  ],
  ['160: name goes by bytes', { strategy: 'name' }, list('3.7.0b5 3.7.0b10'), '3.7.0b5'],
  // Differences between Masterminds/semver and node-semver.
  ['6.1', { version: '>0,<2.0' }, list('0.0.0 1.9.9 2.0.0'), '1.9.9'],
  ['6.1', { version: '>=01.0.0' }, ['1.0.0'], '1.0.0'],
  ['6.1', { version: '=<1.0' }, list('1.0.9 1.1.0'), '1.0.9'],
  ['6.1', { version: '^1.0.0-0' }, list('1.9.0-rc.1 2.0.0-rc.1'), '1.9.0-rc.1'],
  ['6.1', { version: '<2.0.0' }, ['2.0.0-alpha'], undefined],
  ['6.1', {}, ['01.2.3'], '01.2.3'],
  ['6.1', { version: '>=2024' }, ['2024.01.02'], '2024.01.02'],
  ['6.1', {}, ['99999999999999999.0.0'], '99999999999999999.0.0'],
  ['6.1', {}, [' 1.2.3 '], undefined],
  ['6.1', {}, list('1.0.0+1 1.0.0+2'), '1.0.0+2'],
  ['6.1', { version: '>=1.0.0-0 <2.0.0' }, list('1.5.0-rc.1 2.0.0-rc.1'), '2.0.0-rc.1'],
  ['6.1', { version: '>=1.0.0 <2.0.0-0' }, list('1.5.0-rc.1 2.0.0-alpha'), '1.5.0-rc.1'],
  ['6.1', { version: '^1.0.0-0 || 3.x' }, ['3.1.0-rc.1'], undefined],
]

for (const [id, choosing, tags, choice] of rows) {
  test(`${id}: ${JSON.stringify(choosing)} chooses ${choice} of ${tags.join(' ').slice(0, 40)}`, () => {
    assert.equal(chosen(choosing, tags), choice)
    assert.equal(chosen(choosing, tags.toReversed()), choice)
  })
}

const ranges: readonly (readonly [id: string, range: string, isValid: boolean])[] = [
  ...list('~> 1.2- 1.x|| 1.0;2.0 [1.0,2.0) 1.2.3.4').map((range) => ['V36', range, false] as const),
  ['V36', '1.2 || latest', false],
  ['8', '*-*', false],
  ...list('1.0.x ^1.0 =1.0.0 ~1.0 >=1.0 >0,<2.0').map((range) => ['10', range, true] as const),
  ['6.1', '', false],
  ['6.1', '^1.0 ^2.0', true],
]

for (const [id, range, isValid] of ranges) {
  test(`${id}: ${JSON.stringify(range)} is ${isValid ? 'a' : 'no'} constraint`, () => {
    assert.equal(parseVersionRange(range).ok, isValid)
  })
}

const faults: readonly (readonly [id: string, choosing: Choosing])[] = [
  ['F11: a malformed glob is not skipped', { ignoreTags: ['[a'] }],
  ['38', { allowTags: '^test-(.*' }],
  ['38', { allowTags: '[=' }],
]

for (const [id, choosing] of faults) test(id, () => assert.throws(() => policy(choosing)))

/** Ascending: the choice is taken away again and again. */
function ascending(
  choosing: Choosing,
  tags: readonly string[],
  metadata?: ReadonlyMap<string, TagMetadata>,
): readonly string[] {
  const tag = evaluated(choosing, tags, metadata).choice?.tag
  return tag === undefined
    ? []
    : [
        ...ascending(
          choosing,
          tags.filter((other) => other !== tag),
          metadata,
        ),
        tag,
      ]
}

function createdAt(tags: readonly string[], timeOf: (index: number) => number): ReadonlyMap<string, TagMetadata> {
  return new Map(tags.map((tag, index) => [tag, { digest: `sha256:${index}`, createdAt: timeOf(index) }]))
}

const release = list('v2.0.2 v1.0 v2.0.0 v1.0.1 v2.0.3 v2.0')
const inOrder = list('v1.0 v1.0.1 v2.0 v2.0.0 v2.0.2 v2.0.3')

test('V38: versions in ascending order', () => assert.deepEqual(ascending({}, release), inOrder))

test('V40: equal times are ordered by name', () => {
  assert.deepEqual(
    ascending(
      { strategy: 'latest' },
      release,
      createdAt(release, () => now),
    ),
    inOrder,
  )
})

test('116: versions in ascending order', () => {
  const tags = list('5.0.0 0.0.1 0.2.1 0.1.1 1.1.1 7.0.6 1.0.0 1.0.2')
  assert.deepEqual(ascending({}, tags), list('0.0.1 0.1.1 0.2.1 1.0.0 1.0.2 1.1.1 5.0.0 7.0.6'))
})

test('V11: the newest image is chosen whatever its name is', () => {
  const tags = list('zz bb cc yy aa ll')
  assert.deepEqual(
    ascending(
      { strategy: 'latest' },
      tags,
      createdAt(tags, (index) => now - 1_000 + index),
    ),
    tags,
  )
})

test('V41, 145: a desired value above the choice ranks above it', () => {
  assert.ok((ranks(policy({ version: '~1.0' }), { tag: '2.0.3' }, { tag: '1.0.1' }) ?? 0) > 0)
  assert.ok((ranks(policy({ strategy: 'name' }), { tag: 'latest.20251321' }, { tag: 'latest.20241321' }) ?? 0) > 0)
})

test('5, 31: what can not be chosen has its reason', () => {
  assert.deepEqual(reasonsOf(evaluated({ version: '1.0.x' }, ['b1.0.0'])), { NotAVersion: ['b1.0.0'] })
  assert.deepEqual(reasonsOf(evaluated({ strategy: 'numerical' }, list('0 1a b'))), { NotANumber: ['1a', 'b'] })
})

const platformRows: readonly (readonly [id: string, wanted: string, image: readonly string[], passes: boolean])[] = [
  ['F15', 'linux/arm64/v8', ['linux/arm64'], true],
  ['F15', 'linux/arm64/v8', ['linux/arm64/invalid'], false],
  ['F16', 'linux/arm/v6', ['linux/arm/v6'], true],
  ['F16', 'linux/arm/v6', ['linux/arm'], false],
  ['120', 'linux/arm64', ['linux/amd64', 'linux/arm64'], true],
  ['121: the configuration tells a single image’s', 'linux/amd64', ['linux/amd64'], true],
]
for (const [id, wanted, image, passes] of platformRows)
  test(`${id}: an image for ${image.join(' and ')} is ${passes ? 'one' : 'none'} for ${wanted}`, () => {
    const platforms = image.flatMap((each) => {
      const read = parsePlatform(each)
      return read.ok ? [read.value] : []
    })
    const known = new Map([['1.0', { digest: 'sha256:index', createdAt: undefined, platforms }]])
    const { choice } = evaluated({ platforms: [wanted] }, ['1.0'], known)
    assert.deepEqual(choice, passes ? { tag: '1.0', digest: 'sha256:index' } : undefined)
  })

test('120: an index without an image is passed over, and ends nothing', () => {
  const known = new Map([['1.1', { digest: '', createdAt: undefined, platforms: [] }]])
  assert.equal(evaluated({ platforms: ['linux/amd64'] }, ['1.0', '1.1'], known).choice?.tag, '1.0')
})

test('F18: a platform that is none is a fault of the policy', () => {
  assert.throws(() => policy({ platforms: ['invalid'] }), /platforms\[0\]: is no platform/)
})
