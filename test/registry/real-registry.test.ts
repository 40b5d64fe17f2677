// What the real registry is asked for in large: pages, ten thousand tags, and TLS of its own with certificates for both sides.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTls } from '../../src/http/tls-settings.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { pushImage } from '../servers/image.ts'
import { startStrictRegistry, storeTags } from '../servers/strict-registry.ts'
import { accessTo, openScans, useRegistry } from './fixture.ts'

const tags = Array.from({ length: 10_000 }, (_, i) => `1.${i % 97}.${i}`).toSorted()

test('ten thousand tags of the real registry are followed page by page, with a certificate for each side where it wants one', async (t) => {
  const storage = temporaryFolder('stored')
  t.after(() => storage.remove())
  const registry = await useRegistry(t, { storage: storage.path })
  const [like = '', ...more] = tags
  const { digest } = await pushImage(registry, 'shop/web', like)
  await storeTags(storage.path, 'shop/web', { tags: more, like })

  await t.test('in pages of a thousand', async () => {
    const { scans, clock } = openScans(t)
    const scan = await scans.tags(accessTo(registry.host), { notBefore: clock.now() })
    assert.deepEqual(scan.tags, tags)
    const pages = registry.requests().filter(({ path }) => path.includes('/tags/list'))
    assert.ok(pages.length >= 10 && pages.length <= 11, `${pages.length} pages`)
    assert.ok(pages.every(({ path }) => path.includes('n=1000')))
  })

  await t.test('over TLS', async () => {
    const strict = await startStrictRegistry(storage.path)
    t.after(() => strict.stop())
    const { client, authority } = strict
    const as = (parts: Parameters<typeof parseTls>[0]) => {
      const tls = parseTls(parts)
      assert.ok(tls.ok)
      return accessTo(strict.host, { insecure: false, tls: tls.value })
    }
    const { scans, clock } = openScans(t)
    const ca = Buffer.from(authority)
    const proof = { certificate: Buffer.from(client.certificate), key: Buffer.from(client.key) }
    const look = { notBefore: clock.now() }
    const known = as({ ca, ...proof })
    assert.deepEqual((await scans.tags(known, look)).tags, tags)
    assert.equal(await scans.digest(known, tags[5000] ?? '', look), digest)
    // Whether its alert is seen before the connection ends, nobody can tell.
    await assert.rejects(scans.tags(as({ ca }), look), { reason: 'RegistryUnavailable' })
    await assert.rejects(scans.tags(as(proof), look), { reason: 'TLSVerificationFailed' })
  })
})
