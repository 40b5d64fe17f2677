import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLane, type WaitingEdit } from '../../../src/git/lanes/lane.ts'
import { setTag } from '../world.ts'

/** A lane whose rounds end when the test says so. */
function watchedLane(options: { settled?: () => Promise<void>; commitWindow?: number } = {}) {
  const rounds: { readonly paths: readonly string[]; readonly end: () => void }[] = []
  const begun: (() => void)[] = []
  const idle = { times: 0 }
  const lane = openLane({
    settled: () => Promise.resolve(),
    commitWindow: 60_000,
    onIdle: () => void (idle.times += 1),
    ...options,
    commit: (edits: readonly WaitingEdit[]) =>
      new Promise((resolve) => {
        const end = () => {
          for (const edit of edits) edit.settle({ kind: 'unchanged', revision: 'tip' })
          resolve()
        }
        rounds.push({ paths: edits.map(({ edit }) => edit.path), end })
        for (const notice of begun.splice(0)) notice()
      }),
  })
  const round = async (count: number) => {
    while (rounds.length < count) await new Promise<void>((resolve) => begun.push(resolve))
    const found = rounds[count - 1]
    assert.ok(found)
    return found
  }
  return { lane, round, rounds, idle }
}

test('a single edit is not delayed when nobody could add to it', async () => {
  const { lane, round, idle } = watchedLane()
  const submitted = lane.submit(setTag('a', '1'))
  ;(await round(1)).end()
  assert.deepEqual(await submitted, { kind: 'unchanged', revision: 'tip' })
  await lane.drain()
  assert.equal(idle.times, 1)
})

test('edits are gathered until nobody could add one', async () => {
  let settle = (): void => undefined
  const settled = new Promise<void>((resolve) => (settle = resolve))
  const { lane, round, rounds } = watchedLane({ settled: () => settled })
  const submitted = ['a', 'b', 'c'].map((path) => lane.submit(setTag(path, '1')))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(rounds.length, 0)
  settle()
  const { paths, end } = await round(1)
  assert.deepEqual(paths, ['a', 'b', 'c'])
  end()
  await Promise.all(submitted)
})

test('edits are gathered no longer than the commit window', async () => {
  const { lane, round } = watchedLane({ settled: () => new Promise(() => undefined), commitWindow: 20 })
  void lane.submit(setTag('a', '1'))
  assert.deepEqual((await round(1)).paths, ['a'])
})

test('edits that come while a round runs go into the next one, whatever their number', async () => {
  const { lane, round } = watchedLane()
  const first = lane.submit(setTag('a', '1'))
  const running = await round(1)
  const later = ['b', 'c'].map((path) => lane.submit(setTag(path, '1')))
  running.end()
  await first
  const next = await round(2)
  assert.deepEqual(next.paths, ['b', 'c'])
  next.end()
  await Promise.all(later)
  await lane.drain()
})

test('an edit that comes right behind the end of a round is not forgotten, and the lane is idle after both', async () => {
  const { lane, round, idle } = watchedLane()
  const second = lane.submit(setTag('a', '1')).then(() => lane.submit(setTag('b', '1')))
  ;(await round(1)).end()
  ;(await round(2)).end()
  assert.deepEqual(await second, { kind: 'unchanged', revision: 'tip' })
  await lane.drain()
  assert.equal(idle.times, 1)
})

test('a draining lane waits for nobody else, but for its round', async () => {
  const { lane, round, idle } = watchedLane({ settled: () => new Promise(() => undefined) })
  const submitted = lane.submit(setTag('a', '1'))
  const drained = lane.drain()
  ;(await round(1)).end()
  await Promise.all([submitted, drained])
  assert.equal(idle.times, 1)
})
