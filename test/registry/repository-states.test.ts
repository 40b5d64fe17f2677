import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openFactsStore } from '../../src/registry/images/facts-store.ts'
import { createRepositoryStates } from '../../src/registry/repository-states.ts'
import { accessTo, openHttp, useDialect } from './fixture.ts'

const minute = 60_000

/** A registry with many repositories, each with the tags `0` to `<count>`; the paths tell how many. */
async function statesOf(t: TestContext, mostBytes?: number) {
  const server = await useDialect(t, ({ path, headers }) => {
    const [, count] = /^\/v2\/r\d+-(\d+)\/tags\/list$/.exec(path) ?? []
    if (count === undefined) return undefined
    if (headers['if-none-match'] === '"x"') return { status: 304, headers: { etag: '"x"' } }
    const tags = Array.from({ length: Number(count) }, (_, index) => `tag-${index}`)
    return { headers: { etag: '"x"' }, body: { tags } }
  })
  const { authorized: http, clock } = openHttp(t, { limits: () => ({ atOnce: 50, perSecond: Infinity, burst: 50 }) })
  const store = openFactsStore({ folder: undefined, log: { warn: () => assert.fail() } })
  const limit = mostBytes === undefined ? {} : { mostBytes }
  const states = createRepositoryStates({ http, store, now: clock.now, ...limit })
  const access = (name: string) => accessTo(server.host, { repository: name })
  const ask = async (...names: readonly string[]) => {
    const scans = await Promise.all(names.map((name) => states.tags(access(name), { notBefore: clock.now() })))
    clock.advance(minute)
    return scans
  }
  return { states, access, ask }
}

test('lists stay as long as there is room, and while they are the same they are the same objects', async (t) => {
  const { ask } = await statesOf(t, 100_000)
  const names = Array.from({ length: 10 }, (_, index) => `r${index}-101`)
  const first = await ask(...names)
  assert.deepEqual(await ask(...names), first)
  const again = await ask(...names)
  assert.ok(again.every((scan, index) => scan === first[index]))
})

test('where there is no room for all, what was not asked about for longest is forgotten; asked for anew it is the same list', async (t) => {
  const { ask } = await statesOf(t, 10_000)
  const [one] = await ask('r1-101')
  const [two] = await ask('r2-101')
  assert.equal((await ask('r1-101'))[0], one)
  await ask('r3-101')
  assert.equal((await ask('r1-101'))[0], one, 'asked about lately')
  const [anew] = await ask('r2-101')
  assert.notEqual(anew, two)
  assert.deepEqual([anew?.tags, anew?.revision], [two?.tags, two?.revision])
})

test('one that is larger than all the room is had all the same', async (t) => {
  const { ask } = await statesOf(t, 1000)
  assert.equal((await ask('r1-501'))[0]?.tags.length, 501)
  assert.equal((await ask('r2-501', 'r3-501', 'r2-501'))[1]?.tags.length, 501)
})

test('what was forgotten while it was asked for is not brought back over what somebody began since', async (t) => {
  const { states, access, ask } = await statesOf(t, 5000)
  const before = states.of(access('r1-101'))
  await ask('r1-101', 'r2-101', 'r3-101')
  assert.notEqual(states.of(access('r1-101')), before)
})

test('a thousand repositories of a thousand of the longest tags all stay', async (t) => {
  const tag = (index: number) => String(index).padEnd(128, 'x')
  const body = { tags: Array.from({ length: 1000 }, (_, index) => tag(index + 1000)) }
  const server = await useDialect(t, () => ({ body }))
  const { authorized: http, clock } = openHttp(t, { limits: () => ({ atOnce: 50, perSecond: Infinity, burst: 50 }) })
  const store = openFactsStore({ folder: undefined, log: { warn: () => assert.fail() } })
  const states = createRepositoryStates({ http, store, now: clock.now })
  const access = (index: number) => accessTo(server.host, { repository: `r${index}` })
  const known = []
  for (let index = 0; index < 1000; index += 1) {
    const here = access(index)
    await states.tags(here, { notBefore: clock.now() })
    known.push(states.of(here))
  }
  assert.ok(known.every((state, index) => states.of(access(index)) === state))
})
