import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { attributePaths, attributesFault, attributesFrom, mayTurnLineEnds } from '../../../src/core/git/attributes.ts'
import { temporaryFolder } from '../../servers/guard.ts'

const folder = temporaryFolder('attributes')
after(() => folder.remove())

test('the files that count for a path are those of the folders on its way', () => {
  assert.deepEqual(attributePaths('a/b/c.yaml'), ['.gitattributes', 'a/.gitattributes', 'a/b/.gitattributes'])
})

const files: Readonly<Record<string, string>> = {
  '.gitattributes': [
    '# a comment filter=lfs',
    '[attr]large filter=lfs -text',
    '* text=auto',
    '*.bin large',
    '"with blank/*.yaml" filter=git-crypt',
    'secrets/** filter=git-crypt diff=git-crypt',
    'secrets/open.yaml !filter',
    '**/wide.yaml working-tree-encoding=UTF-16LE eol=crlf',
    '/root.yaml binary',
    '[ab]?.y*ml filter=other',
    'deep/**/x.yaml filter=lfs',
    '  *.txt\teol=lf  ',
    'folder/ filter=lfs',
    '*.crlf eol=crlf\r',
  ].join('\n'),
  'secrets/.gitattributes': '/nested/*.yaml -filter\nlast.yaml filter=lfs\nlast.yaml filter=git-crypt\n',
  'deep/.gitattributes': 'x.yaml -text\n',
}
const paths = [
  'a.yaml',
  'a1.yaml',
  'x/b2.yml',
  'x.bin',
  'with blank/a.yaml',
  'secrets/a.yaml',
  'secrets/open.yaml',
  'secrets/nested/a.yaml',
  'secrets/deeper/nested/a.yaml',
  'secrets/last.yaml',
  'x/y/wide.yaml',
  'wide.yaml',
  'root.yaml',
  'x/root.yaml',
  'deep/x.yaml',
  'deep/er/x.yaml',
  'note.txt',
  'folder/a',
  'line.crlf',
]

test('git itself says the same of every path', () => {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder.path, ...args], {
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1' },
    })
  git('init', '--quiet')
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true })
    writeFileSync(join(folder.path, name), text)
  }
  const names = ['filter', 'working-tree-encoding', 'text', 'eol']
  for (const path of paths) {
    const said = git('check-attr', '-z', ...names, '--', path).split('\0')
    const expected = names.map((name, nth) => [name, said[nth * 3 + 2] ?? ''])
    const own = attributesFrom((name) => files[name])(path)
    const shown = names.map((name) => [name, own.get(name) ?? 'none'])
    const plain = expected.map(([name, value]) => [
      name,
      { set: '', unset: 'none', unspecified: 'none' }[value ?? ''] ?? value,
    ])
    assert.deepEqual(shown, plain, path)
  }
})

for (const [line, says] of [
  ['a.yaml filter=lfs', /^a\.yaml is kept in Git LFS \(filter=lfs in \.gitattributes\).* git lfs untrack/],
  ['a.yaml filter=git-crypt', /^a\.yaml is encrypted \(filter=git-crypt in/],
  ['a.yaml filter=crypt', /^a\.yaml is encrypted/],
  ['a.yaml working-tree-encoding=UTF-16', /^a\.yaml is turned into another encoding .*; keep it in UTF-8$/],
  ['a.yaml working-tree-encoding=UTF-8', undefined],
  // Argo CD does not run such programs either: what stands in git is what it renders.
  ['a.yaml filter=tidy', undefined],
  ['a.yaml text eol=crlf', undefined],
  ['b.yaml filter=lfs', undefined],
] as const)
  test(`${line}: ${says === undefined ? 'is edited' : 'is refused'}`, () => {
    const fault = attributesFault('a.yaml', attributesFrom(() => line)('a.yaml'))
    if (says === undefined) assert.equal(fault, undefined)
    else assert.match(fault ?? '', says)
  })

test('line ends may be turned where a file is called text, or told its ends', () => {
  const turned = (line: string) => mayTurnLineEnds(attributesFrom(() => line)('a.yaml'))
  const lines = ['* text=auto', '* text', '* eol=crlf', '* -text', '* binary', '']
  assert.deepEqual(lines.map(turned), [true, true, true, false, false, false])
})
