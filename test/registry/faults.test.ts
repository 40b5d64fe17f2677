// What goes wrong between a registry and us, as whole passes: tags, digests and creation times. What is not here stands in client-cases.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { parseTls } from '../../src/http/tls-settings.ts'
import { exchange } from '../../src/registry/wire/exchange.ts'
import { createAuthority, issueCertificate } from '../servers/certificate.ts'
import { waitFor } from '../servers/poll.ts'
import { ghcr } from '../servers/registry-dialects/ghcr.ts'
import type { Dialect, DialectAnswer, DialectRequest } from '../servers/registry-dialects/server.ts'
import { digestsOf, stocked } from '../servers/registry-dialects/stock.ts'
import { withTokens } from '../servers/registry-dialects/tokens.ts'
import { accessTo, guardFor, openScans, serveBare, useDialect } from './fixture.ts'

const images = { '1.0': '2026-01-01T00:00:00Z', '1.1': '2026-01-02T00:00:00Z', '1.2': '2026-01-03T00:00:00Z' }
const inner = stocked({ images, paging: { size: 1 } })
const whole = Object.entries(images).map(([tag, created]) => [tag, digestsOf(images).get(tag), Date.parse(created)])

type Change = (answer: DialectAnswer, request: DialectRequest, count: number) => DialectAnswer

/** A registry whose answers are changed on their way; `count` begins at 1. */
function changed(change: Change): Dialect {
  let count = 0
  return (request, server) => {
    const answer = inner(request, server)
    count += 1
    return answer && change(answer, request, count)
  }
}

const headed =
  (headers: Readonly<Record<string, string>>): Change =>
  (answer) => ({ ...answer, headers: { ...answer.headers, ...headers } })

/** So many answers of another kind before each that is right. */
const first =
  (times: number, other: DialectAnswer): Change =>
  (answer, _, count) =>
    count <= times ? other : answer

const isHead = ({ method }: DialectRequest): boolean => method === 'HEAD'
const harmless: readonly (readonly [name: string, speak: () => Dialect])[] = [
  ...['application/json', 'text/plain; charset=utf-8', 'text/html', ''].map(
    (type) => [`content type ${type || '(none)'}`, () => changed(headed({ 'content-type': type }))] as const,
  ),
  [
    'a content type that says it is an index',
    () => changed(headed({ 'content-type': 'application/vnd.oci.image.index.v1+json' })),
  ],
  ['warnings', () => changed(headed({ warning: '299 - "this registry will be turned off"' }))],
  ['connections that end after each answer', () => changed(headed({ connection: 'close' }))],
  ['502, then 504', () => changed(first(2, { status: 502 }))],
  ['a digest in capitals', () => changed(headed({ 'docker-content-digest': `SHA256:${'A'.repeat(64)}` }))],
  [
    'HEAD that never has the digest, and GET that has another',
    () =>
      changed((answer, request) =>
        headed(
          isHead(request) ? { 'docker-content-digest': '' } : { 'docker-content-digest': `sha256:${'b'.repeat(64)}` },
        )(answer, request, 0),
      ),
  ],
  ['tags that stand on several pages', () => repeating()],
  [
    'tokens that end in the middle of a scan',
    () => {
      const tokens = withTokens(ghcr('shop/web'), inner)
      let count = 0
      return (request, server) => {
        count += 1
        if (count === 4 || count === 9) tokens.takeBackTokens()
        return tokens.dialect(request, server)
      }
    },
  ],
  ...['2001-01-01T00:00:00Z', '2099-01-01T00:00:00Z', 'yesterday'].map(
    (issued_at) =>
      [
        `a token server whose clock says ${issued_at}`,
        () =>
          withTokens({ ...ghcr('shop/web'), reply: (token) => ({ token, expires_in: 300, issued_at }) }, inner).dialect,
      ] as const,
  ),
]

function repeating(): Dialect {
  const doubled = stocked({
    images,
    paging: { tags: Object.keys(images).flatMap((tag) => [tag, tag, '1.0']), size: 2 },
  })
  return doubled
}

for (const [name, speak] of harmless)
  test(`a registry is read in spite of ${name}`, async (t) => {
    const server = await useDialect(t, speak())
    const { scans, clock } = openScans(t)
    const access = accessTo(server.host)
    for (let pass = 0; pass < 2; pass += 1) {
      const { tags } = await scans.tags(access, { notBefore: clock.now() })
      const metadata = await scans.metadata(access, tags, { notBefore: clock.now() })
      const known = tags.map((tag) => [tag, metadata.get(tag)?.digest, metadata.get(tag)?.createdAt])
      assert.deepEqual(known, whole)
      clock.advance(60_000)
    }
  })

const harmful: readonly (readonly [name: string, speak: () => Dialect, reason: string, message: RegExp])[] = [
  [
    'a login page instead of manifests',
    () => changed((answer, { path }) => (path.includes('/manifests/') ? { body: '<html>' } : answer)),
    'ScanIncomplete',
    /answers with something that is no manifest of shop\/web \(a login page\?\); the choice stays$/,
  ],
  [
    'half a manifest',
    () =>
      changed((answer, { method, path }) =>
        method === 'GET' && path.includes('/manifests/') ? { ...answer, body: '{"schemaVersion":2,"conf' } : answer,
      ),
    'ScanIncomplete',
    /sends other bytes than/,
  ],
  [
    'a manifest that is cut short',
    () => changed((answer, { path }) => (path.includes('/manifests/sha256') ? { ...answer, cut: 20 } : answer)),
    'ScanIncomplete',
    /was cut short/,
  ],
  [
    'configurations of another image',
    () =>
      changed((answer, { path }) =>
        path.includes('/blobs/') ? { body: '{"created":"2027-01-01T00:00:00Z"}' } : answer,
      ),
    'ScanIncomplete',
    /sends other bytes than/,
  ],
  [
    'blobs that are refused',
    () => changed((answer, { path }) => (path.includes('/blobs/') ? { status: 403, body: '' } : answer)),
    'RegistryAuthFailed',
    /without credentials \(HTTP 403\)/,
  ],
  [
    'one image of many that can not be read',
    () => {
      const bad = `/manifests/${digestsOf(images).get('1.0')}`
      return changed((answer, { path }) => (path.endsWith(bad) ? { status: 500 } : answer))
    },
    'RegistryUnavailable',
    /answers HTTP 500$/,
  ],
  [
    'who we are is taken back in the middle of a scan',
    () => {
      const tokens = withTokens({ ...ghcr('shop/web') }, inner)
      let count = 0
      return (request, server) => {
        count += 1
        return count > 3
          ? { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } }
          : tokens.dialect(request, server)
      }
    },
    'RegistryAuthFailed',
    /HTTP 401/,
  ],
]

for (const [name, speak, reason, message] of harmful)
  test(`nothing is chosen from ${name}`, async (t) => {
    const server = await useDialect(t, speak())
    const { scans, clock } = openScans(t)
    const access = accessTo(server.host)
    const look = async () => {
      const { tags } = await scans.tags(access, { notBefore: clock.now() })
      return await scans.metadata(access, tags, { notBefore: clock.now() })
    }
    await assert.rejects(look(), (error) => {
      assert.ok(error instanceof ReconcileError)
      assert.equal(error.reason, reason)
      assert.match(error.message, message)
      return true
    })
    server.speak(withTokens(ghcr('shop/web'), inner).dialect)
    clock.advance(120_000)
    assert.equal((await look()).size, 3, 'and afterwards all is known')
  })

/** Bodies that do not end: as fast as they are taken, or a byte now and then. */
const endless: readonly (readonly [name: string, everyMs: number, chunk: string, limit: number, message: RegExp])[] = [
  ['fast', 0, 'x'.repeat(65_536), 1024 * 1024, /sends more than 1024 KiB/],
  ['slow', 20, 'x', 1024 * 1024, /cut short/],
]
for (const [name, everyMs, chunk, limit, message] of endless)
  test(`a body that comes without end, ${name}, is not taken to its end, and its connection is given up`, async (t) => {
    let ended = 0
    const url = await serveBare(t, (_, response) => {
      const timer = setInterval(() => {
        while (response.writableLength < 200_000 && response.write(chunk) && everyMs === 0);
      }, everyMs)
      response.on('close', () => {
        clearInterval(timer)
        ended += 1
      })
    })
    const ask = { method: 'GET', url, accept: '*/*', kind: 'tags', limit } as const
    const outcome = await exchange(ask, guardFor(t), { headers: 3_000, body: 500 })
    assert.ok(outcome.kind === 'fault')
    assert.match(outcome.error.message, message)
    await waitFor('the connection to end', async () => ended > 0)
  })

test('a certificate that has expired is not believed', async (t) => {
  const authority = createAuthority('expired')
  const expires = new Date(Date.now() - 3_600_000)
  const pair = issueCertificate(authority, { commonName: 'registry', hosts: ['127.0.0.1'], expires })
  const server = await useDialect(t, inner, pair)
  const tls = parseTls({ ca: Buffer.from(authority.certificate) })
  assert.ok(tls.ok)
  const { scans } = openScans(t)
  const access = accessTo(server.host, { insecure: false, tls: tls.value })
  await assert.rejects(scans.tags(access, { notBefore: 0 }), {
    reason: 'TLSVerificationFailed',
    message: /has expired$/,
  })
  assert.deepEqual(server.requests, [])
})

test('fifty who want to know about one repository at once ask for one token and one list', async (t) => {
  const tokens = withTokens(ghcr('shop/web'), stocked({ images }))
  const server = await useDialect(t, tokens.dialect)
  const { scans, clock } = openScans(t)
  const notBefore = clock.now()
  await Promise.all(Array.from({ length: 50 }, () => scans.tags(accessTo(server.host), { notBefore })))
  assert.equal(tokens.issued(), 1)
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/v2/shop/web/tags/list', '/token', '/v2/shop/web/tags/list'],
  )
})
