import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tagReasons } from '../../../src/api/v1alpha1.ts'
import type { TagMetadata } from '../../../src/core/choosing/candidate.ts'
import { candidatesOf, evaluate, evaluationStatus, told, type Evaluation } from '../../../src/core/choosing/evaluate.ts'
import { ranks } from '../../../src/core/choosing/strategies/index.ts'
import { evaluated, now, policy, scan, type Choosing } from './choosing.ts'

const choosing: readonly Choosing[] = [
  {},
  { version: '^1' },
  { version: '>=0.1-0, !=1.1 || 3.x', ignoreTags: ['*b*', 'v?'] },
  { prereleases: true, allowTags: '^v?[0-9]' },
  { version: '1 - 2', extract: '^[a-z]*-?(.*)$' },
  { strategy: 'name' },
  { strategy: 'name', extract: '([a-z])' },
  { strategy: 'numerical' },
  { strategy: 'numerical', extract: '([0-9]+)$' },
  { strategy: 'latest' },
  { strategy: 'latest', ignoreTags: ['*1*'] },
  { strategy: 'digest', tag: 'main' },
  { minAge: '24h', platforms: ['linux/amd64'] },
  { strategy: 'latest', minAge: '24h', platforms: ['linux/amd64', 'linux/arm64'] },
]

const version = fc.tuple(
  fc.constantFrom('', 'v', 'b-'),
  fc.array(fc.constantFrom('0', '1', '2', '3', '10', '01', '20240501'), { minLength: 1, maxLength: 4 }),
  fc.constantFrom('', '', '-rc.1', '-rc.2', '-0', '-alpine', '+b', '-01'),
)
const tag = fc.oneof(
  { weight: 4, arbitrary: version.map(([prefix, numbers, tail]) => prefix + numbers.join('.') + tail) },
  { weight: 1, arbitrary: fc.constantFrom('main', 'latest', '1.0.0.sig', `sha256-${'0'.repeat(64)}`, 'v1', '') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
)
const tags = fc.uniqueArray(tag, { maxLength: 25 })
const settings = fc.constantFrom(...choosing)
const times = fc.array(fc.constantFrom(undefined, 0, now - 2, now - 1, now, now + 1, now * 2), {
  minLength: 25,
  maxLength: 25,
})

/** Few digests, so that tags share them, and times that are sometimes none. */
function metadataOf(
  list: readonly string[],
  created: readonly (number | undefined)[],
): ReadonlyMap<string, TagMetadata> {
  return new Map(
    list.map((name, index) => [
      name,
      { digest: `sha256:${index % 7}`, createdAt: created[index % 7], artifact: index === 5 },
    ]),
  )
}

function byTag({ rejected }: Evaluation): readonly string[] {
  return rejected.map((rejection) => JSON.stringify(rejection)).toSorted()
}

test('choosing does not depend on the order of the list', () => {
  fc.assert(
    fc.property(settings, tags, times, fc.infiniteStream(fc.nat()), (setting, list, created, numbers) => {
      const known = metadataOf(list, created)
      const keys = new Map(list.map((name) => [name, numbers.next().value ?? 0]))
      const shuffled = list.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))
      const [one, other] = [evaluated(setting, list, known), evaluated(setting, shuffled, known)]
      assert.deepEqual(one.choice, other.choice)
      assert.deepEqual(byTag(one), byTag(other))
      assert.equal(one.note, other.note)
    }),
    { numRuns: 500 },
  )
})

test('without a rejected tag the choice is the same', () => {
  fc.assert(
    fc.property(settings, tags, times, (setting, list, created) => {
      const known = metadataOf(list, created)
      const all = evaluated(setting, list, known)
      const out = new Set(all.rejected.map((rejection) => rejection.tag))
      const fewer = evaluated(
        setting,
        list.filter((name) => !out.has(name)),
        known,
      )
      assert.deepEqual(fewer.choice, all.choice)
      assert.equal(fewer.candidates, all.candidates)
      assert.equal(fewer.rejected.length, 0)
    }),
    { numRuns: 500 },
  )
})

test('the chosen tag satisfies its own policy, and none of the candidates ranks above it', () => {
  fc.assert(
    fc.property(settings, tags, times, (setting, list, created) => {
      const known = metadataOf(list, created)
      const { choice, rejected } = evaluated(setting, list, known)
      const out = new Set(rejected.map((rejection) => rejection.tag))
      assert.equal(choice === undefined, out.size === list.length)
      if (choice === undefined) return
      assert.equal(evaluated(setting, [choice.tag], known).choice?.tag, choice.tag)
      const spec = policy(setting)
      for (const name of list.filter((other) => !out.has(other))) {
        const { digest, createdAt } = known.get(name) ?? { digest: '', createdAt: undefined }
        const other = { tag: name, digest, ...(createdAt === undefined ? {} : { createdAt }) }
        assert.ok((ranks(spec, other, choice) ?? 0) <= 0, `${name} ranks above ${choice.tag}`)
      }
    }),
    { numRuns: 500 },
  )
})

test('counts add up to the number of tags', () => {
  fc.assert(
    fc.property(settings, tags, times, (setting, list, created) => {
      const evaluation = evaluated(setting, list, metadataOf(list, created))
      const status = evaluationStatus(told(evaluation))
      const counts = status.rejected ?? []
      assert.equal(status.tags, list.length)
      assert.equal(status.candidates + counts.reduce((sum, { count }) => sum + count, 0), list.length)
      assert.equal(new Set(evaluation.rejected.map((rejection) => rejection.tag)).size, evaluation.rejected.length)
      assert.deepEqual(
        counts.map(({ reason }) => reason),
        tagReasons.filter((reason) => counts.some((count) => count.reason === reason)),
      )
      for (const { count, examples } of counts) assert.ok(examples.length <= Math.min(3, count))
    }),
    { numRuns: 500 },
  )
})

test('ranking is a total order on what can be ranked', () => {
  fc.assert(
    fc.property(settings, tag, tag, tag, (setting, a, b, c) => {
      const spec = policy(setting)
      const choices = [a, b, c].map((name) => ({ tag: name, createdAt: now + (name.length % 3) }))
      const rank = (x: number, y: number) => {
        const [one, other] = [choices[x], choices[y]]
        return one === undefined || other === undefined ? undefined : ranks(spec, one, other)
      }
      const [ab, bc, ac] = [rank(0, 1), rank(1, 2), rank(0, 2)]
      assert.equal(Math.sign(ab ?? 0) + Math.sign(rank(1, 0) ?? 0), 0)
      if (ab === undefined || bc === undefined || ac === undefined) return
      if (ab <= 0 && bc <= 0) assert.ok(ac <= 0)
      if (ab === 0) assert.equal(a, b)
    }),
    { numRuns: 3_000 },
  )
})

const many = 100_000
const numbered = (make: (index: number) => string): readonly string[] =>
  Array.from({ length: many }, (_, index) => make(index))
const tail = (index: number): string => String(index).padStart(6, '0')

const hostile: readonly (readonly [name: string, setting: Choosing, tags: readonly string[]])[] = [
  [
    'long tags, nested repetition',
    { strategy: 'name', allowTags: '^(a+)+$' },
    numbered((index) => 'a'.repeat(122) + tail(index)),
  ],
  [
    'long tags, nested repetition in extract',
    { extract: '^((?:a+)+)$' },
    numbered((index) => 'a'.repeat(122) + tail(index)),
  ],
  [
    'globs with many stars',
    { ignoreTags: [`${'*a'.repeat(20)}*b*`] },
    numbered((index) => 'a'.repeat(122) + tail(index)),
  ],
  ['numbers of 40 digits', { strategy: 'numerical' }, numbered((index) => `9${'1'.repeat(33)}${tail(index)}`)],
  ['versions of 40 digits', {}, numbered((index) => `9${'1'.repeat(33)}${tail(index)}`)],
  ['prereleases of many parts', { prereleases: true }, numbered((index) => `1.0.0-${'1.'.repeat(57)}${index}`)],
  ['one text for all', { strategy: 'name', extract: '^(a)' }, numbered((index) => `a${index}`)],
  ['control characters', { strategy: 'name' }, numbered((index) => `\u0000\u202e\n${index}\ud800`)],
]

for (const [name, setting, list] of hostile) {
  // Far above what linear time needs, far below what anything worse would.
  test(`100,000 tags: ${name}`, { timeout: 60_000 }, () => {
    const evaluation = evaluated(setting, list)
    assert.equal(evaluation.candidates + evaluation.rejected.length, many)
    assert.ok(JSON.stringify(evaluationStatus(told(evaluation))).length < 1_000)
  })
}

test('a scan of 100,000 tags is evaluated again and again', { timeout: 60_000 }, () => {
  const list = scan(numbered((index) => `1.${index % 100}.${index}`))
  for (const range of ['^1', '~1.5', '>1.50 || 1.2', '1.x !=1.99']) {
    const spec = policy({ version: range })
    const evaluation = evaluate(spec, candidatesOf(spec, list), { now })
    assert.equal(evaluation.tags, many)
    assert.ok(evaluation.choice !== undefined)
  }
})
