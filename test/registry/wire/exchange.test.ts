import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createAnswerRoom, type AnswerRoom } from '../../../src/registry/wire/answer-room.ts'
import { exchange, type HttpRequest } from '../../../src/registry/wire/exchange.ts'
import { waitFor } from '../../servers/poll.ts'
import { guardFor, serveBare, useDialect } from '../fixture.ts'

const usual: Omit<HttpRequest, 'url'> = { method: 'GET', accept: 'a/b', kind: 'tags', limit: 100 }
const generous = { headers: 5000, body: 5000 }

test('a request says who asks and for what, and takes nothing compressed', async (t) => {
  const seen: unknown[] = []
  const url = await serveBare(t, (request, response) => {
    seen.push(request.headers)
    response.writeHead(418, { 'x-told': 'yes' }).end('tea')
  })
  const outcome = await exchange({ ...usual, url, authorization: 'Basic x' }, guardFor(t), generous)
  assert.ok(outcome.kind === 'answer')
  const { status, headers, body } = outcome.response
  assert.deepEqual([status, headers['x-told'], body.toString()], [418, 'yes', 'tea'])
  const { host: _, connection: __, ...sent } = seen[0] as Record<string, string>
  assert.deepEqual(sent, {
    'user-agent': 'image-update-operator',
    accept: 'a/b',
    'accept-encoding': 'identity',
    authorization: 'Basic x',
  })
})

const stalls: readonly (readonly [name: string, begin: string, reason: string, message: RegExp])[] = [
  ['before the headers', '', 'RegistryUnavailable', /can't be reached: it did not answer in time$/],
  ['in the middle', 'begun', 'ScanIncomplete', /was cut short$/],
]

for (const [name, begin, reason, message] of stalls)
  test(`a server that falls silent ${name} is not waited for, nor asked at once again`, async (t) => {
    const url = await serveBare(t, (_, response) => {
      if (begin !== '') response.write(begin)
    })
    const outcome = await exchange({ ...usual, url }, guardFor(t), { headers: 200, body: 200 })
    assert.ok(outcome.kind === 'fault')
    assert.equal(outcome.error.reason, reason)
    assert.match(outcome.error.message, message)
    assert.equal(outcome.again, false)
  })

test('a body may be as large as the limit, and no larger', async (t) => {
  let size = 100
  const server = await useDialect(t, () => ({ body: 'x'.repeat(size) }))
  const guard = guardFor(t)
  const url = new URL(server.url)
  assert.equal((await exchange({ ...usual, url }, guard, generous)).kind, 'answer')
  size = 101
  const outcome = await exchange({ ...usual, url }, guard, generous)
  assert.ok(outcome.kind === 'fault')
  assert.equal(outcome.error.reason, 'RegistryProtocolError')
})

test('connections are kept, after HEAD too', async (t) => {
  let connections = 0
  const url = await serveBare(
    t,
    (_, response) => response.end(),
    () => (connections += 1),
  )
  const guard = guardFor(t)
  for (let n = 0; n < 20; n += 1) await exchange({ ...usual, url, method: 'HEAD' }, guard, generous)
  assert.ok(connections <= 2, `${connections} connections`)
})

test('an answer of HTTP/1.0 ends with its connection', async (t) => {
  const server = createTcpServer((socket) => socket.end('HTTP/1.0 200 OK\r\nx-told: yes\r\n\r\nold')).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  t.after(() => server.close())
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const guard = guardFor(t)
  for (let times = 0; times < 3; times += 1) {
    const outcome = await exchange({ ...usual, url }, guard, generous)
    assert.ok(outcome.kind === 'answer')
    assert.equal(outcome.response.body.toString(), 'old')
  }
})

test('what would become too much in memory is not handed on to be read', async (t) => {
  const server = await useDialect(t, () => ({ body: `{"tags":[${'{},'.repeat(600_000)}{}]}` }))
  const outcome = await exchange({ ...usual, url: new URL(server.url), limit: 4_000_000 }, guardFor(t), generous)
  assert.ok(outcome.kind === 'fault')
  assert.equal(outcome.error.reason, 'RegistryProtocolError')
  assert.match(outcome.error.message, /sends more than 500000 values in one answer$/)
  assert.equal(outcome.again, false)
})

test('large answers that come at the same time share the memory there is; short ones are not touched by it', async (t) => {
  const waiting: (() => void)[] = []
  const base = await serveBare(t, ({ url = '' }, response) => {
    if (url === '/short') return void response.end('short')
    response.write('x'.repeat(1_500_000))
    waiting.push(() => response.end())
  })
  const [guard, room] = [guardFor(t), createAnswerRoom(1_500_000)]
  const ask = (path: string) => {
    const url = new URL(path, base)
    return exchange({ ...usual, url, limit: 4_000_000 }, guard, generous, room)
  }
  const isTaken = () => {
    const share = room.enter()
    const hasRoom = share.hold(1_200_000)
    share.leave()
    return !hasRoom
  }
  const one = ask('/one')
  await waitFor('the first to be taken', isTaken)
  const two = await ask('/two')
  assert.ok(two.kind === 'fault')
  assert.deepEqual([two.error.reason, two.again], ['ScanIncomplete', true])
  assert.match(two.error.message, /^there is no room for the answer of 127\.0\.0\.1:\d+ beside other large ones; it/)
  assert.equal((await ask('/short')).kind, 'answer')
  waiting[0]?.()
  assert.equal((await one).kind, 'answer')
  const after = ask('/three')
  await waitFor('the last to be begun', async () => waiting.length === 3)
  waiting[2]?.()
  assert.equal((await after).kind, 'answer', 'and what they had is there again')
})

test('what is packed has room for what it unpacks to', async (t) => {
  const packed = { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(3_000_000)) }
  const server = await useDialect(t, () => packed)
  const guard = guardFor(t)
  const ask = (room: AnswerRoom) =>
    exchange({ ...usual, url: new URL(server.url), limit: 4_000_000 }, guard, generous, room)
  const crowded = createAnswerRoom(4_000_000)
  assert.equal((await ask(crowded)).kind, 'answer')
  assert.ok(crowded.enter().hold(1_500_000))
  const outcome = await ask(crowded)
  assert.ok(outcome.kind === 'fault')
  assert.match(outcome.error.message, /^there is no room/)
  assert.equal((await ask(createAnswerRoom(1_000_000))).kind, 'answer', 'alone it has all it needs')
})

test('a short answer is read beside whatever large ones, packed or without a body', async (t) => {
  const short = { headers: { 'content-encoding': 'gzip' }, body: gzipSync(randomBytes(100_000).toString('hex')) }
  const server = await useDialect(t, () => short)
  const [guard, room] = [guardFor(t), createAnswerRoom(1)]
  assert.ok(room.enter().hold(600_000))
  for (const method of ['HEAD', 'GET'] as const) {
    const ask = { ...usual, method, url: new URL(server.url), limit: 4_000_000 }
    const outcome = await exchange(ask, guard, generous, room)
    assert.equal(outcome.kind, 'answer', method)
  }
})
