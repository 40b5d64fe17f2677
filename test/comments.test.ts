import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { root, textOf } from './markdown.ts'

const sources = ['{src,test}/**/*.{ts,mjs,go}', '{charts,crds,examples}/**/*.yaml', 'Dockerfile']
const own = 'test/comments.test.ts'

test('comments point to documents that whoever reads them has: ours, or public ones', async () => {
  const stray: string[] = []
  const paths = new Set<string>()
  for await (const path of glob(sources, { cwd: root })) paths.add(path)
  assert.ok(paths.delete(own) && paths.size > 500, `it looked at ${paths.size} files: a guard that guards nothing`)
  for (const path of paths) for (const fault of await strayIn(path, await textOf(path))) stray.push(`${path}: ${fault}`)
  assert.deepEqual(stray, [], 'name a document of the repository, link to a public one, or say the reason itself')
})

const rows: readonly [comment: string, faults: readonly string[]][] = [
  ['/** By rules.md, "Order". */', ['there is no rules.md']],
  ['const a = 1 // as in design/rules.md', ['there is no design/rules.md']],
  [
    '/**\n * See docs/reasons.md, "Tags that\n * are out".\n */',
    ['docs/reasons.md has no heading "Tags that are out"'],
  ],
  ['# the contract says so', ['it does not say whose: contract']],
  [
    '  // as the contract’s order is (section 2.2)',
    ['it does not say whose: contract', 'it does not say whose: section 2'],
  ],
  ['/** §3 has the reason. */', ['it does not say whose: §']],
  ['// architecture 2.8', ['it does not say whose: architecture 2.8']],
  ['/** RFC 9110, section 10.2.3; docs/reasons.md, "Gates"; https://example.com/none.md#section-1 */', []],
  ['// not-applicable.md', []],
  [`const name = 'none.md'`, []],
]
for (const [text, faults] of rows)
  test(`of ${JSON.stringify(text)} is told: ${faults.join(', ') || 'nothing'}`, async () => {
    assert.deepEqual(await strayIn('test/core/example.ts', text), faults)
  })

/** What comments name that is neither in the repository nor said to be somebody's. */
async function strayIn(path: string, text: string): Promise<readonly string[]> {
  const comments = commentsOf(text)
  const faults = vague(comments).map((words) => `it does not say whose: ${words}`)
  for (const [, name = '', heading] of comments.matchAll(/([\w./-]+\.md)\b(?:, "([^"]+)")?/g)) {
    const document = [name, join(dirname(path), name)].find((one) => existsSync(join(root, one)))
    if (document === undefined) faults.push(`there is no ${name}`)
    else if (heading !== undefined && !(await headingsOf(document)).includes(heading))
      faults.push(`${document} has no heading "${heading}"`)
  }
  return faults
}

/** Comments in one line, without addresses of the web. */
function commentsOf(text: string): string {
  const lines = [...text.matchAll(/(?:^\s*|\s)(?:\/\/|\/\*\*?|#)(?=\s)(.*)$|^\s*\*\s(.*)$/gm)]
  return lines
    .map(([, begun, goneOn = '']) => begun ?? goneOn)
    .join(' ')
    .replaceAll(/https?:\/\/\S+/g, '')
    .replaceAll(/\s+/g, ' ')
}

/** Words that lead somewhere only with the name of what they are of. */
function vague(comments: string): readonly string[] {
  const found = comments.matchAll(/\bcontract\b|§|\barchitecture \d[\d.]*|(?<!\b(?:RFC \d+|X\.\d+), )\bsection \d+/gi)
  return [...found].map(([words]) => words)
}

async function headingsOf(document: string): Promise<readonly string[]> {
  return [...(await textOf(document)).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)
}
