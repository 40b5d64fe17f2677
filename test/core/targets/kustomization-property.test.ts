import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDocument } from 'yaml'
import { parseRepository } from '../../../src/core/reference.ts'
import { applyEdit } from '../../../src/core/targets/file-edit.ts'
import { kustomizationEdit, readKustomization } from '../../../src/core/targets/kustomization.ts'
import { targetOf } from '../../../src/core/targets/values.ts'

const image = parseRepository('ghcr.io/acme/web')
assert.ok(image.ok)
const name = image.value.written
const writeBack = {
  method: 'git',
  helm: [],
  kustomizeName: undefined,
  digest: 'never',
  refresh: true,
  git: undefined,
} as const
const place = { path: 'web/kustomization.yaml', target: targetOf({ image: image.value, writeBack }, 'kustomize') }
const digest = `sha256:${'a'.repeat(64)}`

const quote = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => `'${text}'`,
  (text) => `"${text}"`,
)
const old = fc.constantFrom('1.4.2', 'v1', '"1.10"', "'7'", 'main-0a1b2c', '&tag 1.4.2')
const comment = fc.constantFrom('', ' # 1.4.2', '   # ünï 😀')
const piece = fc.constantFrom(
  'resources:\n- deployment.yaml\n-   service.yaml',
  'resources: [a.yaml, "b.yaml"]',
  '# newTag: 1.4.2',
  '',
  'namePrefix: web-   # ghcr.io/acme/web',
  'commonLabels: {tier: \'front\', note: "1.4.2"}',
  'patches:\n- patch: |-\n    - op: replace\n      value: 1.4.2\n\n  target: {kind: Deployment}',
  'configMapGenerator:\n  - name: c\n    literals:\n      - newTag=1.4.2',
  'text: >-\n  images:\n  - name: ghcr.io/acme/web',
)
const entry = fc.record({
  what: fc.constantFrom('other', 'other', 'ours'),
  quote,
  old,
  comment,
  members: fc.constantFrom<readonly string[]>(
    ['name', 'newTag'],
    ['newTag', 'name'],
    ['name', 'newName', 'newTag'],
    ['name'],
    ['name', 'digest'],
    ['digest', 'name', 'newTag'],
    ['name', 'newTag', 'digest'],
  ),
  isFlow: fc.boolean(),
})
const shape = fc.record({
  eol: fc.constantFrom('\n', '\r\n'),
  mark: fc.constantFrom('', '\ufeff'),
  start: fc.constantFrom(
    '',
    '---\n',
    '# kustomize\n',
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
  ),
  before: fc.uniqueArray(piece, { maxLength: 3, selector: keyOf }),
  after: fc.uniqueArray(piece, { maxLength: 3, selector: keyOf }),
  images: fc.option(fc.array(entry, { maxLength: 4 }), { nil: undefined }),
  indent: fc.constantFrom('', '  ', '    '),
  dash: fc.constantFrom('- ', '-   '),
  between: fc.constantFrom('', '# between', '\n'),
  isFlowList: fc.boolean(),
  isOpen: fc.boolean(),
})
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never

function keyOf(text: string): string {
  return text.split(':')[0] ?? ''
}

function memberOf({ what, quote: quoted, old: tag }: Entry, member: string): string {
  if (member === 'name') return `name: ${quoted(what === 'ours' ? name : 'nginx')}`
  if (member === 'newName') return `newName: ${quoted(what === 'ours' ? name : 'mirror/nginx')}`
  return member === 'newTag' ? `newTag: ${tag}` : `digest: ${quoted(digest)}`
}

function entryLines(one: Entry, { indent, dash }: Shape): readonly string[] {
  const members = one.members.map((member) => memberOf(one, member))
  if (one.isFlow) return [`${indent}${dash}{${members.join(', ')}}${one.comment}`]
  const pad = ' '.repeat(dash.length)
  return members.map((text, nth) => `${indent}${nth === 0 ? dash : pad}${text}${nth === 0 ? one.comment : ''}`)
}

/** The lines of the file, each with whether it belongs to one of our entries, or to a list in which it may stand. */
function generate(form: Shape): { readonly text: string; readonly kept: readonly string[] } {
  const lines: { readonly line: string; readonly ours: boolean }[] = []
  const add = (text: string, ours = false): void => {
    for (const line of text.split('\n')) lines.push({ line, ours })
  }
  for (const each of form.before) add(each)
  if (form.images !== undefined && form.isFlowList) {
    const entries = form.images.map((one) => `{${one.members.map((member) => memberOf(one, member)).join(', ')}}`)
    add(`images: [${entries.join(', ')}]`, true)
  } else if (form.images !== undefined) {
    add('images:', form.images.length === 0)
    for (const [nth, one] of form.images.entries()) {
      if (nth > 0 && form.between !== '') add(form.between)
      for (const line of entryLines(one, form)) add(line, one.what === 'ours')
    }
  }
  const after = form.after.filter(
    (each) => keyOf(each) === '' || !form.before.some((one) => keyOf(one) === keyOf(each)),
  )
  for (const each of after) add(each)
  const body = lines.map(({ line }) => line).join('\n')
  const whole = form.mark + form.start + body + (form.isOpen ? '' : '\n')
  return {
    text: whole.replaceAll('\n', form.eol),
    kept: lines.filter(({ ours, line }) => !ours && line !== '').map(({ line }) => line),
  }
}

type Images = readonly { readonly name?: string; readonly newTag?: string; readonly digest?: string }[]
interface Kustomization {
  readonly images?: Images | null
}

function parsed(text: string, version: '1.1' | '1.2' = '1.2'): Kustomization {
  const document = parseDocument(text, { version, uniqueKeys: false, logLevel: 'silent' })
  assert.deepEqual(document.errors, [], text)
  return (document.toJS() ?? {}) as Kustomization
}

/** What the file should say. */
function wanted(before: Kustomization, to: string): Kustomization {
  const images = before.images ?? []
  const isThere = images.some((one) => one.name === name)
  const changed = images.map((one) => {
    const { digest: _, ...rest } = one
    return one.name === name ? { ...rest, newTag: to } : one
  })
  return { ...before, images: isThere ? changed : [...changed, { name, newTag: to }] }
}

const sorted = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ),
  )

const tags = fc.oneof(
  fc.constantFrom('1.5.0', '1.50', 'on', '2027-01-01', '12e5', 'v2', '0', '1_0', 'null'),
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
)

test('whatever a kustomization looks like, exactly its entry is changed or added, and every other line stays', () => {
  let edited = 0
  fc.assert(
    fc.property(shape, tags, (form, to) => {
      const { text, kept } = generate(form)
      const files = new Map([[place.path, text]])
      const state = readKustomization(place, files)
      if (state.kind === 'failed') return assert.notEqual(state.message, '')
      const result = applyEdit(kustomizationEdit(place, { to, decidedUpon: state }), files)
      if (result.kind === 'refused') return assert.notEqual(result.message, '')
      if (result.kind === 'unchanged') return assert.ok(state.complete && state.value === to, text)
      assert.ok(result.kind === 'edited', text)
      edited += 1
      const told = JSON.stringify([text, result.text])
      for (const version of ['1.1', '1.2'] as const)
        assert.deepEqual(sorted(parsed(result.text, version).images), sorted(wanted(parsed(text), to).images), told)
      assert.deepEqual(sorted({ ...parsed(result.text), images: [] }), sorted({ ...parsed(text), images: [] }), told)
      // A file of one line tells of no line ends.
      const lines = result.text.split(text.includes('\n') ? form.eol : '\n')
      assert.ok(
        lines.every((line) => !/[\r\n]/.test(line)),
        told,
      )
      assert.equal(result.text.startsWith(form.mark), true)
      let at = 0
      for (const line of kept) {
        const found = lines.findIndex((each, nth) => nth >= at && each.replace('\ufeff', '') === line)
        assert.ok(found >= 0, `${line} is not kept: ${told}`)
        at = found + 1
      }
    }),
    { numRuns: 600 },
  )
  assert.ok(edited > 200, `${edited} edited`)
})
