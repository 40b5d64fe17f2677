import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import { after, beforeEach, test } from 'node:test'
import { inspect } from 'node:util'
import type { GitHubApp } from '../../../src/core/git/git-credential.ts'
import { createInstallationTokens } from '../../../src/git/wire/installation-tokens.ts'
import { createGuardPool } from '../../../src/http/guard-pool.ts'
import { createAuthority, issueCertificate } from '../../servers/certificate.ts'
import { setTag, startGitWorld } from '../world.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const authority = createAuthority('Acme')
const { key, certificate } = issueCertificate(authority, { commonName: 'api', hosts: ['127.0.0.1'] })

let now = Date.now()
/** What GitHub would be asked, and how long its tokens last. */
let asked: { readonly url: string | undefined; readonly issuer: string }[] = []
let [lastsMs, status, body] = [3_600_000, 201, undefined as string | undefined]
const hour = 3_600_000

/** Who says so, if the token was signed by our key and counts now. */
function issuerOf({ headers }: IncomingMessage): string | undefined {
  const [head = '', claims = '', signature = ''] = (headers.authorization ?? '').replace('Bearer ', '').split('.')
  const isOurs = verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string }
  const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    iat: number
    exp: number
    iss: string
  }
  const seconds = now / 1000
  return isOurs && alg === 'RS256' && iat <= seconds && exp > seconds && exp - iat <= 600 ? iss : undefined
}

const server = createServer({ key, cert: certificate }, (request, response) => {
  const issuer = issuerOf(request)
  if (issuer === undefined || request.method !== 'POST') return void response.writeHead(401).end()
  asked.push({ url: request.url, issuer })
  const token = { token: `ghs_${asked.length}`, expires_at: new Date(now + lastsMs).toISOString() }
  response.writeHead(status, { location: 'https://127.0.0.1:1/' }).end(body ?? JSON.stringify(token))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const api = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/v3`
const pool = createGuardPool({ allowed: ['127.0.0.1'], flag: '--allowed-git-hosts' })
const { guard } = pool.lend({ authorities: authority.certificate })
after(async () => {
  await pool.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  ;[asked, lastsMs, status, body, now] = [[], hour, 201, undefined, Date.now()]
})

const app: GitHubApp = { kind: 'githubApp', app: '7', installation: '42', privateKey: pem, api }
const open = () => createInstallationTokens(() => now)

test('a token is asked for once for all who want one, until shortly before it ends', async () => {
  const tokens = open()
  const same = await Promise.all([1, 2, 3].map(() => tokens.tokenFor(app, guard)))
  assert.deepEqual(same, ['ghs_1', 'ghs_1', 'ghs_1'])
  assert.deepEqual(asked, [{ url: '/api/v3/app/installations/42/access_tokens', issuer: '7' }])
  now += hour - 6 * 60_000
  assert.equal(await tokens.tokenFor(app, guard), 'ghs_1')
  now += 2 * 60_000
  assert.equal(await tokens.tokenFor(app, guard), 'ghs_2')
})

test('another installation has a token of its own', async () => {
  const tokens = open()
  await tokens.tokenFor(app, guard)
  assert.equal(await tokens.tokenFor({ ...app, installation: '43' }, guard), 'ghs_2')
})

test('a token that a server did not take is not shown again', async () => {
  const tokens = open()
  await tokens.tokenFor(app, guard)
  tokens.forget(app)
  assert.equal(await tokens.tokenFor(app, guard), 'ghs_2')
})

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

const failures: readonly [name: string, change: Partial<GitHubApp>, answer: [number, string?], says: object][] = [
  [
    'a key that is not the app’s',
    { privateKey: stranger },
    [201],
    { reason: 'GitAuthFailed', message: /^GitHub App 7 at 127.* got no token \(HTTP 401\); check/ },
  ],
  ['a key that is none', { privateKey: 'hello' }, [201], { reason: 'GitAuthFailed', message: /is no RSA key in PEM/ }],
  [
    'a key of another kind',
    { privateKey: elliptic },
    [201],
    { reason: 'GitAuthFailed', message: /is no RSA key in PEM/ },
  ],
  ['an installation that is not there', {}, [404], { reason: 'GitAuthFailed', message: /installation 42/ }],
  ['a failure', {}, [502], { reason: 'GitUnavailable', message: /HTTP 502/ }],
  ['a redirect, which nobody follows', {}, [302], { reason: 'GitUnavailable', message: /HTTP 302/ }],
  ['an answer without a token', {}, [201, '{}'], { reason: 'GitUnavailable', message: /without a token/ }],
  ['an answer that is no JSON', {}, [201, '<html>'], { reason: 'GitUnavailable', message: /without a token/ }],
  [
    'an answer without end',
    {},
    [201, `{"token":"${'x'.repeat(100_000)}"}`],
    { reason: 'GitUnavailable', message: /without a token/ },
  ],
]
for (const [name, change, answer, says] of failures)
  test(`${name} is said, and tried again`, async () => {
    const tokens = open()
    ;[status, body] = [answer[0], answer[1]]
    await assert.rejects(tokens.tokenFor({ ...app, ...change }, guard), says)
    ;[status, body] = [201, undefined]
    assert.match(await tokens.tokenFor(app, guard), /^ghs_/)
  })

test('the API’s host must be allowed, and its certificate right', async () => {
  const strict = createGuardPool({ allowed: ['git.example.com'], flag: '--allowed-git-hosts' })
  await assert.rejects(open().tokenFor(app, strict.lend({}).guard), { reason: 'HostNotAllowed' })
  await assert.rejects(open().tokenFor(app, pool.lend({}).guard), { reason: 'TLSVerificationFailed' })
  await strict.close()
})

test('a repository is read and written to as an app, and nothing of it is shown', async () => {
  const {
    server: git,
    git: repositories,
    access,
  } = await startGitWorld({ auth: { username: 'x-access-token', password: 'ghs_1' } })
  await git.createRepository('private', { a: 'tag: 1\n' })
  const own = access('private', { credential: app, credentialId: 'app', authorities: authority.certificate })
  assert.equal((await repositories.submit(own, 'main', setTag('a', '2'))).kind, 'pushed')
  assert.equal(asked.length, 1)
  asked = [{ url: '', issuer: '' }]
  const other = access('private', {
    credential: { ...app, installation: '43' },
    credentialId: 'other',
    authorities: authority.certificate,
  })
  await assert.rejects(repositories.tip(other, undefined, { notBefore: 0 }), (error: Error & { reason?: string }) => {
    assert.equal(error.reason, 'GitAuthFailed')
    assert.doesNotMatch(inspect(error, { depth: 10 }), /ghs_|PRIVATE KEY/)
    return true
  })
})

test('a token that is taken back before its time is replaced at once, for reading and for pushing', async () => {
  const { server: git, git: repositories, access } = await startGitWorld()
  await git.createRepository('private', { a: 'tag: 1\n' })
  const own = access('private', { credential: app, credentialId: 'app', authorities: authority.certificate })
  const taken = new Set<string>()
  let answers: number[] = []
  git.fault(({ service, step }) => {
    const last = `ghs_${asked.length}`
    if (service !== 'git-receive-pack' || step !== 'exchange' || taken.has(last)) return undefined
    taken.add(last)
    answers = [...answers, 401]
    return answers.length === 1 ? { kind: 'answer', status: 401 } : undefined
  })
  assert.equal((await repositories.submit(own, 'main', setTag('a', '2'))).kind, 'pushed')
  assert.equal(asked.length, 2)
  git.fault(() => ({ kind: 'answer', status: 401 }))
  await assert.rejects(repositories.tip(own, undefined, { notBefore: Infinity }), { reason: 'GitAuthFailed' })
  assert.equal(asked.length, 3, 'one more token, not one after the other')
})
