import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDocument } from 'yaml'
import type { Files } from '../../../src/core/targets/edit.ts'
import { parseRepository } from '../../../src/core/reference.ts'
import { applyEdit } from '../../../src/core/targets/file-edit.ts'
import { overrideEdit, readOverride } from '../../../src/core/targets/override-file.ts'
import type { OverridePlace } from '../../../src/core/targets/override-place.ts'
import { targetOf } from '../../../src/core/targets/values.ts'
import { withOverrides } from '../../servers/argocd/override.ts'

interface Parameter {
  readonly name: string
  readonly value: string
  readonly forceString: boolean
}

/** An entry of a generated file, with the way in which it is written. */
interface Written extends Parameter {
  readonly carried: boolean
  readonly style: 'lines' | 'braces' | 'reversed'
  readonly quote: 'double' | 'single' | 'block'
  readonly comment: string
}

interface Layout {
  readonly eol: string
  readonly indent: number
  readonly gap: number
  readonly top: string
  readonly bottom: string
  readonly isOpen: boolean
}

const parameter = {
  name: fc.constantFrom('image.tag', 'worker.tag', 'replicas', 'x', 'y'),
  value: fc.constantFrom('1.4.2', '1.5.0', '', 'a b', "it's", 'true', '3', 'ünï', 'a: b # c'),
  forceString: fc.boolean(),
}
const written: fc.Arbitrary<Written> = fc.record({
  ...parameter,
  carried: fc.boolean(),
  style: fc.constantFrom('lines', 'braces', 'reversed'),
  quote: fc.constantFrom('double', 'single', 'block'),
  comment: fc.constantFrom('', '# by hand', '    # ünï'),
})
const layout: fc.Arbitrary<Layout> = fc.record({
  eol: fc.constantFrom('\n', '\r\n'),
  indent: fc.constantFrom(0, 2, 4),
  gap: fc.constantFrom(1, 3),
  top: fc.constantFrom('', '# top', '---', 'other: [a, b] # c'),
  bottom: fc.constantFrom('', '# end', 'tail: {a: 1}', '  releaseName:   web'),
  isOpen: fc.boolean(),
})

function linesOf(entry: Written, { indent, gap }: Layout): readonly string[] {
  const { name, value, forceString, carried, style, quote, comment } = entry
  const text = quote === 'single' ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value)
  const marker = carried ? ' # from the Application' : comment === '' ? '' : ` ${comment}`
  const dash = `${' '.repeat(indent)}-${' '.repeat(gap)}`
  const column = ' '.repeat(indent + gap + 1)
  if (style === 'braces')
    return [`${dash}{name: ${name}, value: ${text}${forceString ? ', forceString: true' : ''}}${marker}`]
  const forced = forceString ? [`${column}forcestring:  true`] : []
  if (style === 'reversed')
    return [`${dash}value: ${text}${marker}`, ...forced.toReversed(), `${column}name: "${name}"`]
  const isBlock = quote === 'block' && value !== ''
  const shown = isBlock ? [`${column}value: |-  # block`, `${column}  ${value}`] : [`${column}value: ${text} # v`]
  return [`${dash}name: ${name}${marker}`, ...shown, ...forced]
}

function fileOf(entries: readonly Written[], form: Layout): string {
  const bottom = form.bottom.startsWith('  ') ? [form.bottom] : []
  const lines = [
    ...(form.top === '' ? [] : [form.top]),
    'helm:',
    '  parameters:   # all',
    ...entries.flatMap((entry) => linesOf(entry, { ...form, indent: form.indent + 2 })),
    ...bottom,
    ...(form.bottom === '' || bottom.length > 0 ? [] : [form.bottom]),
  ]
  return lines.join(form.eol) + (form.isOpen ? '' : form.eol)
}

const repository = parseRepository('ghcr.io/acme/web')
assert.ok(repository.ok)
const writeBack = {
  method: 'git',
  helm: [{ tag: 'image.tag' }],
  kustomizeName: undefined,
  digest: 'never',
  refresh: true,
  git: undefined,
} as const
const target = targetOf({ image: repository.value, writeBack }, 'helm')

function placeOf(own: readonly Parameter[]): OverridePlace {
  return {
    path: 'web/.argocd-source-a.yaml',
    folderPath: 'web/.argocd-source.yaml',
    target,
    own,
    policy: 'argocd/web',
    application: 'argocd/web',
  }
}

interface Read {
  readonly name: string
  readonly value: string
  readonly forceString: boolean
}

function parametersIn(text: string): readonly Read[] {
  const value = parseDocument(text).toJS() as { helm: { parameters: Record<string, unknown>[] | null } }
  return (value.helm.parameters ?? []).map((item) => ({
    name: String(item['name']),
    value: String(item['value']),
    forceString: item['forcestring'] === true || item['forceString'] === true,
  }))
}

/** What counts of a list, by name. */
function counting(entries: readonly Read[]): ReadonlyMap<string, string> {
  return new Map(entries.map(({ name, value, forceString }) => [name, `${value} ${forceString}`]))
}

/** What should come out, by name: ours, what others put there, what the Application's list has besides. */
function expected(
  entries: readonly Written[],
  own: readonly Parameter[],
  to: string | undefined,
): ReadonlyMap<string, string> {
  const theirs = entries.filter(({ carried }) => !carried)
  return new Map([
    ...counting(own),
    ...counting(theirs),
    ...(to === undefined ? [] : [['image.tag', `${to} true`] as const]),
  ])
}

/** The parameters with which Argo CD renders the source. */
function seenByArgoCd(spec: readonly Parameter[], files: ReadonlyMap<string, string>): readonly Read[] {
  const owner = { name: 'a', namespace: 'argocd', argoCdNamespace: 'argocd' }
  const merged = withOverrides({ repoURL: 'x', path: 'web', helm: { parameters: spec } }, files, owner)
  return (merged.helm?.parameters ?? []).map(({ name = '', value = '', forceString = false }) => ({
    name,
    value,
    forceString,
  }))
}

const own = fc.uniqueArray(fc.record(parameter), { selector: ({ name }) => name, maxLength: 4 })
const file = fc.tuple(fc.array(written, { minLength: 1, maxLength: 5 }), layout)

test('whatever the file: our entry is written, the others’ stay, the Application’s are carried, and nothing is left to do', () => {
  fc.assert(
    fc.property(file, own, fc.constantFrom('1.5.0', undefined), ([entries, form], spec, to) => {
      const text = fileOf(entries, form)
      const place = placeOf(spec)
      const files: Files = new Map([[place.path, text]])
      const state = readOverride(place, files)
      assert.ok(state.kind === 'known')
      const wish = to === undefined ? undefined : { to, decidedUpon: state }
      const result = applyEdit(overrideEdit(place, wish), files)
      const isForeign = entries.every(({ carried, name }) => !carried && name !== 'image.tag')
      if (to === undefined && isForeign) return assert.equal(result.kind, 'unchanged')
      assert.ok(result.kind === 'edited' || result.kind === 'unchanged', JSON.stringify(result))
      const after = result.kind === 'edited' ? result.text : text
      assert.deepEqual(counting(parametersIn(after)), expected(entries, spec, to))
      const again = new Map([[place.path, after]])
      assert.deepEqual(counting(seenByArgoCd(spec, again)), expected(entries, spec, to), 'and so Argo CD merges it')
      assert.equal(applyEdit(overrideEdit(place, wish), again).kind, 'unchanged')
      const settled = readOverride(place, again)
      assert.ok(settled.kind === 'known' && !settled.carriedDue)
      if (to !== undefined) assert.deepEqual([settled.value, settled.complete], [to, true])
    }),
    { numRuns: 600 },
  )
})

test('every line that belongs to no entry of ours and to none that is carried stays as it is, in its order', () => {
  fc.assert(
    fc.property(file, own, ([entries, form], spec) => {
      const text = fileOf(entries, form)
      const place = placeOf(spec)
      const files: Files = new Map([[place.path, text]])
      const state = readOverride(place, files)
      assert.ok(state.kind === 'known')
      const result = applyEdit(overrideEdit(place, { to: '1.5.0', decidedUpon: state }), files)
      if (result.kind !== 'edited') return
      const touched = new Set(
        entries
          .filter(({ carried, name }) => carried || name === 'image.tag')
          .flatMap((entry) => linesOf(entry, { ...form, indent: form.indent + 2 })),
      )
      // A list that has been emptied says so on its own line.
      const kept = text.split(form.eol).filter((line) => !touched.has(line) && line !== '')
      const after = result.text.split(form.eol)
      let at = -1
      for (const line of kept) {
        const next = after.indexOf(line, at + 1)
        assert.ok(next > at, `${JSON.stringify(line)} is gone, or was moved`)
        at = next
      }
      assert.equal(result.text.endsWith(form.eol), text.endsWith(form.eol), 'the end of the last line')
      if (form.eol === '\r\n') assert.ok(!/[^\r]\n/.test(result.text), 'one kind of line end')
    }),
    { numRuns: 600 },
  )
})
