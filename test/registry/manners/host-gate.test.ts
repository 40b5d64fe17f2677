import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostGate } from '../../../src/registry/manners/host-gate.ts'

test('so many at a time for each host, failures included', async () => {
  const gate = createHostGate(() => 2)
  const active = new Map<string, number>()
  let most = 0
  const work = (host: string, fail: boolean) =>
    gate.run(host, async () => {
      active.set(host, (active.get(host) ?? 0) + 1)
      most = Math.max(most, active.get(host) ?? 0)
      await new Promise(setImmediate)
      active.set(host, (active.get(host) ?? 0) - 1)
      if (fail) throw new Error('failed')
      return host
    })
  const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => work(i % 2 ? 'a' : 'b', i % 5 === 0)))
  assert.equal(most, 2)
  assert.equal(ends.filter(({ status }) => status === 'rejected').length, 4)
})

test('hosts do not wait for one another', async () => {
  const gate = createHostGate(() => 1)
  let open = (): void => undefined
  const held = gate.run('a', () => new Promise<void>((resolve) => (open = resolve)))
  assert.equal(await gate.run('b', async () => 'done'), 'done')
  open()
  await held
})
