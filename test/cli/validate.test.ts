import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { parse } from 'yaml'
import { codeBlocks, textOf } from '../markdown.ts'
import { folder, invoke, policyText } from './invoke.ts'

const files = folder('validate')
after(() => files.remove())

const head = 'apiVersion: imageupdate.dev/v1alpha1\nkind: ImageUpdatePolicy\n'
const spec = 'spec: {image: nginx, strategy: name, applications: [{name: a}]}'

/** The lines that validate prints for a file, without its name; the sums, which are the last line, apart. */
async function validated(text: string) {
  const file = await files.write('policy.yaml', text)
  const { status, out, err } = await invoke(['validate', '-f', file])
  assert.equal(err, '')
  const lines = out.trimEnd().replaceAll(`${file}:`, '').split('\n')
  return { status, lines: lines.slice(0, -1), sums: lines.at(-1) }
}

interface Row {
  readonly name: string
  readonly text: string
  readonly status: number
  readonly lines: readonly string[]
  readonly sums: string
}

const rows: readonly Row[] = [
  {
    name: 'a valid policy',
    text: `${head}metadata: {name: web, namespace: argocd}\n${spec}\n`,
    status: 0,
    lines: ['1: argocd/web: valid'],
    sums: '1 valid, 0 not valid',
  },
  {
    name: 'what kubectl get -o yaml answers with: a list, with a status',
    text: `apiVersion: v1\nkind: List\nitems:\n- ${head.replace('\n', '\n  ').trimEnd()}\n  metadata: {name: web}\n  ${spec}\n  status: {}\n`,
    status: 0,
    lines: ['4: web: valid'],
    sums: '1 valid, 0 not valid',
  },
  {
    name: 'JSON',
    text: policyText(),
    status: 0,
    lines: ['1: argocd/web: valid'],
    sums: '1 valid, 0 not valid',
  },
  {
    name: 'several documents: each with its faults, others skipped, empty ones not even that',
    text: [
      '---',
      '# nothing',
      '---',
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata: {name: web}',
      '---',
      `${head}metadata: {name: web}`,
      'spec:',
      '  image: ghcr.io/acme/web:1.0',
      '  strategy: semver',
      '  constraints:',
      '    tag: main',
      '    version: 1.2',
      '    ignoreTag: []',
      '---',
      `${head}metadata: {name: api}`,
      spec,
    ].join('\n'),
    status: 1,
    lines: [
      '4: skipped: apps/v1 Deployment web',
      '11: web: spec.applications: is required: write which Applications to keep up to date, such as [{name: web}]',
      '12: web: spec.image: has the tag 1.0: write the repository alone, ghcr.io/acme/web',
      '15: web: spec.constraints.tag: tag is for strategy digest only: take it out, or follow this one tag by strategy: digest',
      '16: web: spec.constraints.version: must be text: put the number in quotes',
      '17: web: spec.constraints.ignoreTag: unknown field: did you mean ignoreTags?',
      '19: api: valid',
    ],
    sums: '1 valid, 1 not valid, 1 of another kind skipped',
  },
  {
    name: 'faults outside of the spec',
    text: 'apiVersion: imageupdate.dev/v1beta1\nkind: ImageUpdatePolicy\nmetadata:\n  name: Web_1\n  namespace: a.b\nspecs: {}\n',
    status: 1,
    lines: [
      '1: a.b/Web_1: apiVersion: must be imageupdate.dev/v1alpha1',
      '1: a.b/Web_1: spec: is required: write image, strategy and applications',
      '4: a.b/Web_1: metadata.name: is no name of an object: write lower-case letters, digits, - and .',
      '5: a.b/Web_1: metadata.namespace: is no name of a namespace: take the dots out',
      '6: a.b/Web_1: specs: unknown field: did you mean spec?',
    ],
    sums: '0 valid, 1 not valid',
  },
  {
    name: 'a policy without name',
    text: `${head}metadata: {}\n${spec}\n`,
    status: 1,
    lines: ['3: a policy without name: metadata.name: is required: write the name of the policy'],
    sums: '0 valid, 1 not valid',
  },
  {
    name: 'a policy whose name is made up by the API server',
    text: `${head}metadata: {generateName: web-}\n${spec}\n`,
    status: 0,
    lines: ['1: web-: valid'],
    sums: '1 valid, 0 not valid',
  },
  {
    name: 'an object without kind',
    text: `metadata: {name: web}\n${spec}\n`,
    status: 1,
    lines: ['1: kind is required: write apiVersion: imageupdate.dev/v1alpha1 and kind: ImageUpdatePolicy'],
    sums: '0 valid, 0 not valid, 1 that could not be read',
  },
  {
    name: 'something else than an object',
    text: '- a\n',
    status: 1,
    lines: ['1: is no object of Kubernetes'],
    sums: '0 valid, 0 not valid, 1 that could not be read',
  },
  {
    name: 'YAML that is none, beside a document that is fine',
    text: `${head}metadata: {name: web}\n${spec}\n---\nkind: [\n`,
    status: 1,
    lines: ['1: web: valid', '7: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    sums: '1 valid, 0 not valid, 1 that could not be read',
  },
  {
    name: 'keys that stand there twice',
    text: `${head}metadata: {name: web}\n${spec}\nkind: Deployment\nspec: {}\n`,
    status: 1,
    lines: ['5: Map keys must be unique', '6: Map keys must be unique'],
    sums: '0 valid, 0 not valid, 2 that could not be read',
  },
  {
    name: 'aliases of aliases',
    text: `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(10)}]\nc: &c [${'*b,'.repeat(10)}]\nd: [${'*c,'.repeat(10)}]\n`,
    status: 1,
    lines: ["1: its aliases can't be resolved: write out what they stand for"],
    sums: '0 valid, 0 not valid, 1 that could not be read',
  },
  {
    name: 'an anchor and its alias',
    text: `${head}metadata: {name: &name web}\nspec: {image: nginx, strategy: name, applications: [{name: *name}]}\n`,
    status: 0,
    lines: ['1: web: valid'],
    sums: '1 valid, 0 not valid',
  },
]

describe('validate tells of', () => {
  for (const { name, text, ...expected } of rows)
    test(name, async () => {
      assert.deepEqual(await validated(text), expected)
    })

  test('a file that holds nothing', async () => {
    const file = await files.write('empty.yaml', '')
    assert.deepEqual(await invoke(['validate', '-f', file]), {
      status: 0,
      out: `${file}: holds nothing\n0 valid, 0 not valid\n`,
      err: '',
    })
  })

  test('several files, named in either way, and standard input', async () => {
    const [one, two] = [await files.write('one.yaml', policyText()), await files.write('two.yaml', policyText())]
    const call = ['validate', '-f', one, two, '-f', '-', '-f', two]
    const { status, out } = await invoke(call, { input: policyText({ image: 'A' }) })
    assert.equal(status, 1)
    assert.deepEqual(
      out.split('\n').map((line) => line.replace(/: spec.*/, '')),
      [
        `${one}:1: argocd/web: valid`,
        `${two}:1: argocd/web: valid`,
        'standard input:1: argocd/web',
        '2 valid, 1 not valid',
        '',
      ],
    )
  })

  test('a fault as docs/cli.md shows it', async () => {
    const shown = codeBlocks(await textOf('docs/cli.md'), 'console')[0] ?? ''
    const policy = (codeBlocks(await textOf('docs/cli.md'), 'yaml')[0] ?? '').replace('allowTags: ', 'ignoreTag: ')
    const { lines, sums } = await validated(policy)
    assert.deepEqual(shown.trimEnd().split('\n').slice(1), [...lines.map((line) => `policy.yaml:${line}`), sums])
  })
})

test('validate -o json is stable, and -o yaml says the same', async () => {
  const text = `${policyText({ strategy: 'none' as 'name' })}\n---\nkind: Service\n---\na: b: c\n`
  const file = await files.write('policies.yaml', text)
  const { status, out } = await invoke(['validate', '-f', file, '-o', 'json'])
  assert.equal(status, 1)
  const expected = {
    valid: false,
    policies: [
      {
        file,
        line: 1,
        namespace: 'argocd',
        name: 'web',
        valid: false,
        faults: [{ path: 'spec.strategy', line: 1, message: 'must be semver, latest, digest, name or numerical' }],
      },
    ],
    skipped: [{ file, line: 3, apiVersion: '', kind: 'Service', name: '' }],
    errors: [{ file, line: 5, message: 'Nested mappings are not allowed in compact mappings' }],
  }
  assert.deepEqual(JSON.parse(out), expected)
  assert.deepEqual(parse((await invoke(['validate', '-f', file, '-o', 'yaml'])).out), expected)
})

describe('validate is used wrongly', () => {
  const misuses: readonly (readonly [readonly string[], readonly RegExp[]])[] = [
    [[], [/^-f is required/]],
    [
      ['-f', '/nowhere/a', '/nowhere/b'],
      [/^\/nowhere\/a: there is no such file$/, /^\/nowhere\/b: there is no such file$/],
    ],
    [
      ['--files', 'a', '-o', 'text'],
      [/^--files is no option of validate: did you mean --file\?/, /^-o "text" is none of table, json, yaml$/],
    ],
  ]
  for (const [args, sentences] of misuses)
    test(args.join(' ') || 'without a file', async () => {
      const { status, out, err } = await invoke(['validate', ...args])
      const lines = err.trimEnd().split('\n')
      assert.deepEqual([status, out, lines.length], [2, '', sentences.length], err)
      for (const [index, sentence] of sentences.entries()) assert.match(lines[index] ?? '', sentence)
    })
})

test('validate helps, with examples', async () => {
  const { status, out } = await invoke(['validate', '--help'])
  assert.equal(status, 0)
  assert.match(out, /--file[\s\S]*--output[\s\S]*Examples:/)
})
