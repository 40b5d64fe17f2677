import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTagRecords } from '../../src/registry/tag-records.ts'

function open(told: Readonly<Record<string, string>> = {}, listed: Readonly<Record<string, string>> = {}) {
  const asked: string[][] = []
  let time = 1000
  let along = told
  const reader = {
    digest: async (tag: string) => `own ${tag}`,
    toldAlong: () => new Map(Object.entries(along)),
    listed: async (tags: readonly string[]) => {
      asked.push([...tags])
      return new Map(Object.entries(listed))
    },
  }
  const records = createTagRecords({ reader, now: () => time })
  const questioned = (...tags: readonly string[]) =>
    new Map(
      tags.map((tag) => {
        const record = records.of(tag)
        record.question = 'digest'
        return [tag, record]
      }),
    )
  return {
    records,
    asked,
    questioned,
    advance: (ms: number) => (time += ms),
    tell: (digests: Readonly<Record<string, string>>) => {
      along = digests
    },
  }
}

test('what the tag list told along is known of records that are there, and of those that come', async () => {
  const { records, tell, advance } = open({ a: 'one', b: 'two' })
  const early = records.of('a')
  records.learnTold(1000)
  assert.deepEqual([await early.digest.get(1000), await records.of('b').digest.get(1000)], ['one', 'two'])
  tell({ a: 'three' })
  advance(1000)
  records.learnTold(2000)
  assert.deepEqual([await early.digest.get(2000), early.listed], ['three', 'three'])
  assert.equal(await records.of('b').digest.get(1500), 'own b', 'what is not told any more is asked')
})

test('what a listing tells answers questions, and only those', async () => {
  const { records, asked, questioned } = open({}, { a: 'listed', c: 'listed' })
  const wanted = questioned('a', 'b')
  wanted.set('c', records.of('c'))
  await records.learnListed(wanted, 1000)
  assert.deepEqual(asked, [['a', 'b']])
  assert.equal(await records.of('a').digest.get(1000), 'listed')
  assert.equal(await records.of('b').digest.get(1000), 'own b')
  assert.equal(records.of('c').digest.isKnown(0), false, 'nobody asked')
})

test('what a listing tells does not replace what is known: the registry itself is asked', async () => {
  const { records, questioned, advance } = open({}, { a: 'older' })
  assert.equal(await records.of('a').digest.get(1000), 'own a')
  advance(1000)
  await records.learnListed(questioned('a'), 2000)
  assert.equal(records.of('a').digest.isKnown(2000), false)
  assert.equal(await records.of('a').digest.get(2000), 'own a')
})

test('who asks at the same time finds answered what others asked', async () => {
  const { records, asked, questioned } = open({}, { a: 'listed', b: 'listed' })
  const wanted = questioned('a', 'b')
  await Promise.all([records.learnListed(wanted, 1000), records.learnListed(wanted, 1000)])
  assert.deepEqual(asked, [['a', 'b'], []])
})

test('a record is forgotten with its tag', async () => {
  const { records } = open()
  const before = records.of('a')
  assert.equal(records.of('a'), before)
  records.forget('a')
  assert.notEqual(records.of('a'), before)
})
