import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ReconcileError } from '../../../src/errors.ts'
import type { HttpRequest } from '../../../src/registry/wire/exchange.ts'
import type { DialectAnswer } from '../../servers/registry-dialects/server.ts'
import { openHttp, useDialect } from '../fixture.ts'

function ask(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  const usual = { method: 'GET', accept: 'application/json', kind: 'tags', limit: 1024 } as const
  return { ...usual, url: new URL(url), authorization: 'Basic canary', ...more }
}

/** A server that gives these answers one after the other, the last one for ever. */
async function useAnswers(t: TestContext, answers: readonly DialectAnswer[]) {
  let next = 0
  return await useDialect(t, () => answers[Math.min(next++, answers.length - 1)])
}

const fails = (reason: string, message: RegExp, afterMs?: number) => (error: unknown) => {
  assert.ok(error instanceof ReconcileError)
  assert.equal(error.reason, reason)
  assert.match(error.message, message)
  assert.equal(error.retry.kind === 'backoff' ? error.retry.afterMs : undefined, afterMs)
  return true
}

/** Nobody but the registry can change that, and nobody tells us when it has. */
const strays = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ReconcileError)
  const [, where = ''] = /^127\.0\.0\.1:\d+ redirects to where it may not lead: (.*)$/.exec(error.message) ?? []
  assert.match(where, message)
  assert.deepEqual([error.reason, error.retry.kind], ['HostNotAllowed', 'interval'])
  return true
}

const busy = (status: number, retryAfter?: string): DialectAnswer => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
})
const fine: DialectAnswer = { body: 'fine' }
const cut: DialectAnswer = { body: 'a body that does not come to its end', cut: 10 }
const noHeaders: DialectAnswer = { status: 200, headers: { 'content-length': 'nonsense' } }

const recovers: readonly (readonly [name: string, answers: readonly DialectAnswer[], pauses: readonly number[]])[] = [
  ['503 twice', [busy(503), busy(503), fine], [400, 800]],
  ['500, then 408', [busy(500), busy(408), fine], [400, 800]],
  ['a cut answer', [cut, fine], [400]],
  [
    'an answer in gzip that was not asked for',
    [{ headers: { 'content-encoding': 'gzip' }, body: gzipSync('fine') }],
    [],
  ],
  ['429 with a short wait', [busy(429, '3'), fine], [3000]],
  ['429 with no wait worth mentioning', [busy(429, '0'), fine], [1000]],
  ['503 with a date', [busy(503, 'Mon, 01 Jun 2026 00:00:02 GMT'), fine], [2000]],
  ['429 without a word', [busy(429), fine], [400]],
  [
    '429 with a reset soon',
    [{ status: 429, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '2' } }, fine],
    [2000],
  ],
]

for (const [name, answers, pauses] of recovers)
  test(`after ${name} it is asked again`, async (t) => {
    const server = await useAnswers(t, answers)
    const { http, clock } = openHttp(t)
    const response = await http.send(ask(server.url))
    assert.equal(response.body.toString(), 'fine')
    assert.deepEqual(clock.pauses, pauses)
    assert.equal(server.requests.length, answers.length)
  })

const givesUp: readonly (readonly [
  name: string,
  answer: DialectAnswer,
  sends: number,
  check: (error: unknown) => boolean,
])[] = [
  ['503 for ever', busy(503), 3, fails('RegistryUnavailable', /^127\.0\.0\.1:\d+ answers HTTP 503$/)],
  ['503 with a long wait', busy(503, '120'), 1, fails('RegistryUnavailable', /asked again in 120 s/, 120_000)],
  [
    '429 with a long wait',
    busy(429, '60'),
    1,
    fails('RegistryRateLimited', /too many requests \(HTTP 429\); it is asked again in 60 s/, 60_000),
  ],
  [
    '429 with two waits',
    { status: 429, headers: { 'retry-after': ['60', '5'] } },
    1,
    fails('RegistryRateLimited', /asked again in 60 s/, 60_000),
  ],
  ['429 with a wait of a day', busy(429, '86400'), 1, fails('RegistryRateLimited', /900 s/, 900_000)],
  ['429 for ever', busy(429), 3, fails('RegistryRateLimited', /too many .* asked again in 30 s/, 30_000)],
  [
    '429 until a time in seconds since 1970',
    { status: 429, headers: { 'x-retry-after': String(Date.UTC(2026, 5, 1) / 1000 + 50) } },
    1,
    fails('RegistryRateLimited', /50 s/, 50_000),
  ],
  [
    '429 with a reset far away',
    { status: 429, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '40' } },
    1,
    fails('RegistryRateLimited', /40 s/, 40_000),
  ],
  [
    'an answer that is always cut short',
    cut,
    3,
    fails('ScanIncomplete', /^the answer of 127\.0\.0\.1:\d+ was cut short$/),
  ],
  ['an endless body', { body: 'x'.repeat(100_000) }, 1, fails('RegistryProtocolError', /sends more than 1 KiB/)],
  [
    'a gzip bomb',
    { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(100_000)) },
    1,
    fails('RegistryProtocolError', /sends more than 1 KiB/),
  ],
  [
    'a gzip that is cut, always',
    { headers: { 'content-encoding': 'gzip' }, body: gzipSync('text').subarray(0, 15) },
    3,
    fails('ScanIncomplete', /was cut short$/),
  ],
  [
    'an encoding that nobody knows',
    { headers: { 'content-encoding': 'zstd' }, body: 'x' },
    1,
    fails('RegistryProtocolError', /packs its answer in a way \(Content-Encoding\) that is not known here$/),
  ],
  ['a broken answer', noHeaders, 1, fails('RegistryUnavailable', /can't be reached: it does not answer with HTTP/)],
  [
    'a redirect in a circle',
    { status: 302, headers: { location: '/' } },
    6,
    fails('RegistryProtocolError', /redirects again and again/),
  ],
  [
    'a redirect to nowhere',
    { status: 302, headers: { location: 'http://:x' } },
    1,
    fails('RegistryProtocolError', /redirects to no address/),
  ],
  [
    'a redirect into the link',
    { status: 307, headers: { location: 'http://169.254.169.254/' } },
    1,
    strays(/^169\.254\.169\.254 is a loopback or link-local address and is not in --allowed-registries/),
  ],
  [
    'a redirect to this machine',
    { status: 307, headers: { location: 'http://[::1]/' } },
    1,
    strays(/^\[::1\] is a loopback/),
  ],
  [
    'a redirect to a file',
    { status: 307, headers: { location: 'file:///etc/passwd' } },
    1,
    strays(/^an address that begins with file:\/\/ is not in/),
  ],
  [
    'a redirect to data',
    { status: 307, headers: { location: 'data:application/json,{"tags":["6"]}' } },
    1,
    strays(/^an address that begins with data:\/\/ is not in/),
  ],
]

for (const [name, answer, sends, check] of givesUp)
  test(`it gives up on ${name}`, async (t) => {
    const server = await useAnswers(t, [answer])
    const { http } = openHttp(t)
    await assert.rejects(http.send(ask(server.url)), check)
    assert.equal(server.requests.length, sends)
  })

test('a host that wants to be left alone is, the others are not', async (t) => {
  const [tired, awake] = [await useAnswers(t, [busy(429, '60')]), await useAnswers(t, [fine])]
  const { http, clock } = openHttp(t)
  await assert.rejects(http.send(ask(tired.url)), fails('RegistryRateLimited', /60 s/, 60_000))
  clock.advance(20_000)
  await assert.rejects(http.send(ask(tired.url)), fails('RegistryRateLimited', /40 s/, 40_000))
  await http.send(ask(awake.url))
  assert.equal(tired.requests.length, 1)
  clock.advance(40_000)
  tired.speak(() => fine)
  await http.send(ask(tired.url))
  assert.equal(tired.requests.length, 2)
})

test('503 with a long wait closes its host for everything', async (t) => {
  const server = await useAnswers(t, [busy(503, '60')])
  const { http } = openHttp(t)
  await assert.rejects(http.send(ask(server.url)), fails('RegistryUnavailable', /HTTP 503; .* in 60 s/, 60_000))
  await assert.rejects(
    http.send(ask(`${server.url}/other`)),
    fails('RegistryUnavailable', /HTTP 503; .* in 60 s/, 60_000),
  )
  assert.equal(server.requests.length, 1)
})

test('a host that says there is nothing left is not asked before there is', async (t) => {
  const left = (seconds: string): DialectAnswer => ({
    headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': seconds },
  })
  const server = await useAnswers(t, [left('2'), left('30'), fine])
  const { http, clock } = openHttp(t)
  await http.send(ask(server.url))
  await http.send(ask(server.url))
  assert.deepEqual(clock.pauses, [2000])
  const message = /has no request left for us \(its RateLimit headers\); it is asked again in 30 s$/
  await assert.rejects(http.send(ask(server.url)), fails('RegistryRateLimited', message, 30_000))
  assert.equal(server.requests.length, 2)
  clock.advance(30_000)
  await http.send(ask(server.url))
})

test('whoever asks a host meanwhile waits as long as it asked for', async (t) => {
  const server = await useAnswers(t, [busy(429, '3'), fine])
  const { http, clock } = openHttp(t)
  const began = clock.now()
  await http.send(ask(server.url))
  const after = clock.now()
  assert.equal(after - began, 3000)
  await http.send(ask(`${server.url}/other`))
  assert.ok(clock.now() > after, 'and without a burst')
})

test('a host that said 429 is asked at half the pace from then on', async (t) => {
  const server = await useAnswers(t, [busy(429), fine])
  const { http, clock } = openHttp(t, { limits: () => ({ atOnce: 8, perSecond: 10, burst: 1 }) })
  await http.send(ask(server.url))
  const began = clock.now()
  for (let sent = 0; sent < 10; sent += 1) await http.send(ask(server.url))
  assert.equal(clock.now() - began, 2000)
})

test('a host that is down is left alone for a time that grows, and asked by one request then; others go on', async (t) => {
  const [broken, sound] = [await useAnswers(t, [cut, busy(500)]), await useAnswers(t, [fine])]
  const down: unknown[] = []
  const { http, clock } = openHttp(t, { onDown: (host, seconds) => down.push([host === broken.host, seconds]) })
  broken.speak(() => busy(500))
  const send = () => http.send(ask(broken.url))
  await assert.rejects(send(), fails('RegistryUnavailable', /answers HTTP 500$/))
  await assert.rejects(send(), fails('RegistryUnavailable', /answers HTTP 500$/))
  assert.equal(broken.requests.length, 6)
  await assert.rejects(
    send(),
    fails('RegistryUnavailable', /HTTP 500; after 6 failures in a row it is left alone for 5 s$/, 5000),
  )
  await http.send(ask(sound.url))
  assert.equal(broken.requests.length, 6)
  clock.advance(5000)
  const ends = await Promise.allSettled([send(), send(), send()])
  assert.ok(ends.every(({ status }) => status === 'rejected'))
  assert.equal(broken.requests.length, 7, 'one of them asked')
  assert.deepEqual(down, [
    [true, 5],
    [true, 10],
  ])
  clock.advance(10_000)
  broken.speak(() => fine)
  await send()
  await Promise.all([send(), send()])
  assert.equal(broken.requests.length, 10)
})

test('so many requests at once and a second as the limits of the host say', async (t) => {
  let [active, most] = [0, 0]
  const server = await useDialect(t, () => fine)
  const { http, clock } = openHttp(t, {
    limits: () => ({ atOnce: 3, perSecond: 10, burst: 5 }),
    onRequest: () => (active -= 1),
  })
  const began = clock.now()
  server.speak(() => {
    most = Math.max(most, (active += 1))
    return fine
  })
  await Promise.all(Array.from({ length: 25 }, () => http.send(ask(server.url))))
  assert.ok(most <= 3, `${most} at once`)
  // Pauses of requests that wait side by side all move the clock.
  assert.ok(clock.now() - began >= 2000, `${clock.now() - began} ms`)
})

test('credentials stay with their origin when a redirect leaves it, and do not come back', async (t) => {
  const elsewhere = await useDialect(t, ({ path }) =>
    path === '/back' ? { status: 307, headers: { location: `${home.url}/end` } } : fine,
  )
  const home = await useDialect(t, ({ path }) => {
    if (path === '/end') return fine
    return {
      status: 307,
      headers: { location: path === '/here' ? '/end' : `${elsewhere.url.replace('//', '//user:word@')}/back` },
    }
  })
  const { http } = openHttp(t)
  await http.send(ask(`${home.url}/here`))
  await http.send(ask(`${home.url}/there`))
  const shown = [...home.requests, ...elsewhere.requests].map(({ path, authorization }) => [path, authorization])
  assert.deepEqual(shown, [
    ['/here', 'Basic canary'],
    ['/end', 'Basic canary'],
    ['/there', 'Basic canary'],
    ['/end', undefined],
    ['/back', undefined],
  ])
})

test('a server that is down can not be reached', async (t) => {
  const server = await useAnswers(t, [fine])
  await server.stop()
  const { http, clock } = openHttp(t)
  await assert.rejects(
    http.send(ask(server.url)),
    fails('RegistryUnavailable', /can't be reached: it refuses connections$/),
  )
  assert.equal(clock.pauses.length, 2)
  await server.stop().catch(() => undefined)
})

test('each request on the wire is told', async (t) => {
  const server = await useAnswers(t, [busy(503), cut, fine])
  const told: unknown[] = []
  const { http } = openHttp(t, { onRequest: ({ host, kind, status }) => told.push([host, kind, status]) })
  await http.send(ask(server.url, { kind: 'blob' }))
  assert.deepEqual(told, [
    [server.host, 'blob', 503],
    [server.host, 'blob', 'error'],
    [server.host, 'blob', 200],
  ])
})

test('a registry is asked at its own pace, however its listing on the same host is limited', async (t) => {
  const nearlySpent: DialectAnswer = { body: 'fine', headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '3' } }
  for (const answer of [busy(429, '1'), busy(429), nearlySpent]) {
    const server = await useDialect(t, ({ path }) => (path === '/listing' ? answer : fine))
    const { http, clock } = openHttp(t, { limits: () => ({ atOnce: 1, perSecond: 10, burst: 1 }) })
    const listing = { ...ask(`${server.url}/listing`), kind: 'listing' } as const
    for (let time = 0; time < 5; time += 1) {
      await http.send(listing).catch(() => undefined)
      clock.advance(60_000)
    }
    const start = clock.now()
    for (let time = 0; time < 10; time += 1) await http.send(ask(server.url))
    assert.ok(clock.now() - start <= 1_000, `${clock.now() - start} ms for ten requests at ten a second`)
  }
})

test('a listing that fails is not asked again, and its registry on the same host does not feel it', async (t) => {
  for (const answer of [busy(500), busy(429, '600'), busy(503, '600')]) {
    const down: string[] = []
    const server = await useDialect(t, ({ path }) => (path === '/listing' ? answer : fine))
    const { http } = openHttp(t, { onDown: (host) => down.push(host) })
    const listing = { ...ask(`${server.url}/listing`), kind: 'listing' } as const
    for (let time = 0; time < 8; time += 1) await assert.rejects(http.send(listing))
    assert.ok(server.requests.length <= 6, 'and is left alone itself')
    assert.equal((await http.send(ask(server.url))).body.toString(), 'fine')
    assert.deepEqual(down, [])
  }
})
