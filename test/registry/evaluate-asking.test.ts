import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TagMetadata } from '../../src/core/choosing/candidate.ts'
import { candidatesOf } from '../../src/core/choosing/evaluate.ts'
import { evaluateAsking } from '../../src/registry/evaluate-asking.ts'
import { now, policy, scan, type Choosing } from '../core/choosing/choosing.ts'

const all = scan(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5'])
const nothing = { now, metadata: new Map(), seenAt: () => new Map() }
const image = (...platforms: string[]) => ({ digest: 'd', createdAt: undefined, platforms })

async function asked(choosing: Choosing, known: Readonly<Record<string, ReturnType<typeof image>>>) {
  const spec = policy(choosing)
  const questions: (readonly string[])[] = []
  const { evaluation, metadata } = await evaluateAsking(spec, candidatesOf(spec, all), nothing, async (tags) => {
    questions.push(tags)
    return new Map(tags.flatMap((tag) => (known[tag] === undefined ? [] : [[tag, known[tag]] as const])))
  })
  return { choice: evaluation.choice?.tag, questions, metadata, rejected: evaluation.rejected.map(({ tag }) => tag) }
}

test('nothing is asked where nothing needs to be known', async () => {
  assert.deepEqual((await asked({}, {})).questions, [])
  assert.deepEqual((await asked({ minAge: '1h' }, {})).questions, [])
})

test('it is asked until there is a choice; what points to nothing is no choice', async () => {
  const platforms = ['linux/arm64']
  const { choice, questions, rejected, metadata } = await asked(
    { platforms },
    { '1.5': image(), '1.4': image('linux/amd64'), '1.0': image('linux/arm64'), '1.1': image('linux/arm64') },
  )
  assert.deepEqual(questions, [['1.5'], ['1.4', '1.3'], ['1.2', '1.1', '1.0']])
  assert.equal(choice, '1.1')
  assert.deepEqual(rejected, ['1.5', '1.4', '1.3', '1.2'])
  assert.deepEqual(metadata.get('1.3'), { digest: '', createdAt: undefined, platforms: [] })
})

test('of many tags that all lack a platform, or are no images, few questions find out', async () => {
  const spec = policy({ platforms: ['linux/arm64'] })
  for (const known of [image(), { ...image(), artifact: true }]) {
    let questions = 0
    const many = scan(Array.from({ length: 10_000 }, (_, index) => `1.0.${index}`))
    const { evaluation } = await evaluateAsking(spec, candidatesOf(spec, many), nothing, async (tags) => {
      questions += 1
      return new Map(tags.map((tag) => [tag, known]))
    })
    assert.ok(questions < 20, `${questions} questions`)
    assert.equal(evaluation.rejected.length, 10_000)
  }
})

test('since when a tag is known may depend on what is told of it', async () => {
  const spec = policy({ platforms: ['linux/arm64'], minAge: '1h' })
  const seenAt = (known: ReadonlyMap<string, TagMetadata>) => new Map(known.has('1.5') ? [['1.5', now]] : [])
  const { evaluation } = await evaluateAsking(
    spec,
    candidatesOf(spec, all),
    { ...nothing, seenAt },
    async (tags) => new Map(tags.map((tag) => [tag, image('linux/arm64')])),
  )
  assert.deepEqual([evaluation.choice?.tag, evaluation.waiting?.tag], ['1.4', '1.5'])
})

test('there may be no choice', async () => {
  const { choice, rejected } = await asked({ platforms: ['linux/arm64'] }, {})
  assert.deepEqual([choice, rejected.length], [undefined, 6])
})

test('what can’t be told fails', async () => {
  const spec = policy({ platforms: ['linux/arm64'] })
  const refused = new Error('refused')
  await assert.rejects(
    evaluateAsking(spec, candidatesOf(spec, all), nothing, () => Promise.reject(refused)),
    refused,
  )
})
