import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FirstSeenStatus, ImageStatus } from '../../../src/api/v1alpha1.ts'
import type { Choice, TagMetadata } from '../../../src/core/choosing/candidate.ts'
import { candidatesOf, candidatesOfTag, evaluate } from '../../../src/core/choosing/evaluate.ts'
import {
  firstSeenStatus,
  seenAtOf,
  sightingsAfter,
  sightingsNow,
  type SeenBefore,
  type Sightings,
} from '../../../src/core/choosing/sightings.ts'
import { now, policy, scan, type Choosing } from './choosing.ts'

const hour = 3_600_000
const at = (hours: number): string => new Date(now + hours * hour).toISOString().replace('.000', '')
const nothing: SeenBefore = { process: undefined, firstSeen: undefined, chosen: undefined, desired: [] }
const none: ReadonlyMap<string, TagMetadata> = new Map()
const digests = (all: Readonly<Record<string, string>>, createdAt = now): ReadonlyMap<string, TagMetadata> =>
  new Map(Object.entries(all).map(([tag, digest]) => [tag, { digest, createdAt }]))

/** What is known after tags were seen `hours` after `now`. */
function look(
  choosing: Choosing,
  tags: readonly string[],
  before: Partial<SeenBefore> = {},
  { hours = 0, metadata = none }: { hours?: number; metadata?: ReadonlyMap<string, TagMetadata> } = {},
): Sightings {
  const spec = policy(choosing)
  const admitted =
    spec.strategy.type === 'digest' ? candidatesOfTag(spec, spec.strategy.tag) : candidatesOf(spec, scan(tags))
  return sightingsNow(spec, { admitted, tags, metadata, now: now + hours * hour }, { ...nothing, ...before })
}

/** `tag@hours` of those that are not old. */
const youngIn = (sightings: Sightings): readonly string[] =>
  [...seenAtOf(sightings)].map(([tag, time]) => `${tag}@${(time - now) / hour}`).toSorted()

const list = ['1.0', '1.1', '1.2']
const chosen = (image: Partial<ImageStatus>): ImageStatus => ({ image: '', ...image })
const kept = (...all: readonly FirstSeenStatus[]) => all

const rows: readonly (readonly [
  name: string,
  choosing: Choosing,
  before: Partial<SeenBefore>,
  young: readonly string[],
])[] = [
  ['a first scan, nothing desired: all are old', {}, {}, []],
  ['a first scan: what ranks above the desired tag is young', {}, { desired: [{ tag: '1.1' }] }, ['1.2@0']],
  ['a first scan: the greatest of several desired tags counts', {}, { desired: [{ tag: '1.0' }, { tag: '1.2' }] }, []],
  ['a first scan: what can’t be ranked is no measure', {}, { desired: [{ tag: 'main' }] }, []],
  [
    'a first scan: beside what can’t be ranked, the others count',
    {},
    { desired: [{ tag: 'main' }, { tag: '1.0' }] },
    ['1.1@0', '1.2@0'],
  ],
  ['a first scan: what was chosen for another spec is no measure', {}, { chosen: chosen({ tag: '1.0' }) }, []],
  [
    'a restart: what ranks above the last choice is young',
    {},
    { firstSeen: [], chosen: chosen({ tag: '1.1' }) },
    ['1.2@0'],
  ],
  [
    'a restart: what is desired is no measure then',
    {},
    { firstSeen: [], chosen: chosen({ tag: '1.1' }), desired: [{ tag: '1.2' }] },
    ['1.2@0'],
  ],
  [
    'a restart: what the status knows has its time',
    {},
    { firstSeen: kept({ tag: '1.2', time: at(-3) }), chosen: chosen({ tag: '1.1' }) },
    ['1.2@-3'],
  ],
  [
    'a restart: a young tag below the last choice is still young',
    {},
    { firstSeen: kept({ tag: '1.0', time: at(-3) }), chosen: chosen({ tag: '1.2' }) },
    ['1.0@-3'],
  ],
  [
    'a restart without a choice: what is desired is the measure',
    {},
    { firstSeen: [], desired: [{ tag: '1.1' }] },
    ['1.2@0'],
  ],
  ['a restart without anything to measure by: all are young', {}, { firstSeen: [] }, ['1.0@0', '1.1@0', '1.2@0']],
  [
    'a tag that is gone has no time',
    {},
    { firstSeen: kept({ tag: '9.0', time: at(-3) }), chosen: chosen({ tag: '1.2' }) },
    [],
  ],
  ['strategy name ranks by bytes', { strategy: 'name' }, { desired: [{ tag: '1.1' }] }, ['1.2@0']],
  ['what the filters leave out has no time', { ignoreTags: ['1.2'] }, { desired: [{ tag: '1.0' }] }, ['1.1@0']],
]
for (const [name, choosing, before, young] of rows)
  test(name, () => assert.deepEqual(youngIn(look(choosing, list, before)), young))

test('a process knows which tags are new, wherever they rank', () => {
  const first = look({}, list)
  const second = look({}, [...list, '0.9', '1.3'], { process: first }, { hours: 1 })
  assert.deepEqual(youngIn(second), ['0.9@1', '1.3@1'])
  const third = look({}, [...list, '0.9', '1.3'], { process: second }, { hours: 2 })
  assert.deepEqual(youngIn(third), ['0.9@1', '1.3@1'])
})

test('a tag that went and came back is new', () => {
  const first = look({}, list)
  const second = look({}, ['1.0', '1.1'], { process: first }, { hours: 1 })
  assert.deepEqual(youngIn(look({}, list, { process: second }, { hours: 2 })), ['1.2@2'])
})

test('a tag that is pushed anew begins anew, old or young', () => {
  const strategy: Choosing = { strategy: 'latest' }
  const first = look(strategy, ['a', 'b'], {}, { metadata: digests({ a: 'd1', b: 'd2' }) })
  assert.deepEqual(youngIn(first), [])
  const second = look(strategy, ['a', 'b'], { process: first }, { hours: 1, metadata: digests({ a: 'd3', b: 'd2' }) })
  assert.deepEqual(youngIn(second), ['a@1'])
  const third = look(strategy, ['a', 'b'], { process: second }, { hours: 2, metadata: digests({ a: 'd4', b: 'd2' }) })
  assert.deepEqual(youngIn(third), ['a@2'])
  const restarted = {
    firstSeen: firstSeenStatus(third, { minAge: hour, now: now + 2 * hour }),
    chosen: chosen({ tag: 'b', digest: 'd2', created: at(0) }),
  }
  const fourth = look(strategy, ['a', 'b'], restarted, { hours: 3, metadata: digests({ a: 'd4', b: 'd2' }) })
  assert.deepEqual(youngIn(fourth), ['a@2'])
  const moved = look(strategy, ['a', 'b'], restarted, { hours: 3, metadata: digests({ a: 'd5', b: 'd2' }) })
  assert.deepEqual(youngIn(moved), ['a@3'])
})

const digest: Choosing = { strategy: 'digest', tag: 'main' }
const digestRows: readonly (readonly [name: string, before: Partial<SeenBefore>, young: readonly string[]])[] = [
  ['what is desired is old', { desired: [{ tag: 'main', digest: 'd1' }] }, []],
  ['another digest than the desired one is young', { desired: [{ tag: 'main', digest: 'd0' }] }, ['main@0']],
  ['a desired tag without digest is no measure', { desired: [{ tag: 'main' }] }, []],
  ['after a restart, what was chosen is old', { firstSeen: [], chosen: chosen({ tag: 'main', digest: 'd1' }) }, []],
  [
    'after a restart, another digest is young',
    { firstSeen: [], chosen: chosen({ tag: 'main', digest: 'd0' }) },
    ['main@0'],
  ],
]
for (const [name, before, young] of digestRows)
  test(`strategy digest: ${name}`, () =>
    assert.deepEqual(youngIn(look(digest, ['main'], before, { metadata: digests({ main: 'd1' }) })), young))

test('what has come of age, or ranks below the choice and is old, is forgotten; who waits for a platform is not', () => {
  const spec = policy({ minAge: '2h', platforms: ['linux/arm64'] })
  const admitted = candidatesOf(spec, scan(list))
  const metadata = new Map([['1.2', { digest: '', createdAt: undefined, platforms: [] }]])
  const seen = new Map(list.map((tag, index) => [tag, { time: now - index * hour - hour, digest: undefined }]))
  const sightings = { seen, tags: list, digests: new Map<string, string>() }
  const evaluation = evaluate(spec, admitted, { now, metadata, seenAt: seenAtOf(sightings) })
  assert.equal(evaluation.choice?.tag, '1.1')
  assert.deepEqual(youngIn(sightingsAfter(sightings, evaluation, { minAge: 2 * hour, now })), ['1.0@-1', '1.2@-3'])
})

test('a time is a whole second, and never too early', () => {
  const spec = policy({})
  const admitted = candidatesOf(spec, scan(list))
  const desired: readonly Choice[] = [{ tag: '1.1' }]
  const sightings = sightingsNow(spec, { admitted, tags: list, metadata: none, now: now + 1 }, { ...nothing, desired })
  assert.deepEqual([...seenAtOf(sightings)], [['1.2', now + 1000]])
  assert.deepEqual(firstSeenStatus(sightings, { minAge: hour, now }), [{ tag: '1.2', time: '2026-01-01T00:00:01Z' }])
})

test('the status keeps two hundred, the longest known first; who is old and waits is kept where there is room', () => {
  const ages = (count: number, from: number) =>
    Array.from({ length: count }, (_, index) => {
      const tag = `t${from + index}`
      return [tag, { time: now - (from + index) * 1000, digest: undefined }] as const
    })
  const kept = (seen: readonly (readonly [string, { time: number; digest: undefined }])[]) =>
    firstSeenStatus({ seen: new Map(seen), tags: [], digests: new Map() }, { minAge: 300_000, now })
  const young = kept(ages(300, 0))
  assert.deepEqual([young.length, young[0]?.tag, young.at(-1)?.tag], [200, 't299', 't100'])
  const mixed = kept([...ages(250, 1000), ...ages(3, 0)])
  assert.deepEqual([mixed.length, ...mixed.slice(0, 4).map(({ tag }) => tag)], [200, 't2', 't1', 't0', 't1249'])
})

test('what stands there or was chosen is no news when a scan has missed it', () => {
  const first = look({}, list)
  for (const before of [{ desired: [{ tag: '1.2' }] }, { chosen: chosen({ tag: '1.2' }) }]) {
    const second = look({}, ['1.0', '1.1'], { ...before, process: first }, { hours: 1 })
    assert.deepEqual(youngIn(look({}, list, { ...before, process: second }, { hours: 2 })), [])
  }
  const known = { chosen: chosen({ tag: 'main', digest: 'd1' }) }
  const there = look(digest, ['main'], known, { metadata: digests({ main: 'd1' }) })
  const missed = look(digest, [], { ...known, process: there }, { hours: 1 })
  const again = { ...known, process: missed }
  assert.deepEqual(youngIn(look(digest, ['main'], again, { hours: 2, metadata: digests({ main: 'd1' }) })), [])
  assert.deepEqual(youngIn(look(digest, ['main'], again, { hours: 2, metadata: digests({ main: 'd2' }) })), ['main@2'])
})

test('a digest that was told once is remembered while the tag is there', () => {
  const first = look({}, list, {}, { metadata: digests({ '1.2': 'd1' }) })
  const second = look({}, list, { process: first }, { hours: 1 })
  const moved = look({}, list, { process: second }, { hours: 2, metadata: digests({ '1.2': 'd2' }) })
  assert.deepEqual(youngIn(moved), ['1.2@2'])
  const without = look({}, ['1.0'], { process: first }, { hours: 1 })
  assert.equal(without.digests.size, 0)
})
