import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import type { Exchanged, HttpRequest } from '../../../src/registry/wire/exchange.ts'
import { createHostRest } from '../../../src/registry/manners/host-rest.ts'

const asked = (kind: HttpRequest['kind'] = 'tags', method: HttpRequest['method'] = 'GET', host = 'a.example') => ({
  url: new URL(`https://${host}/v2/`),
  kind,
  method,
})
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Exchanged => ({
  kind: 'answer',
  response: { url: asked().url, status, headers, body: Buffer.alloc(0) },
})
const fault = (reason: 'RegistryUnavailable' | 'TLSVerificationFailed'): Exchanged => ({
  kind: 'fault',
  error: new ReconcileError(reason, `a.example: ${reason}`),
  again: false,
})

function rested() {
  let time = 1_000_000
  const opened: number[] = []
  const rest = createHostRest({ now: () => time, onOpen: (_, seconds) => void opened.push(seconds) })
  const isOpen = (...request: Parameters<typeof asked>): boolean => {
    try {
      rest.check(asked(...request))
      return true
    } catch {
      return false
    }
  }
  const learnOften = (outcome: Exchanged, times: number): void => {
    for (let count = 0; count < times; count += 1) rest.learn(asked(), outcome)
  }
  return { rest, opened, isOpen, learnOften, advance: (ms: number) => (time += ms) }
}

test('six failures in a row, of whatever kind, close a host; one answer between them does not let it come to that', () => {
  const { isOpen, learnOften } = rested()
  learnOften(answer(503), 3)
  learnOften(fault('RegistryUnavailable'), 2)
  learnOften(answer(404), 1)
  learnOften(answer(500), 5)
  assert.ok(isOpen())
  learnOften(fault('RegistryUnavailable'), 1)
  assert.ok(!isOpen())
  assert.ok(isOpen('tags', 'GET', 'b.example'))
})

test('what says nothing of whether it is down does not count', () => {
  const { isOpen, learnOften } = rested()
  learnOften(fault('TLSVerificationFailed'), 20)
  learnOften(answer(429), 20)
  assert.ok(isOpen())
})

test('it rests for 5 s, then twice as long each time, up to a minute; an answer ends it', () => {
  const { rest, opened, isOpen, learnOften, advance } = rested()
  learnOften(answer(500), 9)
  for (const seconds of [5, 10, 20, 40, 60, 60]) {
    advance(seconds * 1000 - 1)
    assert.ok(!isOpen())
    advance(1)
    assert.ok(isOpen())
    rest.enter(asked())
    assert.ok(!isOpen(), 'somebody is finding out')
    rest.learn(asked(), answer(500))
  }
  assert.deepEqual(opened, [5, 10, 20, 40, 60, 60, 60])
  advance(60_000)
  rest.enter(asked())
  rest.learn(asked(), answer(200))
  assert.ok(isOpen())
  learnOften(answer(500), 5)
  assert.ok(isOpen(), 'counted anew')
})

test('a request that finds out nothing lets the next one try', () => {
  const { rest, isOpen, learnOften, advance } = rested()
  learnOften(answer(500), 6)
  advance(5000)
  rest.enter(asked())
  rest.learn(asked(), fault('TLSVerificationFailed'))
  assert.ok(isOpen())
})

test('no pull left at Docker Hub: tags and digests are asked for as before', () => {
  const { rest, isOpen, advance } = rested()
  rest.learn(
    asked('manifest', 'HEAD'),
    answer(200, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' }),
  )
  const open = [isOpen('tags'), isOpen('manifest', 'HEAD'), isOpen('blob'), isOpen('manifest')]
  assert.deepEqual(open, [true, true, true, false])
  advance(216_000)
  assert.ok(isOpen('manifest'))
})

test('a clock that is put back keeps no host closed for longer', () => {
  const { rest, isOpen, learnOften, advance } = rested()
  rest.close(asked(), 60_000, { reason: 'RegistryRateLimited', message: 'says so' })
  learnOften(answer(500), 6)
  advance(-3_600_000)
  assert.ok(!isOpen())
  advance(60_000)
  assert.ok(isOpen())
})
