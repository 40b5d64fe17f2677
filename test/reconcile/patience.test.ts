import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { createPatience, Ended } from '../../src/reconcile/patience.ts'

const never = new Promise<never>(() => undefined)
const late = () => new ReconcileError('ScanIncomplete', 'too late')
const hour = 3_600_000

test('what is read in time is had, and what fails in time fails by itself', async () => {
  const { wait } = createPatience({ longest: hour, ending: new AbortController().signal })
  assert.equal(await wait(Promise.resolve(1), late), 1)
  await assert.rejects(wait(Promise.reject(new Error('own')), late), { message: 'own' })
})

test('what takes longer than a run reads is late, and so is all that begins after that', async () => {
  const { wait } = createPatience({ longest: 5, ending: new AbortController().signal })
  await assert.rejects(wait(never, late), { message: 'too late' })
  await assert.rejects(wait(never, late), { message: 'too late' })
})

test('who waits when the operator ends does not wait on, and who begins then does not wait at all', async () => {
  const ending = new AbortController()
  const { wait } = createPatience({ longest: hour, ending: ending.signal })
  const waiting = Array.from({ length: 30 }, () => wait(never, late))
  ending.abort()
  for (const one of waiting) await assert.rejects(one, Ended)
  await assert.rejects(wait(Promise.resolve(1), late), Ended)
})
