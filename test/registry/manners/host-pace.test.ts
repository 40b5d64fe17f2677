import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostPace, type HostLimits } from '../../../src/registry/manners/host-pace.ts'

/** A pace whose pauses are noted, and move the clock. */
function paced(limits: HostLimits) {
  let time = 1_000_000_000
  const pace = createHostPace({
    limits: () => limits,
    now: () => time,
    pause: async (ms) => {
      time += ms
    },
  })
  /** How long so many requests take to go out. */
  const spent = async (count: number, host = 'a'): Promise<number> => {
    const began = time
    for (let sent = 0; sent < count; sent += 1) await pace.turn(host)
    return Math.round(time - began)
  }
  return { pace, spent, advance: (ms: number) => (time += ms) }
}

const ten: HostLimits = { atOnce: 8, perSecond: 10, burst: 5 }

test('a burst goes out at once, the rest at the pace', async () => {
  const { spent } = paced(ten)
  assert.equal(await spent(5), 0)
  assert.equal(await spent(10), 1000)
})

test('time that passes gives the burst back, and not more', async () => {
  const { spent, advance } = paced(ten)
  await spent(5)
  advance(200)
  assert.equal(await spent(2), 0)
  advance(3_600_000)
  assert.equal(await spent(5), 0)
  assert.equal(await spent(1), 100)
})

test('each host has its own', async () => {
  const { spent } = paced(ten)
  await spent(20)
  assert.equal(await spent(5, 'b'), 0)
})

test('a hold lets nothing out, and no burst afterwards', async () => {
  const { pace, spent } = paced(ten)
  pace.hold('a', 3000)
  assert.equal(await spent(1), 3000)
  assert.equal(await spent(10), 1000)
})

test('a host that finds us too fast is asked half as often, once for what was under way, down to a least pace', async () => {
  const { pace, spent, advance } = paced(ten)
  pace.slow('a')
  pace.slow('a')
  await spent(1)
  assert.equal(await spent(10), 2000)
  for (let times = 0; times < 20; times += 1) {
    advance(1000)
    pace.slow('a')
  }
  await spent(10)
  assert.equal(await spent(1), 3200)
})

test('content for ten minutes, the pace doubles again, until it is what it was', async () => {
  const { pace, spent, advance } = paced(ten)
  pace.slow('a')
  advance(1000)
  pace.slow('a')
  advance(10 * 60_000)
  assert.equal(await spent(3 + 10), 2100)
  advance(10 * 60_000)
  assert.equal(await spent(5 + 10), 1000)
})

test('without a limit nobody waits, unless the host itself asks for it', async () => {
  const { pace, spent } = paced({ ...ten, perSecond: Number.POSITIVE_INFINITY })
  assert.equal(await spent(1000), 0)
  pace.slow('a')
  assert.equal(await spent(1000), 0)
  pace.hold('a', 2000)
  assert.equal(await spent(1000), 2000)
})

test('a clock that is put back makes nobody wait for it', async () => {
  const { spent, advance } = paced(ten)
  await spent(20)
  advance(-3_600_000)
  // What had passed since it was looked at last is lost.
  assert.equal(await spent(10), 1000 + 100)
  advance(3_600_000)
  assert.equal(await spent(5), 0)
})
