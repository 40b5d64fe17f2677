// The operator's own proxy between it and a registry: what goes by it, what it sees, and what never gets there.
import assert from 'node:assert/strict'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { noOwnProxy } from '../../src/core/own-proxy.ts'
import { createHostGuard } from '../../src/http/host-guard.ts'
import { wayOut } from '../../src/http/proxy-for.ts'
import { parseTls } from '../../src/http/tls-settings.ts'
import { createCloudGuard } from '../../src/registry/login/cloud-http.ts'
import { createAuthority, issueCertificate, type KeyPair } from '../servers/certificate.ts'
import { startConnectProxy } from '../servers/connect-proxy.ts'
import { ghcr } from '../servers/registry-dialects/ghcr.ts'
import type { Dialect } from '../servers/registry-dialects/server.ts'
import { stocked } from '../servers/registry-dialects/stock.ts'
import { withTokens } from '../servers/registry-dialects/tokens.ts'
import { accessTo, openScans, useDialect } from './fixture.ts'

const images = { '1.0': '2026-01-01T00:00:00Z', '1.1': '2026-01-02T00:00:00Z' }
const authority = createAuthority('private')
const pair = issueCertificate(authority, { commonName: 'registry', hosts: ['registry.example.com'] })
const client = issueCertificate(authority, { commonName: 'image-update-operator' })
const tls = parseTls({
  ca: Buffer.from(authority.certificate),
  certificate: Buffer.from(client.certificate),
  key: Buffer.from(client.key),
})
const proxyAuthority = createAuthority('proxies')
const proxyPair = issueCertificate(proxyAuthority, { commonName: 'proxy', hosts: ['localhost'] })
const password = 'very-secret-canary'
const basic = (name: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

interface Way {
  readonly allowed?: readonly string[]
  readonly noProxy?: string
  readonly status?: number
  readonly user?: string
  readonly plain?: boolean
  /** A scheme that is not the proxy's. */
  readonly written?: string
  /** The proxy's, which speaks TLS then. */
  readonly proxyTls?: KeyPair
}

async function open(t: TestContext, way: Way = {}) {
  const { allowed = [], noProxy = '', status = 200, user = '', plain = false, proxyTls, written = '' } = way
  const tokens = withTokens(
    {
      ...ghcr('shop/web'),
      challenge: () => `Bearer realm="/token",service="ghcr.io"`,
      authorization: basic('ann'),
    },
    stocked({ images }),
  )
  const server = await (plain
    ? useDialect(t, tokens.dialect)
    : useDialect(t, tokens.dialect, pair, authority.certificate))
  const port = Number(server.host.split(':')[1])
  const proxy = await startConnectProxy({ port }, status, proxyTls)
  t.after(() => proxy.stop())
  const url = (written === '' ? proxy.url : proxy.url.replace('http://', written)).replace('//', `//${user}`)
  const ownProxy = { https: url, http: url, noProxy }
  const guard = createHostGuard({ allowed, flag: '--allowed-registries', ownProxy })
  t.after(() => guard.close())
  const { scans, clock } = openScans(t, undefined, guard)
  assert.ok(tls.ok)
  const access = accessTo('registry.example.com', {
    insecure: plain,
    credentials: { username: 'ann', password },
    ...(plain ? {} : { tls: tls.value }),
  })
  return { server, proxy, scans, clock, access, tags: () => scans.tags(access, { notBefore: clock.now() }) }
}

for (const plain of [false, true])
  test(`a registry over ${plain ? 'plain HTTP' : 'HTTPS'} is asked in a tunnel, and the proxy sees its own password alone`, async (t) => {
    const { scans, clock, access, proxy, server, tags } = await open(t, { plain, user: `proxy-user:${password}@` })
    assert.deepEqual((await tags()).tags, ['1.0', '1.1'])
    const metadata = await scans.metadata(access, ['1.0', '1.1'], { notBefore: clock.now() })
    assert.equal(metadata.get('1.1')?.createdAt, Date.UTC(2026, 0, 2))
    assert.ok(server.requests.length > 5)
    const tunnels = proxy.tunnels()
    assert.ok(tunnels.length > 0 && tunnels.length <= 8, `${tunnels.length} tunnels are used again`)
    for (const { target, authorization } of tunnels) {
      assert.equal(target, `registry.example.com:${plain ? 80 : 443}`)
      assert.equal(authorization, basic('proxy-user'))
    }
    const shown = server.requests.flatMap(({ headers }) => Object.keys(headers))
    assert.ok(!shown.includes('proxy-authorization'))
  })

/** As NODE_EXTRA_CA_CERTS does it, for one test. */
function trust(t: TestContext, certificate: string): void {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, certificate])
  t.after(() => setDefaultCACertificates(before))
}

test("a proxy that speaks TLS is verified as the system does it, and never shown the registry's client certificate", async (t) => {
  trust(t, proxyAuthority.certificate)
  const { tags, proxy } = await open(t, { proxyTls: proxyPair })
  assert.deepEqual((await tags()).tags, ['1.0', '1.1'])
  assert.deepEqual(new Set(proxy.clients()), new Set([undefined]))
})

test("the registry's authority does not vouch for a proxy", async (t) => {
  const { tags, proxy } = await open(t, {
    proxyTls: issueCertificate(authority, { commonName: 'proxy', hosts: ['localhost'] }),
  })
  await assert.rejects(tags(), {
    reason: 'TLSVerificationFailed',
    message:
      /^the TLS certificate of the proxy localhost:\d+ before registry\.example\.com is signed by .*; give the operator the authority in NODE_EXTRA_CA_CERTS$/,
  })
  assert.deepEqual(proxy.tunnels(), [])
})

test('what is not to go by the proxy does not', async (t) => {
  const { proxy, tags } = await open(t, { noProxy: '.example.com' })
  await assert.rejects(tags(), /registry\.example\.com can't be reached/)
  assert.deepEqual(proxy.tunnels(), [])
})

test('a host that may not be asked is no matter for the proxy either', async (t) => {
  const { proxy, tags } = await open(t, { allowed: ['ghcr.io'] })
  await assert.rejects(tags(), { reason: 'HostNotAllowed' })
  assert.deepEqual(proxy.tunnels(), [])
})

for (const address of ['http://169.254.169.254/', 'http://127.0.0.1:1/', 'http://[::1]:1/', 'http://localhost:1/'])
  test(`${address} is neither asked nor asked for by a proxy`, async (t) => {
    const proxy = await startConnectProxy({ port: 1 })
    t.after(() => proxy.stop())
    const ownProxy = { ...noOwnProxy, http: proxy.url }
    const guard = createHostGuard({ allowed: [], flag: '--allowed-registries', ownProxy })
    t.after(() => guard.close())
    const { scans } = openScans(t, undefined, guard)
    await assert.rejects(scans.tags(accessTo(new URL(address).host), { notBefore: 0 }), { reason: 'HostNotAllowed' })
    assert.deepEqual(proxy.tunnels(), [])
  })

const answers: readonly (readonly [status: number, message: RegExp])[] = [
  [
    407,
    /^the proxy 127\.0\.0\.1:\d+ before registry\.example\.com wants a user name and password, or others \(HTTP 407\)/,
  ],
  [403, /^the proxy 127\.0\.0\.1:\d+ does not let us through to registry\.example\.com \(HTTP 403\)/],
  [502, /^the proxy 127\.0\.0\.1:\d+ does not get through to registry\.example\.com \(HTTP 502\)/],
]
for (const [status, message] of answers)
  test(`a proxy that answers ${status} is told from a registry that does`, async (t) => {
    const { tags } = await open(t, { status, user: `proxy-user:${password}@` })
    await assert.rejects(tags(), (error: Error & { reason?: string }) => {
      assert.equal(error.reason, 'RegistryUnavailable')
      assert.match(error.message, message)
      assert.ok(!error.message.includes(password))
      return true
    })
  })

const lost: readonly (readonly [name: string, proxy: string, reason: string, message: RegExp])[] = [
  [
    'whose name nobody knows',
    'http://proxy.invalid:3128',
    'RegistryUnavailable',
    /^the proxy proxy\.invalid:3128 before registry\.example\.com can't be reached: its name is not known \(DNS\)$/,
  ],
  [
    'that refuses connections',
    'http://127.0.0.1:1',
    'RegistryUnavailable',
    /^the proxy 127\.0\.0\.1:1 before registry\.example\.com can't be reached: it refuses connections$/,
  ],
]
for (const [name, proxy, reason, message] of lost)
  test(`a proxy ${name} is told from a registry`, async (t) => {
    const url = proxy.replace('//', `//proxy-user:${password}@`)
    const guard = createHostGuard({
      allowed: [],
      flag: '--allowed-registries',
      ownProxy: { https: url, http: url, noProxy: '' },
    })
    t.after(() => guard.close())
    const { scans } = openScans(t, undefined, guard)
    const asked = scans.tags(accessTo('registry.example.com'), { notBefore: 0 })
    await assert.rejects(asked, (error: Error & { reason?: string }) => {
      assert.equal(error.reason, reason)
      assert.match(error.message, message)
      return true
    })
  })

test('a proxy that speaks no TLS is told from a registry', async (t) => {
  const { tags } = await open(t, { written: 'https://' })
  await assert.rejects(tags(), {
    message:
      /^the proxy 127\.0\.0\.1:\d+ before registry\.example\.com speaks plain HTTP; write http:\/\/ in its address$/,
  })
})

test('a registry behind a proxy is told from it', async (t) => {
  const { scans, clock, access } = await open(t)
  await assert.rejects(scans.tags({ ...access, tls: undefined }, { notBefore: clock.now() }), {
    reason: 'TLSVerificationFailed',
    message: /^the TLS certificate of registry\.example\.com is signed by itself/,
  })
})

test("the proxy may be on this machine, and the allow-list does not count for it: it is the operator's own", async (t) => {
  const { tags } = await open(t, { allowed: ['registry.example.com'] })
  assert.deepEqual((await tags()).tags, ['1.0', '1.1'])
})

for (const [address, environment] of [
  ['http://metadata.google.internal/', {}],
  ['http://identity.example.com/', { GCE_METADATA_HOST: 'identity.example.com' }],
  ['http://[fd00:ec2::23]/', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://[fd00:ec2::23]/v1' }],
] as const)
  test(`${address} tells who we are, and is never asked by a proxy`, (t) => {
    const guard = createCloudGuard(environment, { https: undefined, http: 'http://127.0.0.1:1', noProxy: '' })
    t.after(() => guard.close())
    assert.equal(guard.dispatcherFor(new URL(address), undefined), guard.dispatcher)
    assert.notEqual(guard.dispatcherFor(new URL('http://sts.example.com'), undefined), guard.dispatcher)
  })

/** A registry with a token server and a store of blobs on other hosts, all of which only the proxy knows, and a way out of its own. */
async function openOwnWay(t: TestContext, { noProxy = '', direct = false } = {}) {
  const tokens = withTokens(
    { ...ghcr('shop/web'), challenge: () => `Bearer realm="http://auth.example.com/token",service="ghcr.io"` },
    stocked({ images }),
  )
  const server = await useDialect(t, redirectingBlobs(tokens.dialect, stocked({ images })))
  const to = { port: Number(server.host.split(':')[1]) }
  const [operators, own] = [await startConnectProxy(to), await startConnectProxy(to)]
  for (const proxy of [operators, own]) t.after(() => proxy.stop())
  const ownProxy = { https: operators.url, http: operators.url, noProxy: '' }
  const guard = createHostGuard({ allowed: [], flag: '--allowed-registries', ownProxy })
  t.after(() => guard.close())
  const { scans, clock } = openScans(t, undefined, guard)
  const url = direct ? undefined : own.url
  const access = accessTo('registry.example.com', { way: wayOut({ https: url, http: url, noProxy }) })
  const metadata = () => scans.metadata(access, ['1.0', '1.1'], { notBefore: clock.now() })
  const targets = () => new Set(own.tunnels().map(({ target }) => target))
  return { operators, targets, metadata }
}

function redirectingBlobs(registry: Dialect, store: Dialect): Dialect {
  return (request, server) => {
    if (!request.path.includes('/blobs/')) return registry(request, server)
    if (request.headers.host === 'blobs.example.com') return store(request, server)
    return { status: 307, headers: { location: `http://blobs.example.com${request.path}` } }
  }
}

test("a registry's own proxy counts instead of the operator's: for its token server too, and wherever it redirects to", async (t) => {
  const { operators, targets, metadata } = await openOwnWay(t)
  assert.equal((await metadata()).get('1.1')?.createdAt, Date.UTC(2026, 0, 2))
  const hosts = ['registry.example.com:80', 'auth.example.com:80', 'blobs.example.com:80']
  assert.deepEqual(targets(), new Set(hosts))
  assert.deepEqual(operators.tunnels(), [])
})

test("what is not to go by a registry's own proxy goes straight", async (t) => {
  const { operators, targets, metadata } = await openOwnWay(t, { noProxy: 'auth.example.com' })
  await assert.rejects(metadata(), /auth\.example\.com can't be reached/)
  assert.deepEqual(targets(), new Set(['registry.example.com:80']))
  assert.deepEqual(operators.tunnels(), [])
})

test("a registry without proxy is asked straight, whatever the operator's", async (t) => {
  const { operators, targets, metadata } = await openOwnWay(t, { direct: true })
  await assert.rejects(metadata(), /registry\.example\.com can't be reached/)
  assert.deepEqual(targets(), new Set())
  assert.deepEqual(operators.tunnels(), [])
})
