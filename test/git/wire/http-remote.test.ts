import assert from 'node:assert/strict'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import type { GitAccess } from '../../../src/git/access.ts'
import { createGuardPool } from '../../../src/http/guard-pool.ts'
import { createAuthority, issueCertificate } from '../../servers/certificate.ts'
import { openAccess, openGit, setTag, startGitWorld, textsOf } from '../world.ts'

const basic = { kind: 'basic', username: 'bot', password: 's3cret:with@odd/characters' } as const
const guarded = await startGitWorld({ auth: { username: basic.username, password: basic.password } })
const tokens = await startGitWorld({ auth: { bearer: 'token-1' } })
await guarded.server.createRepository('private', { a: 'tag: 1\n' })
await tokens.server.createRepository('private', { a: 'tag: 1\n' })

/** A server of one answer. */
async function serve(listener: RequestListener, tls?: { key: string; cert: string }): Promise<string> {
  const server = tls === undefined ? createHttpServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http${tls === undefined ? '' : 's'}://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const tipOf = (access: GitAccess, git = guarded.git) => git.tip(access, undefined, { notBefore: 0 })

test('user and password are shown, and serve for reading and writing', async () => {
  const access = guarded.access('private', { credential: basic, credentialId: 'bot' })
  assert.equal((await tipOf(access)).branch, 'main')
  assert.equal((await guarded.git.submit(access, 'main', setTag('a', '2'))).kind, 'pushed')
})

test('a bearer token is shown', async () => {
  const access = tokens.access('private', { credential: { kind: 'bearer', token: 'token-1' }, credentialId: 'token' })
  assert.equal((await tipOf(access, tokens.git)).branch, 'main')
})

test('credentials that are refused, or not there, are told apart, and never shown', async () => {
  const wrong = guarded.access('private', { credential: { ...basic, password: 'wr0ng' }, credentialId: 'wrong' })
  await assert.rejects(tipOf(wrong), (error: Error & { reason?: string }) => {
    assert.equal(error.reason, 'GitAuthFailed')
    assert.match(error.message, /private refused the credentials \(HTTP 401\); check user name and password or token/)
    assert.doesNotMatch(inspect(error, { depth: 10 }), /wr0ng/)
    return true
  })
  await assert.rejects(tipOf(guarded.access('private')), {
    reason: 'GitAuthFailed',
    message: /asks for credentials and none were sent .* writeBack\.git\.secretRef/,
  })
})

test('who may read but not push is told so', async () => {
  const { server, git, access } = await startGitWorld()
  await server.createRepository('readonly', { a: 'tag: 1\n' })
  server.fault(({ service }) => (service === 'git-receive-pack' ? { kind: 'answer', status: 403 } : undefined))
  const own = access('readonly', { credential: basic, credentialId: 'bot' })
  await assert.rejects(git.submit(own, 'main', setTag('a', '2')), {
    reason: 'GitAuthFailed',
    message: /they need the right to push/,
  })
})

test('a repository that does not exist is said to be missing', async () => {
  const access = guarded.access('missing', { credential: basic, credentialId: 'bot' })
  await assert.rejects(tipOf(access), {
    reason: 'GitRepositoryNotFound',
    message: /no repository 127\.0\.0\.1:\d+\/missing \(HTTP 404\); check the address/,
  })
})

for (const [status, headers, expected] of [
  [500, {}, { reason: 'GitUnavailable', message: /answered HTTP 500/, retry: { kind: 'backoff' } }],
  [503, { 'retry-after': '7' }, { reason: 'GitUnavailable', retry: { kind: 'backoff', afterMs: 7000 } }],
  [
    429,
    { 'retry-after': '60' },
    { reason: 'GitUnavailable', message: /too many requests/, retry: { kind: 'backoff', afterMs: 60_000 } },
  ],
  [302, { location: 'http://[' }, { reason: 'GitUnavailable', message: /redirects to something that is no address/ }],
  [403, {}, { reason: 'GitAuthFailed' }],
  [
    302,
    { location: '/users/sign_in' },
    { reason: 'GitAuthFailed', message: /redirects .* to \/users\/sign_in, which is no git repository/ },
  ],
  [200, { 'content-type': 'text/html' }, { reason: 'GitUnavailable', message: /does not answer as a git server does/ }],
  [
    200,
    { 'content-type': 'application/x-git-upload-pack-advertisement' },
    { reason: 'GitUnavailable', message: /it answers nothing/ },
  ],
] as const) {
  test(`HTTP ${status} ${JSON.stringify(headers)} is ${expected.reason}`, async () => {
    const url = await serve((_, response) => void response.writeHead(status, headers).end())
    await assert.rejects(
      tipOf({ ...openAccess(`${url}/config.git`), credential: basic, credentialId: 'bot' }),
      expected,
    )
  })
}

test('a redirect on the same server is followed, credentials and all', async () => {
  const target = guarded.server
  const access = guarded.access('renamed', { credential: basic, credentialId: 'bot' })
  target.fault(({ repository, path, service }) =>
    repository === 'renamed'
      ? {
          kind: 'answer',
          status: 301,
          headers: { location: `${path.replace('renamed', 'private')}?service=${service}` },
        }
      : undefined,
  )
  const { tip } = await tipOf(access)
  assert.equal((await textsOf(guarded.git, access, tip, ['a'])).get('a'), 'tag: 2\n')
  target.fault(undefined)
})

test('a redirect to another server is not followed, and shows it nothing', async () => {
  const seen: unknown[] = []
  const other = await serve((request, response) => {
    seen.push(request.headers)
    response.end()
  })
  const url = await serve(
    (request, response) => void response.writeHead(302, { location: `${other}${request.url}` }).end(),
  )
  const access = { ...openAccess(`${url}/config.git`), credential: basic, credentialId: 'bot' }
  await assert.rejects(tipOf(access), {
    reason: 'GitUnavailable',
    message: new RegExp(`redirects to ${other}, and credentials do not follow`),
  })
  assert.deepEqual(seen, [])
})

test('redirects in a circle end', async () => {
  const url = await serve((request, response) => void response.writeHead(302, { location: request.url }).end())
  await assert.rejects(tipOf(openAccess(`${url}/config.git`)), { reason: 'GitUnavailable', message: /in a circle/ })
})

test('a server that does not answer is given up', async () => {
  const url = await serve(() => undefined)
  const git = openGit({ timeouts: { read: 200, push: 200 } })
  await assert.rejects(tipOf(openAccess(`${url}/config.git`), git), {
    reason: 'GitUnavailable',
    message: /did not answer in time/,
  })
})

test('a server whose answer stops coming is given up', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
    response.write('001e# service=git-upload-pack\n')
  })
  const git = openGit({ timeouts: { read: 200, push: 200 } })
  await assert.rejects(tipOf(openAccess(`${url}/config.git`), git), {
    reason: 'GitUnavailable',
    message: /did not answer in time|stopped coming/,
  })
})

test('an answer without end is given up', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
    const more = () => response.write(Buffer.alloc(1 << 20, '0000'), () => response.destroyed || more())
    more()
  })
  await assert.rejects(tipOf(openAccess(`${url}/config.git`)), {
    reason: 'GitUnavailable',
    message: /larger than is read/,
  })
})

test('a TLS certificate that can not be verified is refused, unless the access says so', async () => {
  const inside = await startGitWorld()
  await inside.server.createRepository('config', { a: '1' })
  const { key, certificate } = issueCertificate(createAuthority('Nobody knows us'), {
    commonName: 'git',
    hosts: ['127.0.0.1'],
  })
  const url = await serve(
    (request, response) => {
      void fetch(`${inside.server.url}${request.url}`).then(async (answer) => {
        response
          .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
          .end(Buffer.from(await answer.arrayBuffer()))
      })
    },
    { key, cert: certificate },
  )
  const access = openAccess(`${url}/config.git`)
  await assert.rejects(tipOf(access), {
    reason: 'TLSVerificationFailed',
    message: /certificate of 127\.0\.0\.1:\d+ could not be verified \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/,
  })
  assert.equal((await tipOf({ ...access, insecure: true })).branch, 'main')
})

test('a host that is not allowed is not asked', async () => {
  const guards = createGuardPool({ allowed: ['git.example.com'], flag: '--allowed-git-hosts' })
  after(() => guards.close())
  const git = openGit({ guards })
  await assert.rejects(tipOf(guarded.access('private'), git), {
    reason: 'HostNotAllowed',
    message: /--allowed-git-hosts/,
  })
})

test('an address that is none of a git repository is refused', async () => {
  await assert.rejects(tipOf(openAccess('ftp://git.example.com/config.git')), { reason: 'TargetUnsupported' })
})

test('every request is told of: host, what it does, and how it was answered', async () => {
  const told: string[] = []
  const { server, access } = await startGitWorld()
  const git = openGit({ onRequest: ({ operation, status }) => void told.push(`${operation} ${status}`) })
  await server.createRepository('counted', { a: 'tag: 1\n' })
  const own = access('counted')
  assert.equal((await git.submit(own, 'main', setTag('a', '2'))).kind, 'pushed')
  assert.deepEqual(new Set(told), new Set(['fetch 200', 'push 200']))
  await server.stopServing()
  await assert.rejects(git.tip(own, undefined, { notBefore: Number.POSITIVE_INFINITY }))
  assert.ok(told.includes('fetch error'))
})
