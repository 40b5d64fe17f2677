import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { ReconcileError } from '../../src/errors.ts'
import { admittedIn, firstLook, foundDigest, neededMetadata } from '../../src/registry/first-look.ts'
import { policySpec } from '../core/build-policy.ts'
import { digestsOf, stocked } from '../servers/registry-dialects/stock.ts'
import { accessTo, openScans, useDialect } from './fixture.ts'

const images = { '1.0': '2026-01-01T00:00:00Z', '1.1': '2026-01-02T00:00:00Z', main: '2026-01-03T00:00:00Z' }

async function look(t: TestContext, more: Partial<ImageUpdatePolicySpec>, desired: readonly string[] = []) {
  const server = await useDialect(t, stocked({ images }))
  const { scans, clock } = openScans(t)
  const spec = policySpec(more)
  const looking = { scans, access: accessTo(server.host), notBefore: clock.now() }
  const seen = await firstLook(spec, looking)
  const admitted = admittedIn(spec, seen)
  const metadata = await neededMetadata(
    spec,
    { ...seen, admitted },
    desired.map((tag) => ({ tag })),
    looking,
  )
  return { ...seen, admitted, metadata, asked: server.requests.map(({ method, path }) => `${method} ${path}`) }
}

const tagsOf = (candidates: readonly { readonly tag: string }[]): readonly string[] => candidates.map(({ tag }) => tag)

test('a strategy that goes by tags asks for the list, and nothing else', async (t) => {
  const { scan, digest, admitted, metadata, asked } = await look(t, { strategy: 'semver' }, ['1.0'])
  assert.deepEqual([scan?.tags, digest], [['1.0', '1.1', 'main'], undefined])
  assert.deepEqual(tagsOf(admitted.candidates), ['1.0', '1.1'])
  assert.equal(metadata.size, 0)
  assert.equal(asked.length, 1)
})

test('one that goes by time asks about what passed the filters, and what is desired and listed', async (t) => {
  const constraints = { ignoreTags: ['main', '1.0'] }
  const { metadata } = await look(t, { strategy: 'latest', constraints }, ['main', 'gone'])
  assert.deepEqual([...metadata.keys()].toSorted(), ['1.1', 'main'])
})

test('strategy digest asks about its tag alone', async (t) => {
  const { scan, digest, admitted, metadata, asked } = await look(t, {
    strategy: 'digest',
    constraints: { tag: 'main' },
  })
  assert.equal(scan, undefined)
  assert.equal(digest, digestsOf(images).get('main'))
  assert.deepEqual(tagsOf(admitted.candidates), ['main'])
  assert.deepEqual([...metadata], [['main', { digest, createdAt: undefined }]])
  assert.deepEqual(asked, ['HEAD /v2/shop/web/manifests/main'])
})

test('about its image too, where platforms count', async (t) => {
  const constraints = { tag: 'main', platforms: ['linux/amd64'] }
  const { metadata } = await look(t, { strategy: 'digest', constraints })
  assert.equal(metadata.get('main')?.digest, digestsOf(images).get('main'))
  assert.ok((metadata.get('main')?.platforms?.length ?? 0) > 0)
})

test('a tag that is not there is nothing to be known of', async (t) => {
  const { digest, metadata } = await look(t, { strategy: 'digest', constraints: { tag: 'gone' } })
  assert.deepEqual([digest, metadata.size], [undefined, 0])
})

test('a chosen tag that can’t be found is chosen by nobody', () => {
  const spec = policySpec({})
  assert.equal(foundDigest(spec, '1.0', 'sha256:a'), 'sha256:a')
  assert.throws(
    () => foundDigest(spec, '1.0', undefined),
    (error) =>
      error instanceof ReconcileError &&
      error.reason === 'ScanIncomplete' &&
      error.message === `tag 1.0 of ${spec.image.written} is listed but can't be found`,
  )
})
