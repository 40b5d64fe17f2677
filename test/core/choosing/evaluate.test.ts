import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TagMetadata } from '../../../src/core/choosing/candidate.ts'
import {
  candidatesOf,
  candidatesOfTag,
  evaluate,
  evaluationStatus,
  told,
  type Evaluation,
} from '../../../src/core/choosing/evaluate.ts'
import { chosen, evaluated, now, policy, reasonsOf, scan, type Choosing } from './choosing.ts'

const hour = 3_600_000
const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`

function metadata(
  rows: readonly (readonly [tag: string, digest: string, createdAt: number | undefined, artifact?: boolean])[],
): ReadonlyMap<string, TagMetadata> {
  return new Map(
    rows.map(([tag, digit, createdAt, artifact = false]) => [tag, { digest: digestOf(digit), createdAt, artifact }]),
  )
}

const B = ['0.1', '0.5.1', '0.9', '1.0', '1.0.1', '1.1.2', '2.0.3']
const P = '1.0.0 1.1.0-rc1 1.1.0-rc.2 1.1.0-rc.10 1.1.0 1.2.0-alpha 1.2.0-beta.1 2.0.0-rc1 v2.0-rc1'.split(' ')

// What Masterminds/semver 3.4 chooses; of versions that are equal, the greatest text.
const choices: readonly (readonly [
  version: string | undefined,
  tags: readonly string[],
  choice: string | undefined,
])[] = [
  [undefined, B, '2.0.3'],
  ['~1.0', B, '1.0.1'],
  ['^1.0', B, '1.1.2'],
  ['1.x', B, '1.1.2'],
  ['1', B, '1.1.2'],
  ['>=1.0, <2.0', B, '1.1.2'],
  ['!=2.x', B, '1.1.2'],
  ['>1.0 || 0.9', B, '2.0.3'],
  ['~3', B, undefined],
  [undefined, P, '1.1.0'],
  ['1.x', P, '1.1.0'],
  ['1.x-0', P, '1.2.0-beta.1'],
  ['^1.2.0-beta', P, '1.2.0-beta.1'],
  ['<2-0', P, '1.2.0-beta.1'],
  ['>=1.0.0-0', P, 'v2.0-rc1'],
  ['*-0', P, 'v2.0-rc1'],
  [undefined, ['1', '1.0', '1.0.0', 'v1.0.0'], 'v1.0.0'],
  [undefined, ['1.0.0', '1.0.0+b', '1.0.0+a'], '1.0.0+b'],
  [undefined, ['1.0.0', '20240501', '2024.05.01'], '20240501'],
  [undefined, ['9007199254740992.0.0', '9007199254740993.0.0'], '9007199254740993.0.0'],
  [undefined, [], undefined],
]

for (const [version, tags, choice] of choices) {
  test(`semver ${version ?? 'without constraint'} chooses ${choice} of ${tags.slice(0, 3).join(' ')}…`, () => {
    assert.equal(chosen(version === undefined ? {} : { version }, tags), choice)
  })
}

test('each tag that is left out has the first reason that applies', () => {
  const tags = ['1.0.0', '1.0.0.sig', '1.5.0-debug', 'main', '2.0.0', '1.6.0-rc.1', '2.0.0-rc.1', 'x1', 'v1.1.0']
  const evaluation = evaluated(
    { version: '^1', ignoreTags: ['*-debug'], allowTags: '\\d', extract: '^([vm\\d].*)$' },
    tags,
  )
  assert.equal(evaluation.choice?.tag, 'v1.1.0')
  assert.deepEqual(reasonsOf(evaluation), {
    NotAnImage: ['1.0.0.sig'],
    Ignored: ['1.5.0-debug'],
    NotAllowed: ['main'],
    NotExtracted: ['x1'],
    Prerelease: ['1.6.0-rc.1'],
    OutOfRange: ['2.0.0', '2.0.0-rc.1'],
  })
  assert.equal(evaluation.candidates, 2)
  assert.equal(evaluation.tags, 9)
})

test('messages complete "the tag …"', () => {
  const { rejected } = evaluated({ version: '>=1.2, <2.0' }, ['main', '2.0.0', '1.3.0-rc.1'])
  assert.deepEqual(
    rejected.map(({ tag, message }) => `${tag} ${message}`),
    [
      'main is no version: one to three numbers below 2^64, then -prerelease or +build',
      '2.0.0 is outside >=1.2, <2.0',
      '1.3.0-rc.1 is a prerelease, and the constraints admit none',
    ],
  )
})

test('without a range a prerelease is left out as one, unless prereleases are admitted', () => {
  assert.deepEqual(reasonsOf(evaluated({}, ['1.0.0-rc.1'])), { Prerelease: ['1.0.0-rc.1'] })
  assert.equal(chosen({ prereleases: true }, ['1.0.0', '1.1.0-rc.1']), '1.1.0-rc.1')
  assert.equal(chosen({ prereleases: true, version: '1.0.x' }, ['1.0.0', '1.0.1-rc.1', '1.1.0-rc.1']), '1.0.1-rc.1')
})

test('with extract what it captures is compared and the whole tag is published', () => {
  const tags = ['build-9-v1.2.0', 'build-7-v1.10.0', 'build-8-v1.9.0', 'build-10']
  const evaluation = evaluated({ extract: '-v(?P<version>.*)$' }, tags)
  assert.equal(evaluation.choice?.tag, 'build-7-v1.10.0')
  assert.deepEqual(reasonsOf(evaluation), { NotExtracted: ['build-10'] })
  assert.equal(evaluation.note, undefined)
})

test('of tags with the same captured text the greatest counts, and the note says so', () => {
  const tags = ['v1.2.0-a', 'v1.2.0-c', 'v1.2.0-b', 'v1.1.0-x', 'v1.1.0-y', 'v1.0.0-z']
  const evaluation = evaluated({ extract: '^v([^-]+)' }, tags)
  assert.equal(evaluation.choice?.tag, 'v1.2.0-c')
  assert.equal(evaluation.candidates, 6)
  assert.equal(
    evaluation.note,
    'extract takes 1.2.0 from 3 tags (v1.2.0-b and v1.2.0-c), and 1 more texts from several tags: of each, the greatest tag by its bytes counts',
  )
  assert.equal(evaluated({ strategy: 'name', extract: '^v([^-]+)' }, tags).choice?.tag, 'v1.2.0-c')
})

test('a range in which no version can be is remarked upon', () => {
  const evaluation = evaluated({ version: '^1.0 ^2.0' }, ['1.0.0', '2.0.0'])
  assert.equal(evaluation.choice, undefined)
  assert.equal(evaluation.note, 'no version can be in ^1.0 ^2.0')
})

const immovable: readonly (readonly [choosing: Choosing, tags: readonly string[], note: string | undefined])[] = [
  [
    { allowTags: '^latest$' },
    ['1.0', 'latest'],
    'strategy semver will never choose latest, for none is a version: take it out of the tag by extract, or follow one tag by strategy: digest',
  ],
  [
    { strategy: 'numerical' },
    ['v1', 'v3', 'v2'],
    'strategy numerical will never choose any of 3 tags such as v3, for none is a whole number: take it out of the tag by extract, or follow one tag by strategy: digest',
  ],
  [{}, ['1.0', 'latest'], undefined],
  [{ version: '^2' }, ['1.0', 'latest'], undefined],
  [{ ignoreTags: ['*'] }, ['latest'], undefined],
  [{ strategy: 'name' }, ['latest'], undefined],
]
for (const [choosing, tags, note] of immovable)
  test(`a policy that can never move says so: ${JSON.stringify(choosing)} of ${tags.join()}`, () =>
    assert.equal(evaluated(choosing, tags).note, note))

const names: readonly (readonly [tags: readonly string[], choice: string | undefined])[] = [
  [['v9', 'v10'], 'v9'],
  [['Z', 'a'], 'a'],
  [['b', 'é', 'z'], 'é'],
  [['a', '1.0.att'], 'a'],
  [[], undefined],
]

for (const [tags, choice] of names) {
  test(`name chooses ${choice} of ${tags.join(' ')}`, () => assert.equal(chosen({ strategy: 'name' }, tags), choice))
}

const numbers: readonly (readonly [tags: readonly string[], choice: string | undefined])[] = [
  [['9', '10'], '10'],
  [['7', '07'], '7'],
  [['07', '7', '007'], '7'],
  [['0', '00'], '00'],
  [['9007199254740993', '9007199254740992'], '9007199254740993'],
  [[`1${'0'.repeat(39)}`, '9'.repeat(39), `1${'0'.repeat(38)}1`], `1${'0'.repeat(38)}1`],
  [['0', '1a', 'b', '1.0', '+5', '1_0', '1e3', ' 1'], '0'],
  [['٣'], undefined],
]

for (const [tags, choice] of numbers) {
  test(`numerical chooses ${choice} of ${tags.map((tag) => tag.slice(0, 8)).join(' ')}`, () => {
    assert.equal(chosen({ strategy: 'numerical' }, tags), choice)
  })
}

test('numerical compares what extract takes; signs are no digits', () => {
  const evaluation = evaluated({ strategy: 'numerical', extract: '^b(.*)$' }, ['b9', 'b10', 'b-80', '99'])
  assert.equal(evaluation.choice?.tag, 'b10')
  assert.deepEqual(reasonsOf(evaluation), { NotExtracted: ['99'], NotANumber: ['b-80'] })
})

test('latest orders by creation time, then by bytes', () => {
  const known = metadata([
    ['a', '1', now - 3 * hour],
    ['b', '2', now - hour],
    ['c', '3', now - 2 * hour],
    ['b1', '4', now - hour],
  ])
  const { choice } = evaluated({ strategy: 'latest' }, ['a', 'b', 'c', 'b1'], known)
  assert.deepEqual(choice, { tag: 'b1', digest: digestOf('4'), createdAt: now - hour })
})

test('latest publishes the greatest tag of a build, whatever times its names have', () => {
  const rows = [
    ['main', '1', now - hour],
    ['sha-1', '1', now - 2 * hour],
    ['old', '2', now - 1.5 * hour],
  ] as const
  for (const order of [rows, rows.toReversed()]) {
    const tags = order.map(([tag]) => tag)
    assert.equal(evaluated({ strategy: 'latest' }, tags, metadata(order)).choice?.tag, 'sha-1')
  }
})

test('latest believes times from 2000 to an hour ahead', () => {
  const times: readonly (readonly [tag: string, time: number | undefined])[] = [
    ['year-1', Date.UTC(1, 0, 1)],
    ['epoch', 0],
    ['y1999', Date.UTC(2000, 0, 1) - 1],
    ['y2000', Date.UTC(2000, 0, 1)],
    ['ahead', now + hour],
    ['too-far', now + hour + 1],
    ['none', undefined],
    ['nan', NaN],
  ]
  const known = metadata(times.map(([tag, time], index) => [tag, String(index), time]))
  const evaluation = evaluated({ strategy: 'latest' }, [...times.map(([tag]) => tag), 'unknown'], known)
  assert.equal(evaluation.choice?.tag, 'ahead')
  assert.equal(evaluation.candidates, 2)
  assert.deepEqual(reasonsOf(evaluation), {
    NoCreationTime: ['year-1', 'epoch', 'y1999', 'too-far', 'none', 'nan', 'unknown'],
  })
  assert.equal(evaluation.note, undefined)
})

test('latest hints at name where no image has a time', () => {
  const evaluation = evaluated({ strategy: 'latest' }, ['a', 'b'], metadata([['a', '1', undefined]]))
  assert.equal(evaluation.choice, undefined)
  assert.equal(evaluation.note, 'no image has a creation time: strategy name orders by the tags instead')
  assert.equal(evaluated({ strategy: 'latest' }, []).note, undefined)
})

test('what is no image is left out before its time is asked for', () => {
  const known = metadata([
    ['chart', '1', now, true],
    ['web', '2', now - hour],
  ])
  const evaluation = evaluated({ strategy: 'latest' }, ['chart', 'web'], known)
  assert.equal(evaluation.choice?.tag, 'web')
  assert.deepEqual(reasonsOf(evaluation), { NotAnImage: ['chart'] })
})

test('latest filters by extract but does not compare what it takes', () => {
  const known = metadata([
    ['v1', '1', now - hour],
    ['v2', '2', now - 2 * hour],
    ['x', '3', now],
  ])
  const evaluation = evaluated({ strategy: 'latest', extract: '^(v)' }, ['v1', 'v2', 'x'], known)
  assert.equal(evaluation.choice?.tag, 'v1')
  assert.equal(evaluation.note, undefined)
})

test('digest chooses its tag with what it points to', () => {
  const spec = policy({ strategy: 'digest', tag: 'main' })
  const known = metadata([['main', '1', undefined]])
  const evaluation = evaluate(spec, candidatesOfTag(spec, 'main'), { metadata: known, now })
  assert.deepEqual(evaluation, {
    choice: { tag: 'main', digest: digestOf('1') },
    tags: 1,
    candidates: 1,
    rejected: [],
    waiting: undefined,
    wanted: [],
    note: undefined,
  })
})

test('digest without its tag in the registry chooses nothing and says so', () => {
  const spec = policy({ strategy: 'digest', tag: 'main' })
  const evaluation = evaluate(spec, candidatesOfTag(spec, 'main'), { metadata: new Map(), now })
  assert.deepEqual(evaluation, {
    choice: undefined,
    tags: 0,
    candidates: 0,
    rejected: [],
    waiting: undefined,
    wanted: [],
    note: 'the repository has no tag main',
  })
})

test('digest judges a list too: every other tag is another tag', () => {
  const evaluation = evaluated({ strategy: 'digest', tag: 'main' }, ['dev', 'main', '1.0'])
  assert.deepEqual(evaluation.choice, { tag: 'main' })
  assert.deepEqual(reasonsOf(evaluation), { OtherTag: ['dev', '1.0'] })
})

test('the same scan is read once: later evaluations agree with those from scratch', () => {
  const list = scan(['1.0.0', '1.5.0', '2.0.0', '2.1.0-rc.1', 'main', 'v1-debug'])
  const specs = ['^1', '>=2', '1 - 2', '^1'].flatMap((version) => [
    { version },
    { version, allowTags: '^[12]' },
    { version, ignoreTags: ['*.5.*'] },
    { version, extract: '^v?([0-9]+)' },
    { version, extract: '^v?([0-9]).*' },
  ])
  for (const choosing of specs) {
    const spec = policy(choosing)
    const again = evaluate(spec, candidatesOf(spec, list), { now })
    assert.deepEqual(again, evaluated(choosing, list.tags))
  }
})

test('the status counts by reason in the order of the checks, with three examples', () => {
  const tags = ['main', 'dev', 'next', 'old', '1.0.0', '2.0.0', '1.1.0-rc.1', '1.0.0.sig']
  assert.deepEqual(evaluationStatus(told(evaluated({ version: '^1' }, tags))), {
    tags: 8,
    candidates: 1,
    rejected: [
      { reason: 'NotAnImage', count: 1, examples: ['1.0.0.sig'] },
      { reason: 'NotAVersion', count: 4, examples: ['main', 'dev', 'next'] },
      { reason: 'Prerelease', count: 1, examples: ['1.1.0-rc.1'] },
      { reason: 'OutOfRange', count: 1, examples: ['2.0.0'] },
    ],
  })
  assert.deepEqual(evaluationStatus(told(evaluated({}, []))), { tags: 0, candidates: 0 })
})

test('the status stays small whatever the tags are', () => {
  const tails = ['.sig', '-ignored', '-not', '-allowed-x', '-allowed-1_', '-allowed-1.1.0-rc', '-allowed-9.0.0']
  const tags = tails.flatMap((tail) =>
    Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(128 - tail.length, 'x') + tail),
  )
  const evaluation = evaluated(
    { version: '^1', ignoreTags: ['*-ignored'], allowTags: '-allowed-', extract: '-allowed-([0-9].*)' },
    tags,
  )
  assert.equal(Object.keys(reasonsOf(evaluation)).length, 7)
  assert.ok(JSON.stringify(evaluationStatus(told(evaluation))).length < 1_000)
})

test('a remark is in the status', () => {
  const evaluation: Evaluation = { ...evaluated({}, ['1']), note: 'look here' }
  assert.equal(evaluationStatus(told(evaluation)).note, 'look here')
})
