import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { request } from 'undici'
import { ReconcileError } from '../../src/errors.ts'
import { createHostGuard } from '../../src/http/host-guard.ts'

const flag = '--allowed-registries'

const verdicts: readonly (readonly [allowed: readonly string[], url: string, refused?: RegExp])[] = [
  [[], 'https://ghcr.io/v2/'],
  [[], 'http://10.1.2.3/v2/'],
  [
    [],
    'http://127.0.0.1:5000/',
    /^127\.0\.0\.1:5000 is a loopback or link-local address and is not in --allowed-registries$/,
  ],
  [[], 'http://127.8.8.8/', /loopback/],
  [[], 'http://0.0.0.0:80/', /loopback/],
  [[], 'http://0x7f.1/', /^127\.0\.0\.1 is/],
  [[], 'http://2130706433/', /loopback/],
  [[], 'http://169.254.169.254/latest/meta-data/', /link-local/],
  [[], 'http://[::1]:5000/', /^\[::1\]:5000 is/],
  [[], 'http://[::]/', /loopback/],
  [[], 'http://[fe80::1]/', /link-local/],
  [[], 'http://[::ffff:127.0.0.1]/', /loopback/],
  [[], 'http://[::ffff:a9fe:a9fe]/', /link-local/],
  [[], 'http://[64:ff9b::a9fe:a9fe]/', /link-local/],
  [[], 'http://[fd00:ec2::254]/', /link-local/],
  [[], 'http://[fd00:1::1]/'],
  [['127.0.0.1'], 'http://127.0.0.1:5000/'],
  [['127.0.0.1:5000'], 'http://127.0.0.1:5000/'],
  [['127.0.0.1:5000'], 'http://127.0.0.1:5001/', /loopback/],
  [['127.0.0.1:*'], 'http://127.0.0.1:5001/'],
  [['[::1]:5000'], 'http://[::1]:5000/'],
  [['::1'], 'http://[::1]:5000/'],
  [['*'], 'https://ghcr.io/'],
  [['*'], 'http://127.0.0.1/', /loopback/],
  [['127.*'], 'http://127.0.0.1/', /loopback/],
  [['*', '127.0.0.1'], 'http://127.0.0.1/'],
  [['ghcr.io'], 'https://ghcr.io/'],
  [['GHCR.io'], 'https://ghcr.io/'],
  [['ghcr.io:443'], 'https://ghcr.io/'],
  [['ghcr.io:443'], 'http://ghcr.io/', /^ghcr\.io is not in/],
  [['ghcr.io'], 'https://ghcr.io.evil.example/', /^ghcr\.io\.evil\.example is not in --allowed-registries$/],
  [['ghcr.io'], 'https://evilghcr.io/', /is not in/],
  [['ghcr.io'], 'https://ghcr.io@evil.example/', /^evil\.example is not in/],
  [['*.example.com'], 'https://a.b.example.com/'],
  [['*.example.com'], 'https://example.com/', /is not in/],
  [['*.example.com:5000'], 'https://a.example.com:5000/'],
  [['*.example.com:5000'], 'https://a.example.com/', /is not in/],
  [['r?.example.com'], 'https://r1.example.com/'],
  [['r?.example.com'], 'https://r.example.com/', /is not in/],
  [['*a*b*'], 'https://xxaxxbxx/'],
  [['[ab].example.com'], 'https://a.example.com/', /is not in/],
  [[], 'file:///etc/passwd', /begins with file:/],
]

for (const [allowed, url, refused] of verdicts)
  test(`with ${allowed.join(', ') || 'nothing'} allowed, ${url} is ${refused ? 'refused' : 'allowed'}`, async () => {
    const guard = createHostGuard({ allowed, flag })
    if (refused) assert.throws(() => guard.check(new URL(url)), refusalLike(refused))
    else guard.check(new URL(url))
    await guard.close()
  })

/** Where a name leads may be another place tomorrow; all else is for a person to change. */
function refusalLike(message: RegExp) {
  return (error: unknown): boolean =>
    error instanceof ReconcileError &&
    error.reason === 'HostNotAllowed' &&
    error.retry.kind === (message.source.includes('leads to') ? 'interval' : 'onChange') &&
    message.test(error.message)
}

async function startServer(t: TestContext): Promise<{ port: number; connections: () => number }> {
  let connections = 0
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  server.on('connection', () => connections++)
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const attempts: readonly (readonly [name: string, allowed: readonly string[], host: string, refused?: RegExp])[] = [
  ['an address that is not spelled out', [], '127.0.0.1', /^127\.0\.0\.1:\d+ is a loopback/],
  [
    'a name that leads to loopback',
    [],
    'localhost',
    /^localhost leads to a loopback or link-local address and is not in/,
  ],
  ['a name matched by a wildcard that leads to loopback', ['local*'], 'localhost', /^localhost leads to/],
  ['a host outside the list', ['ghcr.io'], 'localhost', /^localhost:\d+ is not in --allowed-registries$/],
  ['a name that is spelled out', ['localhost'], 'localhost'],
  ['an address that is spelled out', ['127.0.0.1'], '127.0.0.1'],
]

for (const [name, allowed, host, refused] of attempts)
  test(`the dispatcher ${refused ? 'never connects' : 'connects'} to ${name}`, async (t) => {
    const { port, connections } = await startServer(t)
    const guard = createHostGuard({ allowed, flag })
    t.after(() => guard.close())
    const asked = request(`http://${host}:${port}/`, { dispatcher: guard.dispatcher })
    if (refused) await assert.rejects(asked, refusalLike(refused))
    else assert.equal(await (await asked).body.text(), 'hello')
    assert.equal(connections(), refused ? 0 : 1)
  })

test('connections are kept', async (t) => {
  const { port, connections } = await startServer(t)
  const guard = createHostGuard({ allowed: ['127.0.0.1'], flag })
  t.after(() => guard.close())
  for (let i = 0; i < 20; i++) {
    const method = i % 2 ? 'HEAD' : 'GET'
    const { body } = await request(`http://127.0.0.1:${port}/`, { dispatcher: guard.dispatcher, method, reset: false })
    await body.dump()
  }
  // The pool may open a second one while the first is just being freed.
  assert.ok(connections() <= 2, `${connections()} connections`)
})

test('what is not HTTP is connected to under the same rules', async (t) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  for (const [allowed, hostname, says] of [
    [[], '127.0.0.1', /^127\.0\.0\.1:\d+ is a loopback or link-local address and is not in/],
    [[], '::1', /^\[::1\]:\d+ is a loopback/],
    [['*'], 'localhost', /^localhost leads to a loopback or link-local address and is not in/],
    [['git.example.com'], '10.1.2.3', /^10\.1\.2\.3:\d+ is not in/],
  ] as const) {
    const guard = createHostGuard({ allowed, flag })
    t.after(() => guard.close())
    await assert.rejects(guard.connect(hostname, port), { reason: 'HostNotAllowed', message: says })
  }
  const guard = createHostGuard({ allowed: ['127.0.0.1', 'localhost'], flag })
  t.after(() => guard.close())
  for (const hostname of ['127.0.0.1', 'localhost']) (await guard.connect(hostname, port)).destroy()
  await assert.rejects(guard.connect('127.0.0.1', 1), { code: 'ECONNREFUSED' })
})
