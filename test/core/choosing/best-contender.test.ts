import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TagMetadata } from '../../../src/core/choosing/candidate.ts'
import { ranks } from '../../../src/core/choosing/strategies/index.ts'
import { evaluated, now, policy, reasonsOf, type Choosing } from './choosing.ts'

const hour = 3_600_000
const both = ['linux/amd64', 'linux/arm64']
const seen = (tags: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(tags).map(([tag, hours]) => [tag, now - hours * hour]))

function images(all: Readonly<Record<string, readonly string[] | undefined>>): ReadonlyMap<string, TagMetadata> {
  return new Map(
    Object.entries(all).map(([tag, platforms], index) => [
      tag,
      { digest: `sha256:${tag}`, createdAt: now - 1000 + index, ...(platforms === undefined ? {} : { platforms }) },
    ]),
  )
}

const young = (hours: number): string =>
  `has been known for less than minAge: it may be chosen from ${new Date(now + hours * hour).toISOString().slice(0, 19)}Z on`

/** Tags `1.0` to `1.4`; hours for which they have been known. */
const ages: readonly (readonly [
  name: string,
  hours: Readonly<Record<string, number>>,
  choice: string | undefined,
  waiting: string | undefined,
  /** Hours until something may be chosen. */
  nextIn: number | undefined,
])[] = [
  ['what nobody has seen to appear is old', {}, '1.4', undefined, undefined],
  ['what is old enough is old', { '1.4': 24 }, '1.4', undefined, undefined],
  ['what is a little younger waits', { '1.4': 23.5 }, '1.3', '1.4', 0.5],
  ['the newest that is old enough is chosen', { '1.4': 1, '1.3': 2, '1.2': 3 }, '1.1', '1.4', 21],
  ['frequent builds hold nothing up', { '1.4': 0, '1.3': 12, '1.2': 24 }, '1.2', '1.4', 12],
  ['what is below the choice does not matter', { '1.0': 1, '1.1': 2 }, '1.4', undefined, undefined],
  ['nothing may be old enough', { '1.0': 1, '1.1': 2, '1.2': 3, '1.3': 4, '1.4': 5 }, undefined, '1.4', 19],
]
for (const [name, hours, choice, waiting, nextIn] of ages)
  test(name, () => {
    const tags = ['1.0', '1.1', '1.2', '1.3', '1.4']
    const evaluation = evaluated({ minAge: '24h' }, tags, undefined, { seenAt: seen(hours) })
    assert.equal(evaluation.choice?.tag, choice)
    assert.equal(evaluation.waiting?.tag, waiting)
    assert.equal(evaluation.waiting?.nextAt, nextIn === undefined ? undefined : now + nextIn * hour)
    assert.equal(evaluation.candidates + evaluation.rejected.length, tags.length)
  })

test('a young tag says from when on it may be chosen', () => {
  const { waiting, rejected } = evaluated({ minAge: '24h' }, ['1.4'], undefined, { seenAt: seen({ '1.4': 4 }) })
  assert.deepEqual(rejected, [{ tag: '1.4', reason: 'TooYoung', message: young(20) }])
  assert.deepEqual(waiting?.holds, [{ gate: 'MinAge', reason: 'TooYoung', message: young(20), until: now + 20 * hour }])
})

const platforms: readonly (readonly [
  name: string,
  images: Readonly<Record<string, readonly string[] | undefined>>,
  choice: string | undefined,
  missing: readonly string[],
])[] = [
  ['an image for all of them is chosen', { '1.0': both, '1.1': [...both, 'linux/arm'] }, '1.1', []],
  ['one that lacks a platform is passed over', { '1.0': both, '1.1': ['linux/amd64'] }, '1.0', ['1.1']],
  ['another variant is another platform', { '1.0': both, '1.1': ['linux/amd64', 'linux/arm64/v9'] }, '1.0', ['1.1']],
  ['an image for none is passed over', { '1.0': both, '1.1': [] }, '1.0', ['1.1']],
  ['there may be no image for all of them', { '1.0': ['linux/amd64'], '1.1': [] }, undefined, ['1.1', '1.0']],
  ['who does not tell its platforms is not judged by them', { '1.0': both, '1.1': undefined }, '1.1', []],
]
for (const [name, known, choice, missing] of platforms)
  test(name, () => {
    const evaluation = evaluated({ platforms: both }, ['1.0', '1.1'], images(known))
    assert.equal(evaluation.choice?.tag, choice)
    assert.deepEqual(reasonsOf(evaluation), missing.length === 0 ? {} : { PlatformMissing: missing })
    assert.equal(evaluation.waiting?.tag, missing[0])
    assert.equal(evaluation.waiting?.nextAt, undefined)
  })

test('what is missing is named', () => {
  const { rejected } = evaluated(
    { platforms: ['linux/arm64/v8', 'linux/arm', 'linux/amd64'] },
    ['1.0'],
    images({ '1.0': both }),
  )
  assert.equal(rejected[0]?.message, 'has no image for linux/arm')
})

test('a tag may wait for both; the first gate is the reason, and no clock opens it', () => {
  const { waiting, rejected } = evaluated({ platforms: both, minAge: '1h' }, ['1.0'], images({ '1.0': [] }), {
    seenAt: seen({ '1.0': 0 }),
  })
  assert.deepEqual(
    waiting?.holds.map(({ gate }) => gate),
    ['Platforms', 'MinAge'],
  )
  assert.equal(rejected[0]?.reason, 'PlatformMissing')
  assert.equal(waiting?.nextAt, undefined)
})

test('only what may be chosen is asked about, the best first', () => {
  const tags = Array.from({ length: 20 }, (_, index) => `1.${index}`)
  const ask = (known: ReadonlyMap<string, TagMetadata>, asks: number) =>
    evaluated({ platforms: both, version: '<1.19' }, tags, known, { asks })
  assert.deepEqual(ask(new Map(), 1).wanted, ['1.18'])
  assert.deepEqual(ask(new Map(), 3).wanted, ['1.18', '1.17', '1.16'])
  assert.equal(ask(new Map(), 3).choice, undefined)
  const first = ask(images({ '1.18': both }), 1)
  assert.deepEqual([first.choice?.tag, first.wanted], ['1.18', []])
  assert.deepEqual(ask(images({ '1.18': [], '1.17': [] }), 2).wanted, ['1.16', '1.15'])
})

test('of 150,000 young tags it is told when the first may be chosen', { timeout: 60_000 }, () => {
  const tags = Array.from({ length: 150_000 }, (_, index) => `1.0.${index}`)
  const seenAt = new Map(tags.map((tag, index) => [tag, now - index]))
  const { waiting } = evaluated({ minAge: '24h' }, tags, undefined, { seenAt })
  assert.equal(waiting?.tag, '1.0.149999')
  assert.equal(waiting.nextAt, now - 150_000 + 24 * hour + 1000)
})

test('latest with platforms: the newest for all of them; of one build the greatest tag that is old enough', () => {
  const build = { digest: 'sha256:1', createdAt: now - 5, platforms: both }
  const known = new Map<string, TagMetadata>([
    ['new', { digest: 'sha256:2', createdAt: now - 1, platforms: ['linux/amd64'] }],
    ['a', build],
    ['b', build],
    ['c', { ...build, createdAt: now - 6 }],
  ])
  const choosing: Choosing = { strategy: 'latest', platforms: both, minAge: '1h' }
  const choice = (hours: Readonly<Record<string, number>>) =>
    evaluated(choosing, [...known.keys()], known, { seenAt: seen(hours) }).choice?.tag
  assert.equal(choice({}), 'c')
  assert.equal(choice({ c: 0 }), 'b')
  assert.equal(choice({ b: 0, c: 0 }), 'a')
})

test('strategy digest waits for age and platforms as well', () => {
  const setting: Choosing = { strategy: 'digest', tag: 'main', platforms: both, minAge: '1h' }
  const known = (list: readonly string[]) => images({ main: list })
  assert.equal(evaluated(setting, ['main'], known(both)).choice?.tag, 'main')
  assert.equal(evaluated(setting, ['main'], known([])).waiting?.holds[0]?.gate, 'Platforms')
  assert.equal(evaluated(setting, ['main'], known(both), { seenAt: seen({ main: 0 }) }).choice, undefined)
})

test('whatever is known: the choice passes its gates, everything above it is held, and counts add up', () => {
  const tag = fc.constantFrom('1', '1.0', '1.1', '2', '2.0.1', '3', 'main', '10', '7')
  const facts = fc.record({
    tag,
    platforms: fc.constantFrom(undefined, [], both, ['linux/amd64']),
    hours: fc.constantFrom(undefined, 0, 5, 23, 24, 100),
    createdAt: fc.constantFrom(now - 3, now - 2, now - 1),
  })
  const setting = fc.constantFrom<Choosing>(
    { minAge: '24h' },
    { platforms: both },
    { minAge: '24h', platforms: both },
    { strategy: 'name', minAge: '24h', platforms: both },
    { strategy: 'numerical', minAge: '24h' },
    { strategy: 'latest', minAge: '24h', platforms: both },
  )
  fc.assert(
    fc.property(setting, fc.uniqueArray(facts, { selector: (each) => each.tag }), (choosing, all) => {
      const known: ReadonlyMap<string, TagMetadata> = new Map(
        all.map(({ tag: name, platforms: list, createdAt }) => [
          name,
          { digest: name, createdAt, ...(list === undefined ? {} : { platforms: list }) },
        ]),
      )
      const seenAt = new Map(
        all.flatMap(({ tag: name, hours }) => (hours === undefined ? [] : [[name, now - hours * hour]])),
      )
      const tags = all.map(({ tag: name }) => name)
      const { choice, rejected, candidates, waiting, wanted } = evaluated(choosing, tags, known, { seenAt })
      assert.equal(candidates + rejected.length, tags.length)
      assert.deepEqual(wanted, [])
      const isHeld = (name: string): boolean => {
        const { platforms: list, hours } = all.find((each) => each.tag === name) ?? {}
        const lacks = choosing.platforms?.some((platform) => list?.includes(platform) === false) === true
        return lacks || (choosing.minAge !== undefined && hours !== undefined && hours < 24)
      }
      assert.equal(choice !== undefined && isHeld(choice.tag), false)
      const held = rejected.filter(({ reason }) => reason === 'PlatformMissing' || reason === 'TooYoung')
      assert.ok(held.every((each) => isHeld(each.tag)))
      assert.equal(waiting?.tag, held[0]?.tag)
      const spec = policy(choosing)
      const choiceOf = (name: string) => ({ tag: name, digest: name, createdAt: known.get(name)?.createdAt ?? 0 })
      const out = new Set(rejected.map((each) => each.tag))
      for (const name of tags.filter((each) => !out.has(each) && !isHeld(each))) {
        assert.ok(choice !== undefined, `${name} could have been chosen`)
        assert.ok((ranks(spec, choiceOf(name), choice) ?? 0) <= 0, `${name} ranks above ${choice.tag}`)
      }
    }),
    { numRuns: 500 },
  )
})
