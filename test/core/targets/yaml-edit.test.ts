import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { isTextAt, setKeys, setScalars } from '../../../src/core/targets/yaml-edit.ts'
import { stepsOf } from '../../../src/core/targets/key-steps.ts'
import { readYaml, type YamlFile } from '../../../src/core/targets/yaml-file.ts'
import { findKey } from '../../../src/core/targets/yaml-find.ts'

/** A generated file: its text, and the bounds of the scalar at `a.b[1].tag`. */
interface Generated {
  readonly text: string
  readonly start: number
  readonly end: number
}

const quote = fc.constantFrom<readonly [string, (text: string) => string]>(
  ['plain', (text) => text],
  ['single', (text) => `'${text}'`],
  ['double', (text) => `"${text}"`],
  ['tagged', (text) => `!!str ${text}`],
  ['anchored', (text) => `&anchor ${text}`],
)
const old = fc.constantFrom('1.4.2', 'v1', '1.10', '7', '2026-11-24', 'yes', '0x1f', 'main-0a1b2c', '1e3')
const other = fc.constantFrom(
  'name: web   # 1.4.2',
  "note: 'it''s: 1.4.2'",
  'list: [1.4.2, {tag: 1.4.2}]',
  'text: |\n  tag: 1.4.2\n\n  b: x',
  'folded: >-\n  tag: 1.4.2\n  more',
  'empty:',
  '# tag: 1.4.2',
  '',
  'twice: 1\ntwice: 2',
  '"quoted key": "ünï 😀"',
  '? complex\n: value',
  'octal: 0755',
  'base: &base {x: 1}\nuses: {<<: *base, y: 2}',
)
const shape = fc.record({
  eol: fc.constantFrom('\n', '\r\n'),
  mark: fc.constantFrom('', '\ufeff'),
  start: fc.constantFrom('', '---\n', '%YAML 1.2\n---\n', '# first\n---\nfirst: 1\n---\n'),
  before: fc.array(other, { maxLength: 4 }),
  after: fc.array(other, { maxLength: 4 }),
  indent: fc.constantFrom(1, 2, 3, 4, 8),
  flow: fc.constantFrom('none', 'entry', 'list', 'all'),
  quote,
  old,
  comment: fc.constantFrom('', ' # 1.4.2', '   # ünï'),
  isOpen: fc.boolean(),
})

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never

/** The file without and with a mark for the scalar, to know where it stands. */
function generate({
  eol,
  mark,
  start,
  before,
  after,
  indent,
  flow,
  quote: [, quoted],
  old: text,
  comment,
  isOpen,
}: Shape): Generated {
  const pad = (depth: number) => ' '.repeat(indent * depth)
  const scalar = quoted(text).replace(text, `\u0001${text}\u0001`)
  const bounded =
    scalar.includes("'") || scalar.includes('"') ? quoted(text).replace(/^(.*)$/, '\u0001$1\u0001') : scalar
  const lines =
    flow === 'all'
      ? [`a: {b: [x, {n: 1, tag: ${bounded}}], c: 2}${comment}`]
      : flow === 'list'
        ? ['a:', `${pad(1)}b: [x, { tag: ${bounded} , n: 1}]${comment}`, `${pad(1)}c: 2`]
        : flow === 'entry'
          ? ['a:', `${pad(1)}b:`, `${pad(1)}- x`, `${pad(1)}- {tag: ${bounded}}${comment}`, `${pad(1)}c: 2`]
          : [
              'a:',
              `${pad(1)}b:`,
              `${pad(2)}- x`,
              `${pad(2)}-   n: 1`,
              `${pad(2)}    tag:  ${bounded}${comment}`,
              `${pad(1)}c: 2`,
            ]
  const whole = mark + [start + [...before, ...lines, ...after].join('\n')].join('') + (isOpen ? '' : '\n')
  const marked = whole.replaceAll('\n', eol)
  const first = marked.indexOf('\u0001')
  return { text: marked.replaceAll('\u0001', ''), start: first, end: marked.lastIndexOf('\u0001') - 1 }
}

const key = 'a.b[1].tag'
const value = fc.oneof(
  fc.constantFrom('1.5.0', '1.50', 'on', '2027-01-01', '12e5', 'v2', `2@sha256:${'a'.repeat(64)}`, '0', '1_0', 'null'),
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
)

function read(text: string): YamlFile {
  const file = readYaml(text)
  assert.ok(file.ok, text)
  return file.value
}

test('whatever stands around it, outside of the scalar no byte changes, and every YAML reads the new text', () => {
  let edited = 0
  fc.assert(
    fc.property(shape, value, (form, to) => {
      const { text, start, end } = generate(form)
      const file = read(text)
      const found = findKey(file, stepsOf(key))
      assert.ok(found.kind === 'standing', text)
      const result = setKeys(file, [{ key, text: to }])
      assert.ok(result.ok, JSON.stringify([text, result]))
      const after = result.value.text
      const isSame = to === form.old && isTextAt(found.node)
      if (isSame) return assert.equal(after, text)
      edited += 1
      assert.equal(after.slice(0, start), text.slice(0, start))
      assert.equal(after.slice(after.length - (text.length - end)), text.slice(end))
      for (const version of ['1.1', '1.2'] as const) {
        const documents = [
          ...parseAllDocuments(after.replace('%YAML 1.2', `%YAML ${version}`), {
            version,
            uniqueKeys: false,
            logLevel: 'silent',
          }),
        ]
        assert.ok(
          documents.some((document) => document.getIn(['a', 'b', 1, 'tag']) === to),
          `${version}: ${after}`,
        )
      }
    }),
    { numRuns: 2_000 },
  )
  assert.ok(edited > 1_000)
})

test('any file at all is edited in this one value, or refused with the line', () => {
  const piece = fc.constantFrom(
    'a:',
    ' ',
    '  ',
    'b: ',
    '- ',
    'tag: ',
    '1.4.2',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    ': ',
    '\n',
    '\r\n',
    '&x ',
    '*x',
    '<<: *x',
    '|',
    '>',
    '# c',
    '!!int ',
    '---\n',
    '? ',
    '\t',
    '\ufeff',
    '{{ x }}',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 14 }),
      fc.constantFrom('a.tag', 'tag', 'a.b[0].tag', 'b'),
      (pieces, name) => {
        const text = `a: &x\n  tag: 1\n${pieces.join('')}`
        const file = readYaml(text)
        if (!file.ok) return assert.match(file.fault, /^line \d+: /)
        const result = setKeys(file.value, [{ key: name, text: 'new' }])
        if (!result.ok) return
        const found = findKey(file.value, stepsOf(name))
        assert.ok(found.kind === 'standing')
        const [start = 0, end = 0] = found.node.range ?? []
        const at = start === end ? text.length - result.value.text.length : 0
        if (at !== 0) return
        assert.equal(result.value.text.slice(0, start), text.slice(0, start))
        assert.ok(result.value.text.endsWith(text.slice(end)))
        const again = findKey(read(result.value.text), stepsOf(name))
        assert.ok(again.kind === 'standing' && again.node.value === 'new')
      },
    ),
    { numRuns: 3_000 },
  )
})

test('an edit that would change anything else is not made, whatever led to it', () => {
  const file = read('a: 1.4.2\nb: x\n')
  const other = findKey(read('q: 1.4.2\n'), ['q'])
  assert.ok(other.kind === 'standing')
  const result = setScalars(file, [{ node: other.node, flow: false, text: '1.5.0' }])
  assert.match(result.ok ? result.value.text : result.fault, /the edit would change more than this value/)
})
