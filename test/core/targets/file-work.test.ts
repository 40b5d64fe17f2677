import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atOnce, doTask } from '../../../src/core/targets/file-work.ts'

test('a task is done by its name', () => {
  assert.equal(doTask('concernsKey', ['image: {tag: 1}\n', ['image.tag']]), true)
  assert.equal(doTask('concernsKey', ['image: {tag: 1}\n', ['other']]), false)
})

test('at once: what a task throws is a rejection, as it would be elsewhere', async () => {
  assert.equal(await atOnce.do('values.yaml', 'concernsKey', 'a: 1\n', ['a']), true)
  const work = atOnce.do('values.yaml', 'concernsKey', 'a: 1\n', undefined as never)
  await assert.rejects(work, TypeError)
})
