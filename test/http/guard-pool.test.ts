import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { after, test } from 'node:test'
import { request } from 'undici'
import { createGuardPool } from '../../src/http/guard-pool.ts'
import type { ConnectionNeeds } from '../../src/http/dispatcher.ts'
import { ProxyFault } from '../../src/http/proxy-fault.ts'
import { errorIn } from '../../src/http/thrown.ts'
import { createAuthority, issueCertificate } from '../servers/certificate.ts'
import { startConnectProxy } from '../servers/connect-proxy.ts'

const authority = createAuthority('Acme')
const { key, certificate } = issueCertificate(authority, { commonName: 'git', hosts: ['127.0.0.1', 'git.example.com'] })
const client = issueCertificate(authority, { commonName: 'image-update-operator' })
const clientCertificate = { cert: client.certificate, key: client.key }

// It tells who the client is by the certificate that it shows.
const server = createServer({
  key,
  cert: certificate,
  ca: authority.certificate,
  requestCert: true,
  rejectUnauthorized: false,
})
server.on('request', (asked, response) => {
  const { subject } = (asked.socket as TLSSocket).getPeerCertificate()
  response.end(JSON.stringify({ client: subject?.CN, authorization: asked.headers.authorization }))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const port = typeof address === 'object' ? (address?.port ?? 0) : 0
const proxy = await startConnectProxy({ port })
const pool = createGuardPool({ allowed: ['127.0.0.1', 'localhost', 'git.example.com'], flag: '--allowed-git-hosts' })
after(async () => {
  await pool.close()
  proxy.stop()
  server.closeAllConnections()
  server.close()
})

async function ask(needs: ConnectionNeeds, host = '127.0.0.1'): Promise<{ client?: string }> {
  const { guard, giveBack } = pool.lend(needs)
  try {
    const { body } = await request(`https://${host}:${port}/`, { dispatcher: guard.dispatcher })
    return (await body.json()) as { client?: string }
  } finally {
    await giveBack()
  }
}

const code = 'SELF_SIGNED_CERT_IN_CHAIN'

test('what only our authority vouches for is accepted where it is given, and else not', async () => {
  assert.deepEqual(await ask({ authorities: authority.certificate }), {})
  await assert.rejects(ask({}), { code })
  await assert.rejects(ask({ authorities: createAuthority('Others').certificate }), { code })
  assert.deepEqual(await ask({ insecureTls: true }), {})
})

test('a client certificate is shown', async () => {
  assert.deepEqual(await ask({ authorities: authority.certificate, clientCertificate }), {
    client: 'image-update-operator',
  })
})

test('through a proxy the server is verified and shown the certificate all the same', async () => {
  const before = proxy.tunnels().length
  const url = proxy.url.replace('//', '//me:s%40cret@')
  const needs = { authorities: authority.certificate, clientCertificate, proxy: url }
  assert.deepEqual(await ask(needs, 'git.example.com'), { client: 'image-update-operator' })
  const authorization = `Basic ${Buffer.from('me:s@cret').toString('base64')}`
  assert.deepEqual(proxy.tunnels().slice(before), [{ target: `git.example.com:${port}`, authorization }])
  await assert.rejects(ask({ proxy: url }, 'git.example.com'), { code })
})

test('a proxy is a host like any other', async () => {
  const strict = createGuardPool({ allowed: ['git.example.com'], flag: '--allowed-git-hosts' })
  const { guard } = strict.lend({ proxy: proxy.url, insecureTls: true })
  await assert.rejects(request(`https://git.example.com:${port}/`, { dispatcher: guard.dispatcher }), (error: Error) =>
    /127\.0\.0\.1:\d+ is .*not in --allowed-git-hosts/.test(
      `${error.message} ${(error.cause as Error | undefined)?.message}`,
    ),
  )
  await strict.close()
})

const proxies = createAuthority('Proxies')
const proxyHosts = { commonName: 'proxy', hosts: ['localhost'] }

test('a proxy that speaks TLS is verified as the system does it, and shown no certificate of ours', async (t) => {
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, proxies.certificate])
  t.after(() => setDefaultCACertificates(before))
  const secure = await startConnectProxy({ port }, 200, issueCertificate(proxies, proxyHosts))
  t.after(() => secure.stop())
  const needs = { authorities: authority.certificate, clientCertificate, proxy: secure.url }
  assert.deepEqual(await ask(needs, 'git.example.com'), { client: 'image-update-operator' })
  assert.deepEqual(secure.clients(), [undefined])
})

for (const trusted of [{ authorities: authority.certificate }, { insecureTls: true }])
  test(`what is trusted of the server is not trusted of its proxy: ${Object.keys(trusted).join()}`, async (t) => {
    const secure = await startConnectProxy({ port }, 200, issueCertificate(authority, proxyHosts))
    t.after(() => secure.stop())
    await assert.rejects(ask({ ...trusted, proxy: secure.url }, 'git.example.com'), (thrown) => {
      const fault = errorIn(ProxyFault, thrown)
      assert.equal(fault?.proxy, new URL(secure.url).host)
      assert.equal((fault.cause as { code?: string }).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
      return true
    })
    assert.deepEqual(secure.tunnels(), [])
  })

test('who needs the same shares a guard, which is closed with the last of them', async () => {
  const needs = { authorities: authority.certificate }
  const [one, two] = [pool.lend(needs), pool.lend({ ...needs })]
  assert.equal(one.guard, two.guard)
  await one.giveBack()
  await request(`https://127.0.0.1:${port}/`, { dispatcher: two.guard.dispatcher }).then(({ body }) => body.dump())
  await two.giveBack()
  await assert.rejects(request(`https://127.0.0.1:${port}/`, { dispatcher: two.guard.dispatcher }))
  const { guard, giveBack } = pool.lend(needs)
  assert.notEqual(guard, one.guard)
  await giveBack()
})

test('certificates that are none are said', () => {
  for (const bad of [
    { cert: 'x', key: 'y' },
    { cert: client.certificate, key },
  ])
    assert.throws(() => pool.lend({ clientCertificate: bad }), {
      reason: 'GitAuthFailed',
      message: /are not a certificate and its key/,
    })
  assert.throws(() => pool.lend({ authorities: 'hello' }), { reason: 'TLSVerificationFailed', message: /are not PEM/ })
})

test('who needs something else has a guard of its own', async () => {
  const needs = [
    {},
    { insecureTls: true },
    { authorities: authority.certificate },
    { clientCertificate },
    { proxy: proxy.url },
  ]
  const lent = needs.map((each) => pool.lend(each))
  assert.equal(new Set(lent.map(({ guard }) => guard)).size, needs.length)
  await Promise.all(lent.map(({ giveBack }) => giveBack()))
})
