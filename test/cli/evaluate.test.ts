import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { parse } from 'yaml'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { EvaluationReport } from '../../src/cli/verdict.ts'
import { codeBlocks, textOf } from '../markdown.ts'
import { folder, invoke, policyText } from './invoke.ts'

const files = folder('evaluate')
after(() => files.remove())

const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const shop = ['1.4.2', '1.5.0', '2.0.0', 'main'].join('\n')

interface Row {
  readonly name: string
  readonly spec?: Partial<ImageUpdatePolicySpec>
  readonly tags: string
  readonly args?: readonly string[]
  readonly expected: Partial<EvaluationReport>
}

const image = (tag: string, pinned: string | null = null) => ({ tag, digest: pinned })
const ranged = { constraints: { version: '^1.2' } }
const json = (...objects: readonly object[]) => objects.map((each) => JSON.stringify(each)).join('\n')
const created = (tag: string, day: string, digit: string) => ({
  tag,
  created: `2025-01-${day}T00:00:00Z`,
  digest: digest(digit),
})
const built = json(created('a', '01', 'a'), created('b', '03', 'b'), created('c', '02', 'c'))

const rows: readonly Row[] = [
  {
    name: 'nothing is known of what is there',
    spec: ranged,
    tags: shop,
    expected: { kind: 'update', chosen: image('1.5.0'), pending: null },
  },
  {
    name: 'something older is there',
    spec: ranged,
    tags: shop,
    args: ['--current', '1.4.2'],
    expected: { kind: 'update', chosen: image('1.5.0'), pending: null },
  },
  {
    name: 'the choice is there',
    spec: ranged,
    tags: shop,
    args: ['--current=1.5.0'],
    expected: { kind: 'upToDate', chosen: image('1.5.0'), pending: null },
  },
  {
    name: 'the choice is there with a digest that nobody knows of, where none is written',
    spec: ranged,
    tags: shop,
    args: ['--current', `1.5.0@${digest('a')}`],
    expected: { kind: 'upToDate', chosen: image('1.5.0') },
  },
  {
    name: 'the choice is there with another digest than it has now',
    spec: ranged,
    tags: json({ tag: '1.5.0', digest: digest('b') }),
    args: ['--current', `1.5.0@${digest('a')}`],
    expected: { kind: 'update', chosen: image('1.5.0', digest('b')) },
  },
  {
    name: 'digests are written, and the one that is there is the same',
    spec: { ...ranged, writeBack: { digest: 'withTag' } },
    tags: json({ tag: '1.5.0', digest: digest('b') }),
    args: ['--current', `1.5.0@${digest('b')}`],
    expected: { kind: 'upToDate', chosen: image('1.5.0', digest('b')) },
  },
  {
    name: 'digests are written, and none is there',
    spec: { ...ranged, writeBack: { digest: 'withTag' } },
    tags: json({ tag: '1.5.0', digest: digest('b') }),
    args: ['--current', '1.5.0'],
    expected: { kind: 'update', chosen: image('1.5.0', digest('b')) },
  },
  {
    name: 'only digests are written, and this one is there',
    spec: { ...ranged, writeBack: { digest: 'only' } },
    tags: json({ tag: '1.5.0', digest: digest('b') }),
    args: ['--current', `@${digest('b')}`],
    expected: { kind: 'upToDate', chosen: image('1.5.0', digest('b')) },
  },
  {
    name: 'something newer is there',
    spec: ranged,
    tags: shop,
    args: ['--current', '2.0.0'],
    expected: { kind: 'held', chosen: null, pending: { tag: '1.5.0', heldBy: [{ gate: 'Downgrade' }] } },
  },
  {
    name: 'something newer is there, and that may be',
    spec: { constraints: { version: '^1.2', allowDowngrade: true } },
    tags: shop,
    args: ['--current', '2.0.0'],
    expected: { kind: 'update', chosen: image('1.5.0'), pending: null },
  },
  {
    name: 'the choice looks like a date, and what is there does not',
    tags: '1.5.0\n20240501',
    args: ['--current', '1.5.0'],
    expected: { kind: 'held', chosen: null, pending: { tag: '20240501', heldBy: [{ gate: 'ScanSuspicious' }] } },
  },
  {
    name: 'the choice looks like a date, and nothing is known of what is there',
    tags: '1.5.0\n20240501',
    expected: { kind: 'update', chosen: image('20240501'), pending: null },
  },
  {
    name: 'nothing qualifies',
    spec: { constraints: { version: '^3' } },
    tags: shop,
    args: ['--current', '1.4.2'],
    expected: { kind: 'noMatch', chosen: null, pending: null },
  },
  {
    name: 'there is no tag at all',
    tags: '\n\n',
    expected: { kind: 'noMatch', chosen: null, tags: [], evaluation: { tags: 0, candidates: 0, rejected: [] } },
  },
  {
    name: 'strategy latest goes by creation time',
    spec: { strategy: 'latest' },
    tags: built,
    args: ['--current', 'c'],
    expected: { kind: 'update', chosen: image('b', digest('b')) },
  },
  {
    name: 'strategy latest knows a build by another name',
    spec: { strategy: 'latest' },
    tags: `${built}\n${json(created('also-b', '03', 'b'))}`,
    args: ['--current', 'also-b'],
    expected: { kind: 'upToDate', chosen: image('b', digest('b')) },
  },
  {
    name: 'strategy latest holds where it can not tell whether it would go back',
    spec: { strategy: 'latest' },
    tags: built,
    args: ['--current', 'gone'],
    expected: { kind: 'held', pending: { tag: 'b', digest: digest('b'), heldBy: [{ gate: 'Downgrade' }] } },
  },
  {
    name: 'strategy latest leaves out what was built after --now',
    spec: { strategy: 'latest' },
    tags: built,
    args: ['--now', '2025-01-02T12:00:00Z'],
    expected: {
      chosen: image('c', digest('c')),
      tags: [{ tag: 'b', reason: 'NoCreationTime', message: 'has a creation time in the future' }],
    },
  },
  {
    name: 'strategy digest follows its tag',
    spec: { strategy: 'digest', constraints: { tag: 'main' } },
    tags: json({ tag: 'main', digest: digest('b') }, { tag: 'edge' }),
    args: ['--current', `main@${digest('a')}`],
    expected: {
      kind: 'update',
      chosen: image('main', digest('b')),
      tags: [{ tag: 'edge', reason: 'OtherTag', message: 'is not main, the tag to follow' }],
    },
  },
  {
    name: 'tags may stand twice, be indented, and end as Windows ends them',
    spec: { strategy: 'numerical' },
    tags: '\uFEFF 7\r\n10\r\n7\r\n',
    expected: { chosen: image('10'), evaluation: { tags: 2, candidates: 2, rejected: [] } },
  },
]

async function evaluated({ spec, tags, args = [] }: Omit<Row, 'name' | 'expected'>): Promise<EvaluationReport> {
  const file = await files.write('policy.json', policyText(spec))
  const list = await files.write('tags', tags)
  const { status, out, err } = await invoke(['evaluate', '-f', file, '--tags', list, '-o', 'json', ...args])
  assert.deepEqual([status, err], [0, ''])
  return JSON.parse(out) as EvaluationReport
}

describe('evaluate --tags -o json', () => {
  for (const row of rows)
    test(row.name, async () => {
      const report = await evaluated(row)
      const named = Object.fromEntries(
        Object.keys(row.expected).map((key) => [key, report[key as keyof EvaluationReport]]),
      )
      assert.deepEqual(named, row.expected)
    })

  test('prints what docs/cli.md shows, and nothing else', async () => {
    const document = await textOf('docs/cli.md')
    const file = await files.write('documented.yaml', codeBlocks(document, 'yaml')[0] ?? '')
    const input = codeBlocks(document, 'text')[0] ?? ''
    const call = ['evaluate', '-f', file, '--tags', '-', '--current', '1.4.2', '-o', 'json']
    const { status, out, err } = await invoke(call, { input })
    assert.deepEqual([status, err], [0, ''])
    assert.deepEqual(JSON.parse(out), JSON.parse(codeBlocks(document, 'json')[0] ?? ''))
    assert.match(out, /^[^\n]+\n$/)
    const yaml = await invoke(call.with(-1, 'yaml'), { input })
    assert.deepEqual(parse(yaml.out), JSON.parse(out))
  })

  test('is given the policy on standard input', async () => {
    const list = await files.write('tags', shop)
    const { status, out } = await invoke(['evaluate', '-f-', '--tags', list, '-ojson'], { input: policyText() })
    assert.deepEqual([status, (JSON.parse(out) as EvaluationReport).chosen], [0, image('2.0.0')])
  })

  test('is the same whatever the order of the list', async () => {
    const tags = shop.split('\n')
    assert.deepEqual(
      await evaluated({ ...ranged, tags: tags.toReversed().join('\n') }),
      await evaluated({ ...ranged, tags: tags.join('\n') }),
    )
  })

  test('tells every rejected tag of a long list', async () => {
    const tags = Array.from({ length: 100_000 }, (_, index) => `v0.${index}.0-rc.1`)
    const report = await evaluated({ tags: tags.join('\n') })
    assert.deepEqual([report.tags.length, report.evaluation.rejected[0]?.count], [100_000, 100_000])
  })
})

describe('evaluate can not', () => {
  const tags = '1.0.0'
  const bad = { ...ranged, image: 'ghcr.io/acme/web:1', strategy: 'semvar' as 'semver' }
  const document = (text: string) => () => files.write('policy.yaml', text)
  const cases: readonly (readonly [string, () => Promise<string>, string, number, readonly RegExp[]])[] = [
    [
      'judge a policy with faults',
      document(policyText(bad)),
      tags,
      1,
      [/policy\.yaml:1: argocd\/web: spec\.image: /, /spec\.strategy: /],
    ],
    ['read broken YAML', document('kind: a\nb: [\n'), tags, 1, [/policy\.yaml:\d: /]],
    [
      'find a file',
      () => Promise.resolve('/nowhere/policy.yaml'),
      tags,
      2,
      [/^\/nowhere\/policy\.yaml: there is no such file$/],
    ],
    ['read a folder', () => Promise.resolve(files.path), tags, 2, [/is a folder/]],
    ['find a policy', document('kind: Deployment\n'), tags, 2, [/holds no ImageUpdatePolicy/]],
    [
      'choose between policies',
      document(`${policyText()}\n---\n${policyText()}`),
      tags,
      2,
      [/holds 2 policies \(argocd\/web, argocd\/web\)/],
    ],
    ['read JSON that is none', document(policyText()), '1.0.0\n{"tag"\n', 2, [/tags: line 2: is no JSON/]],
    [
      'take facts that are none, and tells them all',
      document(policyText()),
      json(
        { created: 'yesterday', digest: 'x', size: 1 },
        { tag: 7, platforms: 'linux/amd64', firstSeen: '2025-02-30T00:00:00Z' },
      ),
      2,
      [
        /line 1: tag: is required/,
        /line 1: digest: is no digest/,
        /line 1: created: is no time/,
        /line 1: size: unknown field/,
        /line 2: tag: must be text/,
        /line 2: platforms: must be a list/,
        /line 2: firstSeen: is no time/,
      ],
    ],
    [
      'take contradictions',
      document(policyText()),
      json({ tag: 'a', digest: digest('a') }, { tag: 'a' }),
      2,
      [/line 2: a: stands there twice/],
    ],
  ]
  for (const [name, policy, list, expected, sentences] of cases)
    test(name, async () => {
      const [file, tagsFile] = [await policy(), await files.write('tags', list)]
      const { status, out, err } = await invoke(['evaluate', '-f', file, '--tags', tagsFile])
      assert.deepEqual([status, out], [expected, ''])
      const lines = err.trimEnd().split('\n')
      assert.equal(lines.length, sentences.length, err)
      for (const sentence of sentences)
        assert.ok(
          lines.some((line) => sentence.test(line)),
          `${String(sentence)}\n${err}`,
        )
    })

  test('read policy and tags, and says both', async () => {
    const file = await files.write('policy.json', policyText({ image: 'A' }))
    const { status, err } = await invoke(['evaluate', '-f', file, '--tags', '/nowhere/tags'])
    assert.equal(status, 2)
    assert.match(err, /^.*policy\.json:1: argocd\/web: spec\.image: .*\n\/nowhere\/tags: there is no such file\n$/)
  })

  test('tell a digest that is not in the list, and says so', async () => {
    const file = await files.write('policy.json', policyText({ strategy: 'digest', constraints: { tag: 'main' } }))
    const { status, out, err } = await invoke(['evaluate', '-f', file, '--tags', '-', '-o', 'json'], { input: 'main' })
    assert.deepEqual([status, (JSON.parse(out) as EvaluationReport).chosen], [0, image('main')])
    assert.match(err, /the list does not tell that of main/)
  })

  const misuses: readonly (readonly [readonly string[], readonly RegExp[]])[] = [
    [[], [/^-f is required/]],
    [['-f', '-', '--tags', '-'], [/both read standard input/]],
    [
      ['--tag', 'x', '-o', 'xml', '--now=soon', 'policy.yaml'],
      [
        /^--tag is no option of evaluate: did you mean --tags\?/,
        /^-o "xml" is none of table, json, yaml/,
        /^"policy\.yaml" is no option/,
        /^"x" is no option/,
      ],
    ],
    [
      ['-f', 'a', '--now', 'soon', '--current', 'acme/web:1.4.2'],
      [/^--now "soon" is no time/, /^--current "acme\/web:1\.4\.2" is no tag/],
    ],
    [['-f', 'a', '--current', '1@sha256'], [/^--current "1@sha256" is no tag/]],
    [
      ['-f', 'a', '-f', 'b', '--tags'],
      [/^-f is given twice/, /^--tags needs a value/],
    ],
  ]
  for (const [args, sentences] of misuses)
    test(`be called with ${args.join(' ') || 'nothing'}`, async () => {
      const { status, out, err } = await invoke(['evaluate', ...args])
      const lines = err.trimEnd().split('\n')
      assert.deepEqual([status, out, lines.length], [2, '', sentences.length], err)
      for (const sentence of sentences)
        assert.ok(
          lines.some((line) => sentence.test(line)),
          `${String(sentence)}\n${err}`,
        )
    })
})

describe('evaluate', () => {
  test('helps, with every option and examples, whatever else is said', async () => {
    const { status, out, err } = await invoke(['evaluate', '--nonsense', '-h'])
    assert.deepEqual([status, err], [0, ''])
    for (const word of ['--file', '--tags', '--current', '--now', '--output', 'Examples:'])
      assert.ok(out.includes(word), word)
  })
})
