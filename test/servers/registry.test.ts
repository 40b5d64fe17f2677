import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from './guard.ts'
import { deleteTag, pushImage, retag } from './image.ts'
import { startRegistry, type Registry, type RegistryOptions } from './registry.ts'
import { httpRequest, type HttpResponse } from './request.ts'
import { basicAuthorization } from './token-server.ts'

const ann = { username: 'ann', password: 'secret' }
const created = new Date('2026-01-02T03:04:05Z')

async function registryFor(context: TestContext, options: RegistryOptions = {}): Promise<Registry> {
  const registry = await startRegistry(options)
  context.after(registry.stop)
  return registry
}

async function get(registry: Registry, path: string, headers: Record<string, string> = {}): Promise<HttpResponse> {
  return await httpRequest({
    url: registry.url + path,
    headers: { 'user-agent': 'tests', ...headers },
    ...(registry.ca !== undefined && { ca: registry.ca }),
  })
}

async function tagsOf(registry: Registry, headers: Record<string, string> = {}): Promise<readonly string[] | number> {
  const { status, body } = await get(registry, '/v2/shop/web/tags/list', headers)
  return status === 200 ? (JSON.parse(body.toString()) as { tags: string[] }).tags.toSorted() : status
}

test('images are pushed, listed, named anew and let go', async (context) => {
  const registry = await registryFor(context)
  const { digest } = await pushImage(registry, 'shop/web', ['1.0.0', '1.1.0'], { created })
  assert.deepEqual(await tagsOf(registry), ['1.0.0', '1.1.0'])
  assert.equal(await retag(registry, 'shop/web', '1.1.0', 'latest'), digest)
  await deleteTag(registry, 'shop/web', '1.0.0')
  assert.deepEqual(await tagsOf(registry), ['1.1.0', 'latest'])
  const head = await httpRequest({
    url: `${registry.url}/v2/shop/web/manifests/latest`,
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  })
  assert.equal(head.headers['docker-content-digest'], digest)
})

test('the same options make the same image; each of them makes another', async (context) => {
  const registry = await registryFor(context)
  const variants = [
    { created },
    { created: new Date('2026-01-02T03:04:06Z') },
    { created, seed: '2' },
    { created, labels: { a: 'b' } },
    { created, platforms: ['linux/arm64'] },
    { created, platforms: ['linux/amd64', 'linux/arm64'] },
    { created, format: 'docker' },
  ] as const
  const digests = new Set<string>()
  for (const options of [...variants, { created }])
    digests.add((await pushImage(registry, 'shop/web', 'x', options)).digest)
  assert.equal(digests.size, variants.length)
})

test('an index leads to an image for each platform, with its time and labels', async (context) => {
  const registry = await registryFor(context)
  const pushed = await pushImage(registry, 'shop/web', '1', {
    created,
    labels: { team: 'shop' },
    platforms: ['linux/amd64', 'linux/arm64/v8'],
  })
  const read = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse(
      (
        await get(registry, `/v2/shop/web/${path}`, {
          accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json',
        })
      ).body.toString(),
    ) as Record<string, unknown>
  const index = await read('manifests/1')
  assert.equal((index['manifests'] as readonly unknown[]).length, 2)
  const manifest = await read(`manifests/${pushed.platforms['linux/arm64/v8'] ?? ''}`)
  const configuration = await read(`blobs/${(manifest['config'] as { digest: string }).digest}`)
  assert.deepEqual(
    [configuration['os'], configuration['architecture'], configuration['variant'], configuration['created']],
    ['linux', 'arm64', 'v8', created.toISOString()],
  )
  assert.deepEqual(configuration['config'], { Labels: { team: 'shop' } })
})

test('with Basic, only the right password opens', async (context) => {
  const registry = await registryFor(context, { auth: ann })
  await pushImage(registry, 'shop/web', '1', { created })
  assert.equal(await tagsOf(registry), 401)
  assert.equal(await tagsOf(registry, { authorization: basicAuthorization({ ...ann, password: 'other' }) }), 401)
  assert.deepEqual(await tagsOf(registry, { authorization: basicAuthorization(ann) }), ['1'])
})

/** Follows the challenge as a client does. */
async function fetchToken(registry: Registry, headers: Record<string, string> = {}): Promise<HttpResponse> {
  const challenge = (await get(registry, '/v2/shop/web/tags/list')).headers['www-authenticate'] ?? ''
  const [, realm, service, scope] = /^Bearer realm="(.+?)",service="(.+?)",scope="(.+?)"$/.exec(challenge) ?? []
  const url = `${realm}?service=${service}&scope=${scope}`
  return await httpRequest({ url, headers, ...(registry.ca !== undefined && { ca: registry.ca }) })
}

async function tagsWithToken(
  registry: Registry,
  headers: Record<string, string> = {},
): Promise<readonly string[] | number> {
  const { status, body } = await fetchToken(registry, headers)
  if (status !== 200) return status
  const { token } = JSON.parse(body.toString()) as { token: string }
  return await tagsOf(registry, { authorization: `Bearer ${token}` })
}

for (const tls of [false, true]) {
  test(`tokens open, ${tls ? 'over TLS' : 'in the clear'}: anonymously, or for a password only`, async (context) => {
    const open = await registryFor(context, { token: true, tls })
    const closed = await registryFor(context, { token: true, tls, auth: ann })
    for (const registry of [open, closed]) await pushImage(registry, 'shop/web', '1', { created })
    assert.deepEqual(await tagsWithToken(open), ['1'])
    assert.equal(await tagsWithToken(closed), 401)
    assert.equal(await tagsWithToken(closed, { authorization: basicAuthorization({ ...ann, password: 'other' }) }), 401)
    assert.deepEqual(await tagsWithToken(closed, { authorization: basicAuthorization(ann) }), ['1'])
    assert.deepEqual(
      closed.tokenServer?.requests().map(({ status, authorization }) => [status, authorization]),
      [
        [200, false],
        [401, true],
        [200, true],
      ],
    )
  })
}

test('an anonymous token does not push', async (context) => {
  const registry = await registryFor(context, { token: true })
  const url = `http://127.0.0.1:${registry.tokenServer?.port}/token?service=registry&scope=repository:shop/web:pull,push`
  const { token } = JSON.parse((await httpRequest({ url })).body.toString()) as { token: string }
  const push = pushImage({ pushUrl: registry.url, authorizationFor: () => `Bearer ${token}` }, 'shop/web', '1')
  await assert.rejects(push, /the registry answered 401/)
})

test('its certificate is verified: without its authority, no connection', async (context) => {
  const registry = await registryFor(context, { tls: true })
  assert.ok(existsSync(registry.caFile ?? ''))
  await assert.rejects(httpRequest({ url: `${registry.url}/v2/` }), /certificate/)
})

test('requests of clients are counted, pushes are not', async (context) => {
  const registry = await registryFor(context)
  await pushImage(registry, 'shop/web', '1', { created })
  assert.deepEqual(registry.requests(), [])
  await tagsOf(registry, { authorization: 'Basic eDp5' })
  const [{ receivedAt, ...seen } = assert.fail()] = registry.requests()
  assert.deepEqual(seen, {
    method: 'GET',
    path: '/v2/shop/web/tags/list',
    status: 200,
    authorization: true,
    userAgent: 'tests',
  })
  assert.ok(Date.now() - receivedAt.getTime() < 10_000)
  registry.clearRequests()
  assert.deepEqual(registry.requests(), [])
})

test('pages lead from one to the next through the proxy', async (context) => {
  const registry = await registryFor(context)
  await pushImage(registry, 'shop/web', ['1', '2', '3'], { created })
  const first = await get(registry, '/v2/shop/web/tags/list?n=2')
  assert.equal(first.headers['link'], '</v2/shop/web/tags/list?last=2&n=2>; rel="next"')
  assert.deepEqual(JSON.parse(first.body.toString()), { name: 'shop/web', tags: ['1', '2'] })
})

test('it fails when told to: answers, delays, cuts, hangs', async (context) => {
  const registry = await registryFor(context)
  await pushImage(registry, 'shop/web', '1', { created })
  registry.fault(({ path }) =>
    path.includes('tags') ? { kind: 'answer', status: 429, headers: { 'retry-after': '7' } } : undefined,
  )
  const refused = await get(registry, '/v2/shop/web/tags/list')
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '7'])
  assert.equal((await get(registry, '/v2/')).status, 200)

  registry.fault(() => ({ kind: 'cut' }))
  await assert.rejects(tagsOf(registry), { code: 'ECONNRESET' })
  registry.fault(() => ({ kind: 'hang' }))
  await assert.rejects(httpRequest({ url: `${registry.url}/v2/`, timeoutMs: 100 }), { name: 'AbortError' })
  registry.fault(() => ({ kind: 'delay', milliseconds: 100 }))
  const start = performance.now()
  assert.deepEqual(await tagsOf(registry), ['1'])
  assert.ok(performance.now() - start >= 99)
  registry.fault(undefined)
  assert.deepEqual(await tagsOf(registry), ['1'])
  assert.deepEqual(
    registry.requests().map(({ status }) => status),
    [429, 200, 0, 0, 200, 200],
  )
})

test('while it is down nobody gets through but the pusher, and afterwards it is where it was', async (context) => {
  const registry = await registryFor(context)
  const arrived = new Promise<void>((resolve) => {
    registry.fault(() => {
      resolve()
      return { kind: 'hang' }
    })
  })
  const open = assert.rejects(tagsOf(registry), { code: 'ECONNRESET' })
  await arrived
  await registry.stopServing()
  await open
  registry.fault(undefined)
  await assert.rejects(tagsOf(registry), { code: 'ECONNREFUSED' })
  await pushImage(registry, 'shop/web', '1', { created })
  await registry.startServing()
  assert.deepEqual(await tagsOf(registry), ['1'])
})

test('a storage folder of the caller outlives the registry', async (context) => {
  const folder = temporaryFolder('registry-test')
  context.after(folder.remove)
  const storage = join(folder.path, 'images')
  mkdirSync(storage)
  const first = await startRegistry({ storage })
  await pushImage(first, 'shop/web', '1', { created })
  await first.stop()
  await first.stop()
  assert.deepEqual(await tagsOf(await registryFor(context, { storage })), ['1'])
})

test('a push that the registry refuses says so', async (context) => {
  const registry = await registryFor(context, { auth: ann })
  const push = pushImage({ ...registry, authorizationFor: () => undefined }, 'shop/web', '1')
  await assert.rejects(
    push,
    /^Error: POST shop\/web\/blobs\/uploads\/: the registry answered 401: .*authentication required/,
  )
})
