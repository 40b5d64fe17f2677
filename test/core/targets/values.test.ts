import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DigestMode } from '../../../src/api/v1alpha1.ts'
import type { HelmPlace } from '../../../src/core/policy.ts'
import { parseRepository } from '../../../src/core/reference.ts'
import { desiredIn } from '../../../src/core/targets/desired.ts'
import { imageEntry, splitImage, type ListEntry } from '../../../src/core/targets/entries.ts'
import type { Tool } from '../../../src/core/targets/source.ts'
import { entriesFor, namesOf, targetOf, type Target } from '../../../src/core/targets/values.ts'

const digest = `sha256:${'a'.repeat(64)}`

interface Parts {
  readonly image?: string
  readonly helm?: readonly HelmPlace[]
  readonly kustomize?: string
  readonly digest?: DigestMode
  readonly tool?: Tool
}

function target({
  image = 'ghcr.io/acme/web',
  helm = [{ tag: 'image.tag' }],
  kustomize,
  digest: mode = 'never',
  tool = 'helm',
}: Parts): Target {
  const repository = parseRepository(image)
  assert.ok(repository.ok)
  const writeBack = {
    method: 'argocd',
    helm,
    kustomizeName: kustomize,
    digest: mode,
    refresh: true,
    git: undefined,
  } as const
  return targetOf({ image: repository.value, writeBack }, tool)
}

const all: HelmPlace = { name: 'i.name', registry: 'i.registry', tag: 'i.tag', digest: 'i.digest' }

const written: readonly [name: string, parts: Parts, value: string, entries: Record<string, string>][] = [
  ['a tag', {}, '1.4.2', { 'image.tag': '1.4.2' }],
  ['tag and digest in one key', { digest: 'withTag' }, `1.4.2@${digest}`, { 'image.tag': `1.4.2@${digest}` }],
  [
    'tag and digest in a key each',
    { helm: [all], digest: 'withTag' },
    `1.4.2@${digest}`,
    { 'i.registry': 'ghcr.io', 'i.name': 'acme/web', 'i.tag': '1.4.2', 'i.digest': digest },
  ],
  [
    'the digest alone leaves the tag key out',
    { helm: [all], digest: 'only' },
    `@${digest}`,
    { 'i.registry': 'ghcr.io', 'i.name': 'acme/web', 'i.digest': digest },
  ],
  [
    'a name without a registry key: as written',
    { helm: [{ name: 'n', tag: 't' }] },
    '1',
    { n: 'ghcr.io/acme/web', t: '1' },
  ],
  [
    'Docker Hub’s short name stays short',
    { image: 'nginx', helm: [{ name: 'n', tag: 't' }] },
    '1',
    { n: 'nginx', t: '1' },
  ],
  [
    'Docker Hub’s host is written where a key wants one',
    { image: 'acme/web', helm: [{ name: 'n', tag: 't', registry: 'r' }] },
    '1',
    { r: 'docker.io', n: 'acme/web', t: '1' },
  ],
  [
    'a host as it was written',
    { image: 'index.docker.io/acme/web', helm: [{ name: 'n', tag: 't', registry: 'r' }] },
    '1',
    { r: 'index.docker.io', n: 'acme/web', t: '1' },
  ],
  [
    'a host with a port',
    { image: 'localhost:5000/web', helm: [{ name: 'n', tag: 't', registry: 'r' }] },
    '1',
    { r: 'localhost:5000', n: 'web', t: '1' },
  ],
  [
    'localhost is a host',
    { image: 'localhost/web', helm: [{ name: 'n', tag: 't', registry: 'r' }] },
    '1',
    { r: 'localhost', n: 'web', t: '1' },
  ],
  ['a whole reference', { helm: [{ spec: 's' }] }, '1.4.2', { s: 'ghcr.io/acme/web:1.4.2' }],
  [
    'a whole reference with a digest',
    { helm: [{ spec: 's' }], digest: 'withTag' },
    `1.4.2@${digest}`,
    { s: `ghcr.io/acme/web:1.4.2@${digest}` },
  ],
  [
    'a whole reference by digest',
    { helm: [{ spec: 's' }], digest: 'only' },
    `@${digest}`,
    { s: `ghcr.io/acme/web@${digest}` },
  ],
  [
    'two places, a name that both share once',
    {
      helm: [
        { name: 'n', tag: 'a' },
        { name: 'n', tag: 'b' },
      ],
    },
    '1',
    { n: 'ghcr.io/acme/web', a: '1', b: '1' },
  ],
  ['Kustomize', { tool: 'kustomize' }, '1.4.2', { 'ghcr.io/acme/web': 'ghcr.io/acme/web:1.4.2' }],
  [
    'Kustomize under another name',
    { tool: 'kustomize', kustomize: 'web' },
    '1.4.2',
    { web: 'web=ghcr.io/acme/web:1.4.2' },
  ],
  [
    'Kustomize under the same name',
    { tool: 'kustomize', kustomize: 'ghcr.io/acme/web' },
    '1.4.2',
    { 'ghcr.io/acme/web': 'ghcr.io/acme/web:1.4.2' },
  ],
  [
    'Kustomize with a digest',
    { tool: 'kustomize', digest: 'withTag' },
    `1.4.2@${digest}`,
    { 'ghcr.io/acme/web': `ghcr.io/acme/web:1.4.2@${digest}` },
  ],
  [
    'Kustomize by digest',
    { tool: 'kustomize', digest: 'only' },
    `@${digest}`,
    { 'ghcr.io/acme/web': `ghcr.io/acme/web@${digest}` },
  ],
]
for (const [name, parts, value, entries] of written) {
  test('a place for the digest alone says all that it can', () => {
    const value = `1.4.2@${digest}`
    const two = target({ helm: [{ tag: 'a' }, { digest: 'b' }] })
    assert.deepEqual(desiredIn(entriesFor(two, value), two).values, [value, value])
  })

  test(`writes ${name}`, () => {
    const made = entriesFor(target(parts), value)
    assert.deepEqual(Object.fromEntries(made.map((entry) => [entry.name, entry.value])), entries)
    assert.ok(made.every(({ forceString }) => forceString === (parts.tool !== 'kustomize')))
    assert.deepEqual(new Set(namesOf(target(parts))), new Set(Object.keys(entries)), 'claims what it writes')
    const { value: read, complete } = desiredIn(made, target(parts))
    assert.deepEqual([read, complete], [value, true], 'and reads what it wrote')
  })
}

function parameters(values: Record<string, string>, forceString = true): readonly ListEntry[] {
  return Object.entries(values).map(([name, value]) => ({ name, value, forceString }))
}

const two: Parts = { helm: [{ tag: 'a' }, { tag: 'b' }] }
const spec: Parts = { helm: [{ spec: 's' }] }
const kustomize: Parts = { tool: 'kustomize', image: 'acme/web' }

const read: readonly [
  name: string,
  parts: Parts,
  entries: readonly ListEntry[],
  value: string | undefined,
  complete: boolean,
][] = [
  ['nothing', {}, [], undefined, false],
  ['an empty tag', {}, parameters({ 'image.tag': '' }), undefined, false],
  ['a tag', {}, parameters({ 'image.tag': '1', x: '2' }), '1', true],
  ['a tag that may be taken for a number', {}, parameters({ 'image.tag': '1' }, false), '1', false],
  [
    'the same name twice: the last',
    {},
    [...parameters({ 'image.tag': '1' }), ...parameters({ 'image.tag': '2' })],
    '2',
    true,
  ],
  ['two places that agree', two, parameters({ a: '1', b: '1' }), '1', true],
  ['two places that differ', two, parameters({ a: '1', b: '2' }), '1', false],
  ['two places, one missing', two, parameters({ b: '2' }), '2', false],
  [
    'a digest key beside the tag',
    { helm: [all], digest: 'withTag' },
    parameters({ 'i.tag': '1', 'i.digest': digest, 'i.name': 'acme/web', 'i.registry': 'ghcr.io' }),
    `1@${digest}`,
    true,
  ],
  [
    'a digest in the tag key where it has one of its own',
    { helm: [all], digest: 'withTag' },
    parameters({ 'i.tag': `1@${digest}`, 'i.name': 'acme/web', 'i.registry': 'ghcr.io' }),
    `1@${digest}`,
    false,
  ],
  [
    'a digest left from before',
    { helm: [{ tag: 't', digest: 'd' }] },
    parameters({ t: '1', d: digest }),
    `1@${digest}`,
    true,
  ],
  [
    'the digest alone, whatever the tag key says',
    { helm: [{ tag: 't', digest: 'd' }], digest: 'only' },
    parameters({ t: '1', d: digest }),
    `@${digest}`,
    true,
  ],
  [
    'the digest alone, not that in the tag key',
    { helm: [{ tag: 't', digest: 'd' }], digest: 'only' },
    parameters({ t: `1@${digest}` }),
    undefined,
    false,
  ],
  ['another name', { helm: [{ name: 'n', tag: 't' }] }, parameters({ n: 'other', t: '1' }), '1', false],
  ['a whole reference', spec, parameters({ s: 'ghcr.io/acme/web:1' }), '1', true],
  ['a whole reference of another repository', spec, parameters({ s: 'reg:5000/other:1' }), '1', false],
  ['a whole reference without a tag', spec, parameters({ s: 'reg:5000/other' }), undefined, false],
  ['an image of Kustomize', kustomize, [imageEntry('other:2'), imageEntry('acme/web:1')], '1', true],
  ['an image of Kustomize that gets another name', kustomize, [imageEntry('acme/web=mirror/web:1')], '1', false],
  ['an image of Kustomize whose name only begins alike', kustomize, [imageEntry('acme/web2:1')], undefined, false],
  ['an image of Kustomize without a tag', kustomize, [imageEntry('acme/web=x')], undefined, false],
]
for (const [name, parts, entries, value, complete] of read) {
  test(`reads ${name}`, () => {
    const desired = desiredIn(entries, target(parts))
    assert.deepEqual([desired.value, desired.complete], [value, complete])
  })
}

test('tells what each place says', () => {
  assert.deepEqual(desiredIn(parameters({ a: '1', b: '2' }), target(two)).values, ['1', '2'])
  assert.deepEqual(desiredIn(parameters({ b: '2' }), target(two)).values, [undefined, '2'])
})

const images: readonly [text: string, name: string, tag: string, digest: string][] = [
  ['acme/web', 'acme/web', '', ''],
  ['acme/web:1', 'acme/web', '1', ''],
  ['reg:5000/web', 'reg:5000/web', '', ''],
  ['reg:5000/web:1', 'reg:5000/web', '1', ''],
  ['web@sha256:aa', 'web', '', 'sha256:aa'],
  ['web:1@sha256:aa', 'web', '1', 'sha256:aa'],
  ['a=b', 'a', '', ''],
  ['a:x=reg:5000/b:1@sha256:aa', 'a:x', '1', 'sha256:aa'],
  ['', '', '', ''],
]
for (const [text, name, tag, pin] of images) {
  test(`takes ${JSON.stringify(text)} apart`, () => assert.deepEqual(splitImage(text), { name, tag, digest: pin }))
}

test('what is written is what is read, whatever the places', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const place = fc.oneof(
    fc.record({ spec: key }, { noNullPrototype: true }),
    fc.record(
      { name: key, tag: key, registry: key, digest: key },
      { requiredKeys: ['tag', 'digest'], noNullPrototype: true },
    ),
  )
  const places = fc.array(place, { minLength: 1, maxLength: 2 }).filter((each) => {
    const names = each.flatMap((one) => Object.values(one))
    return new Set(names).size === names.length
  })
  const mode = fc.constantFrom<DigestMode>('withTag', 'only')
  fc.assert(
    fc.property(places, mode, fc.constantFrom('1.4.2', 'v7', 'latest'), (helm, digestMode, tag) => {
      const value = digestMode === 'only' ? `@${digest}` : `${tag}@${digest}`
      const each = target({ helm, digest: digestMode })
      const desired = desiredIn(entriesFor(each, value), each)
      assert.deepEqual([desired.value, desired.complete, new Set(desired.values).size], [value, true, 1])
    }),
  )
})
