import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { unreadImage } from '../../src/registry/unread.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { deleteTag, pushImage } from '../servers/image.ts'
import { stocked } from '../servers/registry-dialects/stock.ts'
import { accessTo, openScans, useDialect, useRegistry } from './fixture.ts'

const access = accessTo('r.example')

test('what the registry did not give is told as it is, and what can’t be used leaves the scan incomplete', () => {
  const told = (reason: ReconcileError['reason']) => unreadImage(new ReconcileError(reason, 'why'), access, '1.0')
  const incomplete = 'the image of r.example/shop/web:1.0 could not be read: why; the choice stays'
  for (const [reason, expected] of [
    ['RegistryUnavailable', ['RegistryUnavailable', 'why']],
    ['RegistryAuthFailed', ['RegistryAuthFailed', 'why']],
    ['RegistryProtocolError', ['ScanIncomplete', incomplete]],
    ['ScanIncomplete', ['ScanIncomplete', incomplete]],
  ] as const) {
    const error = told(reason)
    assert.ok(error instanceof ReconcileError)
    assert.deepEqual([error.reason, error.message], expected)
  }
  const fault = new Error('ours')
  assert.equal(unreadImage(fault, access, '1.0'), fault)
})

const images = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z' }

/** A registry that lists both tags, and does not find what a test says. */
async function lacking(t: TestContext, isLacking: (path: string) => boolean) {
  const stock = stocked({ images })
  const server = await useDialect(t, (request, own) =>
    isLacking(request.path) ? { status: 404 } : stock(request, own),
  )
  const { scans, clock } = openScans(t)
  const here = accessTo(server.host)
  const look = async (wanted: 'times' | 'platforms' = 'times') => {
    const { tags } = await scans.tags(here, { notBefore: clock.now() })
    clock.advance(1)
    return [...(await scans.metadata(here, tags, { notBefore: clock.now(), wanted })).keys()]
  }
  return { server, scans, clock, look }
}

const rows: readonly (readonly [name: string, isLacking: (path: string) => boolean, message: RegExp])[] = [
  ['a tag', (path) => path.endsWith('/manifests/b'), /^tag b of 127\.\S+\/shop\/web is listed but can't be found; the/],
  [
    'a manifest',
    (path) => path.includes('/manifests/sha256:'),
    /^the image of 127\.\S+\/shop\/web:[ab] could not be read: the registry lacks its manifest, or the conf/,
  ],
  ['a configuration', (path) => path.includes('/blobs/'), /^the image of \S+:[ab] could not be read: the registry/],
]

for (const [name, isLacking, message] of rows)
  test(`${name} that is not there leaves the scan incomplete until it is there`, async (t) => {
    let isBroken = true
    const { look, clock, server } = await lacking(t, (path) => isBroken && isLacking(path))
    for (const wanted of ['times', 'times', 'platforms'] as const) {
      clock.advance(60_000)
      await assert.rejects(look(wanted), (error) => {
        assert.ok(error instanceof ReconcileError)
        assert.deepEqual([error.reason, error.retry], ['ScanIncomplete', { kind: 'interval' }])
        assert.match(error.message, message)
        assert.match(error.message, /the choice stays; leave it out by ignoreTags if it stays so$/)
        return true
      })
    }
    isBroken = false
    clock.advance(60_000)
    assert.deepEqual(await look(), ['a', 'b'])
    assert.ok(server.requests.length < 40, `${server.requests.length} requests`)
  })

test('what is not there is asked for once an interval, whoever wants to know', async (t) => {
  const { scans, clock, server } = await lacking(t, (path) => path.includes('/blobs/'))
  const question = { notBefore: clock.now() }
  for (let asks = 0; asks < 5; asks += 1) {
    await assert.rejects(scans.metadata(accessTo(server.host), ['a'], question), { reason: 'ScanIncomplete' })
    clock.advance(1000)
  }
  assert.equal(server.requests.filter(({ path }) => path.includes('/blobs/')).length, 1)
})

test('a tag that was deleted after it was listed is left out: the list is asked for anew', async (t) => {
  const registry = await useRegistry(t)
  await pushImage(registry, 'shop/web', ['a', 'b'])
  const { scans, clock } = openScans(t)
  const here = accessTo(registry.host)
  const { tags } = await scans.tags(here, { notBefore: clock.now() })
  assert.deepEqual(tags, ['a', 'b'])
  await deleteTag(registry, 'shop/web', 'b')
  clock.advance(1000)
  registry.clearRequests()
  const known = await scans.metadata(here, tags, { notBefore: clock.now() })
  assert.deepEqual([...known.keys()], ['a'])
  assert.equal(registry.requests().filter(({ path }) => path.includes('/tags/list')).length, 1)
})

test('the real registry lists a tag whose manifest, or configuration, was cleared away: nothing is chosen beside it', async (t) => {
  const storage = temporaryFolder('stored')
  t.after(() => storage.remove())
  const registry = await useRegistry(t, { storage: storage.path })
  const { digest } = await pushImage(registry, 'shop/web', '1.0')
  await pushImage(registry, 'shop/web', '1.1', { seed: 'another' })
  const repository = join(storage.path, 'docker/registry/v2/repositories/shop/web')
  await rm(join(repository, '_manifests/revisions/sha256', digest.slice('sha256:'.length)), { recursive: true })
  const ask = async (tags: readonly string[]) => {
    const { scans, clock } = openScans(t)
    const here = accessTo(registry.host)
    assert.deepEqual((await scans.tags(here, { notBefore: clock.now() })).tags, ['1.0', '1.1'])
    clock.advance(1)
    return await scans.metadata(here, tags, { notBefore: clock.now() })
  }
  await assert.rejects(ask(['1.0', '1.1']), { reason: 'ScanIncomplete' })
  assert.equal((await ask(['1.1'])).size, 1)
  for (const layer of await readdir(join(repository, '_layers/sha256')))
    await rm(join(repository, '_layers/sha256', layer), { recursive: true })
  await assert.rejects(ask(['1.1']), { reason: 'ScanIncomplete', message: /lacks its manifest, or the configuration/ })
})
