import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedAnswer } from '../../src/registry/shared-answer.ts'
import { createTagRecord, metadataOf, putQuestions, type TagRecord } from '../../src/registry/tag-record.ts'

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
  if (digest !== undefined) made.times = { digest, read: { platforms, complete } }
  return made
}

/** What is asked at a time; all questions are answered. */
function ask(records: readonly TagRecord[], now: number): readonly (string | undefined)[] {
  putQuestions(records, { notBefore: now - interval * 0.9, now })
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
  const records = [
    await record('d', [[]]),
    await record(undefined),
    await record('e', []),
    await record('f', [[start]]),
  ]
  ask(records, start)
  assert.deepEqual(ask(records, start + interval), [undefined, undefined, undefined, 'digest'])
})

test('a question stays until it is answered, and is not made smaller', async () => {
  const one = await record('d', [[start]])
  putQuestions([one], { notBefore: start, now: start })
  assert.equal(one.question, 'everything')
  putQuestions([one], { notBefore: start + interval, now: start + interval })
  assert.equal(one.question, 'everything')
})

test('what is known of a tag', async () => {
  const at = start - 5
  const fresh = createTagRecord(
    createSharedAnswer(
      async () => 'd',
      () => start,
    ),
  )
  assert.equal(metadataOf(fresh, start), undefined)
  assert.equal(metadataOf(await record(undefined), start), undefined)
  assert.deepEqual(metadataOf(await record('d', [[at]]), start), { digest: 'd', createdAt: at })
  assert.deepEqual(metadataOf(await record('d', [[start + 2 * 3_600_000]]), start), {
    digest: 'd',
    createdAt: undefined,
  })
  assert.deepEqual(metadataOf(await record('d', []), start), { digest: 'd', createdAt: undefined, artifact: true })
  assert.deepEqual(metadataOf(await record('d', [], false), start), { digest: 'd', createdAt: undefined })
  const moved = await record('d', [[at]])
  moved.times = { digest: 'before', read: { platforms: [[at]], complete: true } }
  assert.deepEqual(metadataOf(moved, start), { digest: 'd', createdAt: undefined })
})
