import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { parseRepository } from '../../../src/core/reference.ts'
import { applyEdit } from '../../../src/core/targets/file-edit.ts'
import { manifestsEdit, readManifests, type ManifestsPlace } from '../../../src/core/targets/manifests.ts'

const image = parseRepository('ghcr.io/acme/web')
assert.ok(image.ok)
const place: ManifestsPlace = {
  folder: 'web',
  paths: ['web/a.yaml'],
  owner: { image: image.value, marker: 'argocd:web' },
  digest: 'never',
}

const quote = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => `'${text}'`,
  (text) => `"${text}"`,
  (text) => `!!str ${text}`,
  (text) => `&image ${text}`,
)
/** What is a site of the policy's, by its text; everything else is not. */
const site = fc.record({
  what: fc.constantFrom('ours', 'ours', 'other', 'marked', 'elsewhere'),
  spelled: fc.constantFrom('ghcr.io/acme/web', 'GHCR.io/acme/web'),
  digest: fc.constantFrom('', `@sha256:${'b'.repeat(64)}`),
  quote,
  comment: fc.constantFrom('', ' # ghcr.io/acme/web:1.4.2', '  # ünï 😀'),
  isFlow: fc.boolean(),
})
const piece = fc.constantFrom(
  'kind: Service\nmetadata: {name: web, note: "ghcr.io/acme/web:1.4.2"}',
  '# image: ghcr.io/acme/web:1.4.2',
  'kind: ConfigMap\ndata:\n  a: |\n    image: ghcr.io/acme/web:1.4.2\n\n  b: >-\n    image: x',
  'kind: List\nitems: []',
  '',
)
const shape = fc.record({
  eol: fc.constantFrom('\n', '\r\n'),
  mark: fc.constantFrom('', '\ufeff'),
  documents: fc.array(
    fc.record({
      kind: fc.constantFrom('Pod', 'Deployment', 'CronJob', 'App'),
      sites: fc.array(site, { minLength: 1, maxLength: 3 }),
      indent: fc.constantFrom(1, 2, 4),
      before: piece,
    }),
    { minLength: 1, maxLength: 3 },
  ),
  isOpen: fc.boolean(),
})
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never
type Site = typeof site extends fc.Arbitrary<infer T> ? T : never
type Kind = Shape['documents'][number]['kind']

const path: Readonly<Record<Kind, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  App: ['spec'],
}

const begin = '⟦'
const end = '⟧'

/** The line of a site; marks stand around the scalar that may change. */
function siteText({ what, spelled, digest, quote: quoted, comment }: Site, kind: Kind): string {
  const reference = `${what === 'other' ? 'docker.io/nginx' : spelled}:1.4.2${digest}`
  const bounded = (text: string) => `${begin}${quoted(text)}${end}`
  if (what === 'marked') return `version: ${bounded('1.4.2')} # {"$imagepolicy": "argocd:web:tag"}`
  if (what === 'elsewhere') return `picture: ${quoted(reference)}${comment}`
  const isOurs = what === 'ours' && kind !== 'App'
  return `image: ${isOurs ? bounded(reference) : quoted(reference)}${comment}`
}

function generate({ eol, mark, documents, isOpen }: Shape): {
  readonly text: string
  readonly ranges: readonly (readonly [number, number])[]
} {
  const texts = documents.flatMap(({ kind, sites, indent, before }) => {
    const steps = path[kind]
    const pad = (depth: number) => ' '.repeat(indent * depth)
    const lines = [
      `apiVersion: v1`,
      `kind: ${kind}`,
      ...steps.map((step, depth) => `${pad(depth)}${step}:`),
      `${pad(steps.length)}${kind === 'App' ? 'things' : 'containers'}:`,
      ...sites.flatMap((one, nth) => [
        `${pad(steps.length)}- name: c${nth}`,
        `${pad(steps.length)}  ${siteText(one, kind)}`,
      ]),
    ]
    return [...(before === '' ? [] : [before]), lines.join('\n')]
  })
  const marked = (mark + texts.join('\n---\n') + (isOpen ? '' : '\n')).replaceAll('\n', eol)
  const ranges: (readonly [number, number])[] = []
  let text = ''
  let from = 0
  for (const part of marked.split(/([⟦⟧])/)) {
    if (part === begin) from = text.length
    else if (part === end) ranges.push([from, text.length])
    else text += part
  }
  return { text, ranges }
}

const tags = fc.oneof(
  fc.constantFrom('1.5.0', '1.50', 'on', '2027-01-01', '12e5', 'v2', '0', '1_0', 'null'),
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
)

/** What stands between the scalars that may change. */
function outside(text: string, ranges: readonly (readonly [number, number])[]): readonly string[] {
  const starts = [0, ...ranges.map(([, to]) => to)]
  return starts.map((start, nth) => text.slice(start, ranges[nth]?.[0] ?? text.length))
}

test('whatever manifests look like, no byte outside of the image’s scalars changes, and YAML reads what was meant', () => {
  let edited = 0
  fc.assert(
    fc.property(shape, tags, (form, to) => {
      const { text, ranges } = generate(form)
      const files = new Map([['web/a.yaml', text]])
      const { state } = readManifests(place, files)
      if (state.kind === 'failed') return assert.notEqual(state.message, '')
      const result = applyEdit(manifestsEdit(place, { to, decidedUpon: state }), files)
      if (result.kind === 'refused') return assert.notEqual(result.message, '')
      if (result.kind === 'unchanged') return assert.equal(state.value, to)
      assert.ok(result.kind === 'edited')
      edited += 1
      const told = JSON.stringify([text, result.text])
      let at = 0
      const between = outside(text, ranges)
      for (const [nth, part] of between.entries()) {
        const found: number =
          nth === between.length - 1 ? result.text.length - part.length : result.text.indexOf(part, at)
        assert.ok(found >= at && result.text.startsWith(part, found), `${part} is not kept: ${told}`)
        if (nth === 0) assert.equal(found, 0, told)
        at = found + part.length
      }
      for (const version of ['1.1', '1.2'] as const)
        assert.deepEqual(read(result.text, version), wanted(text, to), told)
    }),
    { numRuns: 600 },
  )
  assert.ok(edited > 200, `${edited} edited`)
})

type Value = { readonly [name: string]: Value } | readonly Value[] | string | number | boolean | null

function read(text: string, version: '1.1' | '1.2'): readonly Value[] {
  const documents = parseAllDocuments(text, { version, uniqueKeys: false, logLevel: 'silent' })
  return [...documents].map((document) => {
    assert.deepEqual(document.errors, [], text)
    return document.toJS() as Value
  })
}

function wanted(text: string, to: string): readonly Value[] {
  return read(text, '1.2').map((document) => changed(document, to, kindOf(document)))
}

function kindOf(document: Value): string {
  const kind = typeof document === 'object' && document !== null && 'kind' in document ? document['kind'] : ''
  return typeof kind === 'string' ? kind : ''
}

function changed(value: Value, to: string, kind: string, name = ''): Value {
  if (Array.isArray(value)) return value.map((each: Value) => changed(each, to, kind))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, changed(member as Value, to, kind, key)]),
    )
  if (typeof value !== 'string') return value
  if (name === 'version') return to
  const ours = /^(ghcr\.io\/acme\/web):/i.exec(value)
  return name === 'image' && kind !== 'App' && kind !== '' && ours !== null ? `${ours[1] ?? ''}:${to}` : value
}
