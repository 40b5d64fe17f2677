import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withHead } from '../../../src/core/targets/override-head.ts'

const facts = { policy: 'team/web', application: 'team/web' }
const first = '# image-update-operator writes here for ImageUpdatePolicy '

test('the head names the policy, says what wins, and how to undo it', () => {
  const [line, ...lines] = withHead('helm: {}\n', facts).split('\n')
  assert.equal(line, `${first}team/web`)
  assert.match(
    lines.join(' '),
    /wins over the spec of Application team\/web.*marked.*are copies.*To undo all, delete this file\..*helm: \{\}/,
  )
})

const rows: readonly [name: string, before: string, begins: string][] = [
  ['another policy is named as well', `${first}a/b\nhelm: {}\n`, `${first}a/b, team/web\nhelm: {}\n`],
  ['a policy is named once', `${first}a/b, team/web\nhelm: {}\n`, `${first}a/b, team/web\nhelm: {}\n`],
  ['whose name only begins alike is named', `${first}team/web-2\n`, `${first}team/web-2, team/web\n`],
  ['a head below other comments is found', `# top\n\n${first}a/b\n`, `# top\n\n${first}a/b, team/web\n`],
  ['line ends of Windows', `${first}a/b\r\nhelm: {}\r\n`, `${first}a/b, team/web\r\nhelm: {}\r\n`],
  ['a head without a line end', `${first}a/b`, `${first}a/b, team/web`],
  ['words in a value are no head', `x: "\n${first}a/b"\n`, `${first}team/web\n`],
  ['a byte order mark stays first', '\ufeffhelm: {}\n', `\ufeff${first}team/web\n`],
  ['before a document’s begin', '---\nhelm: {}\n', `${first}team/web\n`],
]
for (const [name, before, begins] of rows) {
  test(name, () => {
    const text = withHead(before, facts)
    assert.ok(text.startsWith(begins), text)
    assert.equal(withHead(text, facts), text, 'a second time nothing changes')
  })
}
