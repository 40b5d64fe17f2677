import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { readFacts, type Wanted } from '../../../src/registry/images/image-facts.ts'
import type { Dialect } from '../../servers/registry-dialects/server.ts'
import { pushImage } from '../../servers/image.ts'
import { accessTo, openHttp, useDialect, useRegistry } from '../fixture.ts'

/** A repository made of JSON objects, found by digest. */
function contents() {
  const stored = new Map<string, string>()
  const add = (object: unknown): string => {
    const content = JSON.stringify(object)
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    stored.set(digest, content)
    return digest
  }
  const dialect: Dialect = ({ path }) => {
    const content = stored.get(path.split('/').at(-1) ?? '')
    return content === undefined ? undefined : { body: content }
  }
  return { add, dialect, forget: (digest: string) => stored.delete(digest) }
}

const day = (number: number): string => `2026-01-0${number}T00:00:00Z`
const ms = (number: number): number => Date.UTC(2026, 0, number)
const annotations = (number: number) => ({ 'org.opencontainers.image.created': day(number) })

type Contents = ReturnType<typeof contents>
const image = ({ add }: Contents, config: object, more: object = {}): string =>
  add({ config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: add(config) }, layers: [], ...more })

const rows: readonly (readonly [
  name: string,
  build: (all: Contents) => string,
  platforms: readonly (readonly number[])[],
  complete?: boolean,
])[] = [
  ['an image', (all) => image(all, { created: day(1) }), [[ms(1)]]],
  ['an image without a time', (all) => image(all, {}), [[]]],
  [
    'an image: its own time, its annotation, its label',
    (all) => image(all, { created: day(1), config: { Labels: annotations(3) } }, { annotations: annotations(2) }),
    [[ms(1), ms(2), ms(3)]],
  ],
  [
    'an index: times from the inside, then from the outside in',
    (all) =>
      all.add({
        annotations: annotations(2),
        manifests: [
          { digest: image(all, { created: day(1) }, { annotations: annotations(4) }), annotations: annotations(3) },
          { digest: image(all, { created: '1970-01-01T00:00:00Z' }) },
        ],
      }),
    [[ms(1), ms(2), ms(3), ms(4)], [ms(2)]],
  ],
  [
    'an index with an attestation',
    (all) =>
      all.add({
        manifests: [
          { digest: image(all, { created: day(1) }) },
          { digest: 'sha256:none', platform: { os: 'unknown', architecture: 'unknown' } },
        ],
      }),
    [[ms(1)]],
  ],
  [
    'an index in an index',
    (all) =>
      all.add({ manifests: [{ digest: all.add({ manifests: [{ digest: image(all, { created: day(1) }) }] }) }] }),
    [[ms(1)]],
  ],
  ['a chart', (all) => all.add({ config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: 'x' } }), []],
  ['an index of nothing', (all) => all.add({ manifests: [] }), []],
  [
    'an index that lacks a platform',
    (all) =>
      all.add({ manifests: [{ digest: image(all, { created: day(1) }) }, { digest: `sha256:${'b'.repeat(64)}` }] }),
    [[ms(1)]],
    false,
  ],
  [
    'an image that lacks its configuration',
    (all) =>
      all.add({
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${'b'.repeat(64)}` },
        annotations: annotations(2),
      }),
    [],
    false,
  ],
  [
    'an index one of whose images lacks its configuration',
    (all) =>
      all.add({
        manifests: [
          { digest: image(all, { created: day(1) }) },
          {
            digest: all.add({
              config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${'b'.repeat(64)}` },
            }),
            annotations: annotations(2),
          },
        ],
      }),
    [[ms(1)]],
    false,
  ],
  [
    'a configuration that is not named by a digest',
    (all) =>
      all.add({ config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: '../../other/blobs/x' } }),
    [],
    false,
  ],
]

for (const [name, build, platforms, complete = true] of rows)
  test(`the times of ${name}`, async (t) => {
    const all = contents()
    const digest = build(all)
    const server = await useDialect(t, all.dialect)
    const { authorized } = openHttp(t)
    const images = platforms.map((times) => ({ platform: undefined, times }))
    assert.deepEqual(await readFacts(authorized, accessTo(server.host), digest), { images, complete })
  })

const from = (source: string, revision?: string) => ({
  'org.opencontainers.image.source': source,
  ...(revision === undefined ? {} : { 'org.opencontainers.image.revision': revision }),
})
const config = { config: { Labels: from('https://git.example.com/base', 'b') } }
const web = 'https://git.example.com/web'
const originRows: readonly (readonly [
  name: string,
  build: (all: Contents) => string,
  origin: readonly [source: string, revision: string | undefined] | undefined,
])[] = [
  ['an image: its labels', (all) => image(all, config), ['https://git.example.com/base', 'b']],
  ['an image: annotations before labels', (all) => image(all, config, { annotations: from(web, '1a') }), [web, '1a']],
  [
    'an index: its own before those of its images',
    (all) => all.add({ annotations: from(web), manifests: [{ digest: image(all, config) }] }),
    [web, undefined],
  ],
  [
    'an index: what it says of an image before what that says',
    (all) =>
      all.add({
        manifests: [{ digest: image(all, {}) }, { digest: image(all, config), annotations: from(web, '2b') }],
      }),
    [web, '2b'],
  ],
  ['an image that tells none', (all) => image(all, {}), undefined],
]
for (const [name, build, origin] of originRows)
  test(`the origin of ${name}`, async (t) => {
    const all = contents()
    const digest = build(all)
    const server = await useDialect(t, all.dialect)
    const facts = await readFacts(openHttp(t).authorized, accessTo(server.host), digest)
    assert.deepEqual(facts.origin && [facts.origin.source, facts.origin.revision], origin)
  })

const arm = { os: 'linux', architecture: 'arm', variant: 'v6' }
const arm64 = { os: 'linux', architecture: 'arm64', variant: 'v8' }
const platformRows: readonly (readonly [
  name: string,
  build: (all: Contents) => string,
  platforms: readonly (string | undefined)[],
])[] = [
  ['an image: its configuration', (all) => image(all, arm), ['linux/arm/v6']],
  ['an image whose configuration tells none', (all) => image(all, { os: 'linux' }), [undefined]],
  [
    'an index: its own word, else the configuration’s',
    (all) => all.add({ manifests: [{ digest: image(all, arm64), platform: arm }, { digest: image(all, arm64) }] }),
    ['linux/arm/v6', 'linux/arm64'],
  ],
  [
    'an index in an index: the inner word, else the outer',
    (all) => {
      const inner = all.add({ manifests: [{ digest: image(all, {}), platform: arm64 }, { digest: image(all, {}) }] })
      return all.add({ manifests: [{ digest: inner, platform: arm }] })
    },
    ['linux/arm64', 'linux/arm/v6'],
  ],
]
for (const [name, build, platforms] of platformRows)
  test(`the platforms of ${name}`, async (t) => {
    const all = contents()
    const digest = build(all)
    const server = await useDialect(t, all.dialect)
    const { images } = await readFacts(openHttp(t).authorized, accessTo(server.host), digest)
    assert.deepEqual(
      images.map(({ platform }) => platform),
      platforms,
    )
  })

test('platforms alone are read of an index, where it tells them', async (t) => {
  const all = contents()
  const told = { digest: image(all, { ...arm64, created: day(1) }), platform: arm64 }
  const digest = all.add({ manifests: [told, { digest: image(all, { ...arm, created: day(1) }) }] })
  const server = await useDialect(t, all.dialect)
  const facts = await readFacts(openHttp(t).authorized, accessTo(server.host), digest, 'platforms')
  assert.deepEqual(facts, {
    images: [
      { platform: 'linux/arm64', times: undefined },
      { platform: 'linux/arm/v6', times: [ms(1)] },
    ],
    complete: true,
  })
  assert.equal(server.requests.length, 3)
})

const deep = (all: Contents, indexes: number): string =>
  indexes === 0
    ? image(all, { created: day(1) })
    : all.add({ manifests: [{ digest: deep(all, indexes - 1) }, { digest: image(all, { indexes }) }] })
const told = (count: number, from: number) =>
  Array.from({ length: count }, (_, i) => ({
    digest: `sha256:${String(from + i).padStart(64, '0')}`,
    platform: { os: 'linux', architecture: `a${from + i}` },
  }))
const tooMany =
  /shop\/web has an index with more than 100 manifests, which is not read to its end; leave its tag out by ignoreTags/
const beyond: readonly (readonly [
  name: string,
  build: (all: Contents) => string,
  message: RegExp,
  mostRequests: number,
  wanted?: Wanted,
])[] = [
  ['of very many platforms', (all) => all.add({ manifests: told(100, 0) }), tooMany, 1, 'platforms'],
  [
    'of many indexes of many platforms',
    (all) =>
      all.add({
        manifests: Array.from({ length: 9 }, (_, i) => ({ digest: all.add({ manifests: told(20, i * 20) }) })),
      }),
    tooMany,
    6,
    'platforms',
  ],
  [
    'of very many images',
    (all) =>
      all.add({
        manifests: Array.from({ length: 1000 }, (_, i) => ({ digest: image(all, { created: day(1), i }) })),
      }),
    tooMany,
    1,
  ],
  ['of indexes of indexes of indexes', (all) => deep(all, 4), /an index that lies more than 2 indexes deep/, 3],
]
for (const [name, build, message, mostRequests, wanted] of beyond)
  test(`an index ${name} is not read to the end, and half of it is nobody's facts`, async (t) => {
    const all = contents()
    const digest = build(all)
    const server = await useDialect(t, all.dialect)
    const { authorized } = openHttp(t)
    await assert.rejects(readFacts(authorized, accessTo(server.host), digest, wanted), message)
    assert.equal(server.requests.length, mostRequests)
  })

test('an index of a hundred manifests, itself among them, is read', async (t) => {
  const all = contents()
  const manifests = Array.from({ length: 99 }, (_, i) => ({ digest: image(all, { created: day(1), i }) }))
  const digest = all.add({ manifests })
  const server = await useDialect(t, all.dialect)
  const { images } = await readFacts(openHttp(t).authorized, accessTo(server.host), digest)
  assert.equal(images.length, 99)
})

test('images of a real registry, of each format, alone and in an index', async (t) => {
  const registry = await useRegistry(t)
  const { authorized } = openHttp(t)
  const created = new Date(ms(5))
  for (const format of ['oci', 'docker'] as const)
    for (const platforms of [['linux/amd64'], ['linux/amd64', 'linux/arm64/v8']]) {
      const { digest } = await pushImage(registry, 'shop/web', '1.0', { format, platforms, created })
      const facts = await readFacts(authorized, accessTo(registry.host), digest)
      const images = platforms.map((platform) => ({ platform: platform.replace('/v8', ''), times: [ms(5)] }))
      assert.deepEqual(facts, { images, complete: true })
    }
})
