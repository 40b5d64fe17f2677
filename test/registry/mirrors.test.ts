import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { askInOrder } from '../../src/registry/mirrors.ts'
import { accessTo } from './fixture.ts'

const access = accessTo('origin', { mirrors: [accessTo('first'), accessTo('second')] })
const failed = new ReconcileError('RegistryUnavailable', 'failed')

/** Each host answers with its name, unless it is said to fail or to know nothing. */
function asking(answers: Readonly<Record<string, 'fails' | 'empty'>>) {
  const asked: string[] = []
  const answer = askInOrder(
    access,
    async ({ host }) => {
      asked.push(host)
      if (answers[host] === 'fails') throw failed
      return answers[host] === 'empty' ? '' : host
    },
    (text) => text !== '',
  )
  return { asked, answer }
}

const rows: readonly (readonly [name: string, answers: Parameters<typeof asking>[0], answer: string, asked: number])[] =
  [
    ['the first mirror that answers', {}, 'first', 1],
    ['a mirror that fails is passed over', { first: 'fails' }, 'second', 2],
    ['a mirror that knows nothing is passed over', { first: 'empty' }, 'second', 2],
    ['the registry itself in the end', { first: 'fails', second: 'empty' }, 'origin', 3],
    ['also when it knows nothing', { first: 'fails', second: 'empty', origin: 'empty' }, '', 3],
  ]

for (const [name, answers, expected, count] of rows)
  test(name, async () => {
    const { asked, answer } = asking(answers)
    assert.equal(await answer, expected)
    assert.equal(asked.length, count)
  })

test('when all fail, it is as the registry itself says', async () => {
  await assert.rejects(asking({ first: 'fails', second: 'fails', origin: 'fails' }).answer, failed)
})

test('a fault of ours is no failure of a mirror', async () => {
  await assert.rejects(
    askInOrder(access, () => Promise.reject(new TypeError('ours'))),
    TypeError,
  )
})
