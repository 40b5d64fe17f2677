import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlatformImage } from '../../src/registry/images/image-facts.ts'
import { createSharedAnswer } from '../../src/registry/shared-answer.ts'
import {
  createTagRecord,
  isAbsent,
  isGone,
  metadataOf,
  putQuestions,
  type TagRecord,
} from '../../src/registry/tag-record.ts'

const interval = 60_000
const start = Date.UTC(2026, 5, 1)

/** A record that points to a digest, of an image with these times. */
async function record(
  digest: string | undefined,
  platforms: readonly (readonly number[])[] = [],
  complete = true,
): Promise<TagRecord> {
  const made = createTagRecord(
    createSharedAnswer(
      async () => digest,
      () => start,
    ),
  )
  await made.digest.get(0)
  const images = platforms.map((times) => ({ platform: undefined, times }))
  if (digest !== undefined) made.image = { digest, read: { images, complete } }
  return made
}

/** What is asked at a time; all questions are answered. */
function ask(records: readonly TagRecord[], now: number): readonly (string | undefined)[] {
  putQuestions(records, { notBefore: now - interval * 0.9 }, now)
  const questions = records.map(({ question }) => question)
  for (const one of records) one.question = undefined
  return questions
}

test('all at first and in every twelfth interval, the five newest in between', async () => {
  const records = await Promise.all(Array.from({ length: 8 }, (_, i) => record(`d${i}`, [[start - 1000 * i]])))
  const all = records.map(() => 'everything')
  const newest = records.map((_, i) => (i < 5 ? 'digest' : undefined))
  for (let pass = 0; pass < 30; pass += 1)
    assert.deepEqual(ask(records, start + pass * interval), pass % 12 === 0 ? all : newest, `pass ${pass}`)
})

test('who asks again in the same interval costs nothing, however many', async () => {
  const records = [await record('d', [[start]])]
  assert.deepEqual(ask(records, start), ['everything'])
  for (let n = 1; n < 50; n += 1) assert.deepEqual(ask(records, start + n * 1000), [undefined])
  assert.deepEqual(ask(records, start + interval), ['digest'])
})

test('of equal times the last tags lead', async () => {
  const records = await Promise.all(Array.from({ length: 7 }, () => record('d', [[start]])))
  ask(records, start)
  assert.deepEqual(ask(records, start + interval), [
    undefined,
    undefined,
    'digest',
    'digest',
    'digest',
    'digest',
    'digest',
  ])
})

test('what has no time does not lead', async () => {
  const records = [await record('d', [[]]), await record('e', []), await record('f', [[start]])]
  ask(records, start)
  assert.deepEqual(ask(records, start + interval), [undefined, undefined, 'digest'])
})

test('what is not there is asked about in each interval, once; an index that lacks an image is there', async () => {
  const records = [
    await record(undefined),
    await record('d', [], false),
    await record('e', [[]], false),
    await record('f', [[]]),
  ]
  assert.deepEqual(records.map(isGone), [true, false, false, false])
  assert.deepEqual(records.map(isAbsent), [false, true, false, false])
  ask(records, start)
  for (let pass = 1; pass < 12; pass += 1) {
    const now = start + pass * interval
    assert.deepEqual(ask(records, now), ['everything', 'everything', undefined, undefined])
    assert.deepEqual(
      ask(records, now + 1),
      records.map(() => undefined),
    )
  }
})

test('a question stays until it is answered, and is not made smaller', async () => {
  const one = await record('d', [[start]])
  putQuestions([one], { notBefore: start }, start)
  assert.equal(one.question, 'everything')
  putQuestions([one], { notBefore: start + interval }, start + interval)
  assert.equal(one.question, 'everything')
})

test('with each, all in every interval', async () => {
  const records = await Promise.all(Array.from({ length: 8 }, (_, i) => record(`d${i}`, [[start - 1000 * i]])))
  ask(records, start)
  putQuestions(records, { notBefore: start + interval, each: true }, start + interval)
  assert.deepEqual(
    records.map(({ question }) => question),
    records.map(() => 'everything'),
  )
})

test('who asks about the newest alone does not answer for who asks about each', async () => {
  const records = await Promise.all(Array.from({ length: 8 }, (_, i) => record(`d${i}`, [[start - 1000 * i]])))
  ask(records, start)
  const later = start + interval
  assert.equal(ask(records, later).at(-1), undefined)
  putQuestions(records.slice(-1), { notBefore: later, each: true }, later)
  assert.equal(records.at(-1)?.question, 'everything')
})

test('a tag that somebody else has found to have moved is asked about at once', async () => {
  const records = await Promise.all(Array.from({ length: 8 }, (_, i) => record(`d${i}`, [[start - 1000 * i]])))
  ask(records, start)
  const [moved] = records.slice(-1)
  assert.ok(moved !== undefined)
  moved.image = { digest: 'before', read: { images: [], complete: true } }
  assert.deepEqual(ask(records, start + 1000), [...records.slice(1).map(() => undefined), 'everything'])
})

const at = start - 5
const later = start + 2 * 3_600_000
const amd64 = { platform: 'linux/amd64', times: [at] }
const arm64 = { platform: 'linux/arm64', times: [at - 7] }

/** A record of these images. */
async function recordOf(images: readonly PlatformImage[], complete = true): Promise<TagRecord> {
  return { ...(await record('d')), image: { digest: 'd', read: { images, complete } } }
}

const told: readonly (readonly [
  name: string,
  images: readonly PlatformImage[],
  platforms: readonly string[],
  known: object,
])[] = [
  ['an image', [amd64], [], { createdAt: at, platforms: ['linux/amd64'] }],
  ['an image of which no platform is told', [{ ...amd64, platform: undefined }], [], { createdAt: at, platforms: [] }],
  ['a time of the future', [{ ...amd64, times: [later] }], [], { createdAt: undefined, platforms: ['linux/amd64'] }],
  ['no image', [], [], { createdAt: undefined, artifact: true }],
  ['the newest of all', [arm64, amd64], [], { createdAt: at, platforms: ['linux/arm64', 'linux/amd64'] }],
  [
    'the newest of those asked about',
    [arm64, amd64],
    ['linux/arm64', 'linux/s390x'],
    { createdAt: at - 7, platforms: ['linux/arm64', 'linux/amd64'] },
  ],
  [
    'the newest of all where it has none of those',
    [amd64],
    ['linux/arm64'],
    { createdAt: at, platforms: ['linux/amd64'] },
  ],
]
for (const [name, images, platforms, known] of told)
  test(`what is known of a tag: ${name}`, async () =>
    assert.deepEqual(metadataOf(await recordOf(images), { platforms }, start), { digest: 'd', ...known }))

test('what is known of a tag of which something is missing', async () => {
  const fresh = createTagRecord(
    createSharedAnswer(
      async () => 'd',
      () => start,
    ),
  )
  assert.equal(metadataOf(fresh, {}, start), undefined)
  assert.equal(metadataOf(await record(undefined), {}, start), undefined)
  assert.deepEqual(metadataOf(await recordOf([], false), {}, start), {
    digest: 'd',
    createdAt: undefined,
    platforms: [],
  })
  const moved = await record('d', [[at]])
  moved.image = { digest: 'before', read: { images: [amd64], complete: true } }
  const platforms = ['linux/amd64']
  assert.deepEqual(metadataOf(moved, {}, start), { digest: 'before', createdAt: at, platforms }, 'as it was read')
})

test('a clock that is put back does not keep tags from being asked about', async () => {
  const records = [await record('d', [[start]])]
  ask(records, start)
  assert.deepEqual(ask(records, start - 10 * interval), ['digest'])
  assert.deepEqual(ask(records, start - 10 * interval + 1000), [undefined])
  const each = () => putQuestions(records, { notBefore: start - 30 * interval, each: true }, start - 29 * interval)
  each()
  assert.equal(records[0]?.question, 'everything')
})
