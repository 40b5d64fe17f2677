import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isManifest, parseManifest, parseConfig } from '../../../src/registry/images/manifest.ts'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
const created = 'org.opencontainers.image.created'
const time = '2026-01-02T00:00:00Z'
const at = Date.UTC(2026, 0, 2)
const config = (mediaType: string) => ({ mediaType, digest: digest('c') })
const ociConfig = config('application/vnd.oci.image.config.v1+json')
const image = { kind: 'image', created: undefined, origin: undefined, config: digest('c') }
const other = { kind: 'other' }

const manifests: readonly (readonly [name: string, manifest: unknown, parsed: object])[] = [
  ['an OCI manifest', { config: ociConfig, layers: [] }, image],
  ['a Docker manifest', { config: config('application/vnd.docker.container.image.v1+json') }, image],
  ['a manifest with a time', { config: ociConfig, annotations: { [created]: time } }, { ...image, created: at }],
  ['a manifest with a fake time', { config: ociConfig, annotations: { [created]: '1970-01-01T00:00:00Z' } }, image],
  ['a manifest with an empty artifact type', { config: ociConfig, artifactType: '' }, image],
  [
    'a manifest that tells what it was built from',
    { config: ociConfig, annotations: { 'org.opencontainers.image.source': 'https://git.example.com/shop/web' } },
    {
      kind: 'image',
      created: undefined,
      origin: { source: 'https://git.example.com/shop/web', revision: undefined },
      config: digest('c'),
    },
  ],
  ['a chart', { config: config('application/vnd.cncf.helm.config.v1+json') }, other],
  [
    'an artifact by its type',
    { config: ociConfig, artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' },
    other,
  ],
  [
    'an old signature',
    { config: ociConfig, layers: [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }] },
    other,
  ],
  ['a manifest of schema 1', { schemaVersion: 1, fsLayers: [] }, other],
  ['a configuration without a digest', { config: { mediaType: ociConfig.mediaType } }, other],
  ['a list', [], other],
  ['nothing', null, other],
  [
    'an index',
    { manifests: [{ digest: digest('a') }] },
    {
      kind: 'index',
      created: undefined,
      origin: undefined,
      children: [{ digest: digest('a'), created: undefined, origin: undefined, platform: undefined }],
    },
  ],
  [
    'an index with times',
    { annotations: { [created]: time }, manifests: [{ digest: digest('a'), annotations: { [created]: time } }] },
    {
      kind: 'index',
      created: at,
      origin: undefined,
      children: [{ digest: digest('a'), created: at, origin: undefined, platform: undefined }],
    },
  ],
  [
    'an index with attestations',
    {
      manifests: [
        { digest: digest('a'), platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
        { digest: digest('b'), platform: { os: 'unknown', architecture: 'unknown' } },
        { digest: digest('c'), annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
        { digest: digest('d'), artifactType: 'application/spdx+json' },
        { platform: { os: 'linux', architecture: 'amd64' } },
        null,
      ],
    },
    {
      kind: 'index',
      created: undefined,
      origin: undefined,
      children: [{ digest: digest('a'), created: undefined, origin: undefined, platform: 'linux/arm64' }],
    },
  ],
  ['an index of referrers', { artifactType: 'application/x', manifests: [{ digest: digest('a') }] }, other],
]

for (const [name, manifest, parsed] of manifests)
  test(`${name} is read`, () => assert.deepEqual(parseManifest(Buffer.from(JSON.stringify(manifest))), parsed))

const kinds: readonly (readonly [content: string, is: boolean])[] = [
  ['{"schemaVersion":2}', true],
  ['{"schemaVersion":1,"fsLayers":[]}', true],
  ['{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[]}', true],
  ['{"manifests":[]}', true],
  ['{"config":{}}', true],
  ['{"errors":[{"code":"DENIED"}]}', false],
  ['{}', false],
  ['[]', false],
  ['<html>', false],
]
for (const [content, is] of kinds)
  test(`${content} is ${is ? 'a' : 'no'} manifest`, () => assert.equal(isManifest(Buffer.from(content)), is))

test('what is no JSON is no image', () => assert.deepEqual(parseManifest(Buffer.from('<html>')), other))

const configs: readonly (readonly [
  name: string,
  config: unknown,
  created: number | undefined,
  label: number | undefined,
])[] = [
  ['its own time', { created: time }, at, undefined],
  ['no time', {}, undefined, undefined],
  ['a fake time', { created: '1980-01-01T00:00:01Z' }, undefined, undefined],
  [
    'the newer of two labels',
    { config: { Labels: { [created]: '2020-01-01T00:00:00Z', 'org.label-schema.build-date': time } } },
    undefined,
    at,
  ],
  ['labels that are null', { created: time, config: { Labels: null } }, at, undefined],
  ['no object', 7, undefined, undefined],
]

test('a configuration tells what it was built from', () => {
  const Labels = { 'org.opencontainers.image.source': 'https://git.example.com/shop/web' }
  assert.equal(
    parseConfig(Buffer.from(JSON.stringify({ config: { Labels } }))).origin?.source,
    'https://git.example.com/shop/web',
  )
})

for (const part of ['x'.repeat(65), 'a b', 'a\n', 'ä'])
  test(`what no platform is called tells none: ${JSON.stringify(part.slice(0, 5))}`, () => {
    const tells = (platform: object): unknown => {
      const read = parseManifest(Buffer.from(JSON.stringify({ manifests: [{ digest: digest('a'), platform }] })))
      assert.ok(read.kind === 'index')
      return read.children[0]?.platform
    }
    assert.equal(tells({ os: part, architecture: 'amd64' }), undefined)
    assert.equal(tells({ os: 'linux', architecture: part }), undefined)
    assert.equal(tells({ os: 'linux', architecture: 'arm', variant: part }), undefined)
    assert.equal(parseConfig(Buffer.from(JSON.stringify({ os: part, architecture: 'amd64' }))).platform, undefined)
  })

test('a configuration tells its platform', () => {
  const config = { os: 'linux', architecture: 'arm', variant: 'v6' }
  assert.equal(parseConfig(Buffer.from(JSON.stringify(config))).platform, 'linux/arm/v6')
})

for (const [name, content, own, label] of configs)
  test(`a configuration tells ${name}`, () =>
    assert.deepEqual(parseConfig(Buffer.from(JSON.stringify(content))), {
      platform: undefined,
      created: own,
      label,
      origin: undefined,
    }))
