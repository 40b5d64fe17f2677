import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLoginTurns, loginAt, type Verdict } from '../../../src/registry/login/login-turns.ts'
import { accessTo } from '../fixture.ts'

const login = 'ann'

/** Requests that are answered when a test says so. */
function opened() {
  let time = 0
  const turns = createLoginTurns(() => time)
  const open: { readonly what: string; readonly answer: (verdict: Verdict | Error) => void }[] = []
  const show = (what: string) =>
    turns.show({ login, what }, async () => ({
      answer: what,
      verdict: await new Promise<Verdict>((resolve, reject) =>
        open.push({ what, answer: (verdict) => (verdict instanceof Error ? reject(verdict) : resolve(verdict)) }),
      ),
    }))
  const shown = () => open.map(({ what }) => what)
  return { turns, open, show, shown, advance: (ms: number) => void (time += ms) }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

test('a login of unknown worth is shown for one alone; the others go on together when it is let in', async () => {
  const { open, show, shown } = opened()
  const all = ['a', 'b', 'c', 'd'].map(show)
  await settled()
  assert.deepEqual(shown(), ['a'])
  open.splice(0)[0]?.answer('letIn')
  await settled()
  assert.deepEqual(shown(), ['b', 'c', 'd'])
  for (const { answer } of open.splice(0)) answer('letIn')
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd'])
})

test('when it is refused the next one shows it, and after three it rests for whoever still waits', async () => {
  const { open, show, shown, advance } = opened()
  const all = ['a', 'b', 'c', 'd', 'e'].map(show)
  for (const what of ['a', 'b', 'c']) {
    await settled()
    assert.deepEqual(shown(), [what])
    open.splice(0)[0]?.answer('refused')
  }
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', undefined, undefined])
  advance(30_000)
  const later = ['f', 'g'].map(show)
  await settled()
  assert.deepEqual(shown(), ['f'], 'and then for one alone')
  open.splice(0)[0]?.answer('refused')
  assert.deepEqual(await Promise.all(later), ['f', undefined])
})

test('who fails, or learns nothing of it, holds up nobody', async () => {
  const { open, show, shown } = opened()
  const failing = assert.rejects(show('a'), /down/)
  const [b, c] = [show('b'), show('c')]
  await settled()
  open.splice(0)[0]?.answer(new Error('down'))
  await failing
  await settled()
  assert.deepEqual(shown(), ['b'])
  open.splice(0)[0]?.answer('nothing')
  await settled()
  assert.deepEqual(shown(), ['c'])
  open.splice(0)[0]?.answer('letIn')
  assert.deepEqual(await Promise.all([b, c]), ['b', 'c'])
})

test('an answer is there before its verdict, and the turn lasts until that', async () => {
  const { turns, show, shown } = opened()
  let judge: (verdict: Verdict) => void = assert.fail
  const verdict = new Promise<Verdict>((resolve) => (judge = resolve))
  assert.equal(await turns.show({ login, what: 'a' }, () => Promise.resolve({ answer: 1, verdict })), 1)
  void show('b')
  await settled()
  assert.deepEqual(shown(), [])
  judge('refused')
  await settled()
  assert.deepEqual(shown(), ['b'])
})

test('logins do not wait for each other, and are told apart by origin and by every part of the credentials', async () => {
  const { turns, show, shown } = opened()
  void show('a')
  const answer = await turns.show({ login: 'bob', what: 'a' }, () => Promise.resolve({ answer: 1, verdict: 'letIn' }))
  assert.deepEqual([answer, shown()], [1, ['a']])
  const [ann, bob] = ['x', 'y'].map((password) => accessTo('r.io', { credentials: { username: 'ann', password } }))
  assert.ok(ann !== undefined && bob !== undefined)
  const names = [
    loginAt(new URL('https://r.io/token'), ann),
    loginAt(new URL('https://r.io/token'), bob),
    loginAt(new URL('https://r.io:444/'), ann),
  ]
  assert.equal(new Set(names).size, 3)
  assert.equal(loginAt(new URL('https://r.io/v2/'), { ...ann, credentialId: 'other' }), names[0])
  assert.doesNotMatch(names.join(), /"x"/)
})

const answers = fc.constantFrom<Verdict | Error>('letIn', 'passed', 'refused', 'nothing', new Error('down'))
const requests = fc.array(fc.record({ what: fc.constantFrom('a', 'b', 'c', 'd', 'e'), comes: answers }), {
  minLength: 1,
  maxLength: 12,
})

test('whatever comes of requests, in whatever order: before a login is let in it is shown for one at a time, and everybody comes to an end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), requests, async (scheduler, all) => {
      const turns = createLoginTurns(() => 0)
      let wasLetIn = false
      let [open, most] = [0, 0]
      const send = (comes: Verdict | Error) => async () => {
        open += 1
        if (!wasLetIn) most = Math.max(most, open)
        const verdict = await scheduler.schedule(Promise.resolve(comes))
        open -= 1
        wasLetIn ||= verdict === 'letIn' || verdict === 'passed'
        if (verdict instanceof Error) throw verdict
        return { answer: 'came', verdict }
      }
      const ends = all.map(({ what, comes }) => turns.show({ login, what }, send(comes)).catch(() => 'failed'))
      await scheduler.waitFor(Promise.all(ends))
      assert.equal(most, 1)
    }),
  )
})

test('one that is refused everywhere after it was let in is shown for one at a time from its first refusal on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 12 }), async (scheduler, many) => {
      const turns = createLoginTurns(() => 0)
      const places = Array.from({ length: many }, (_, index) => `${index}`)
      for (const what of places)
        await turns.show({ login, what }, () => Promise.resolve({ answer: 'came', verdict: 'letIn' }))
      let [open, most, wasRefused] = [0, 0, false]
      const send = async () => {
        open += 1
        if (wasRefused) most = Math.max(most, open)
        await scheduler.schedule(Promise.resolve())
        open -= 1
        wasRefused = true
        return { answer: 'came', verdict: 'refused' as const }
      }
      // The first is refused, and the others come while that is so.
      await Promise.all([turns.show({ login, what: '0' }, send), scheduler.waitAll()])
      const ends = places.slice(1).map((what) => turns.show({ login, what }, send))
      await scheduler.waitFor(Promise.all(ends))
      assert.ok(most <= 1)
    }),
  )
})

test('and one that is never let in is shown three times, however many want to show it at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 3, max: 30 }), async (scheduler, many) => {
      const turns = createLoginTurns(() => 0)
      let shown = 0
      const send = async () => {
        shown += 1
        return { answer: 'came', verdict: await scheduler.schedule(Promise.resolve<Verdict>('refused')) }
      }
      const ends = Array.from({ length: many }, (_, index) => turns.show({ login, what: `${index}` }, send))
      await scheduler.waitFor(Promise.all(ends))
      assert.equal(shown, 3)
    }),
  )
})
