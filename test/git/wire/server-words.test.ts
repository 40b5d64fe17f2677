import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverWords } from '../../../src/git/wire/server-words.ts'

const escape = String.fromCharCode(27)

for (const [name, text, shown] of [
  ['plain words stay', 'pre-receive hook declined', 'pre-receive hook declined'],
  ['lines become one', 'a\r\n  b\n\nc\n', 'a b c'],
  ['terminal colours go', `${escape}[31mno${escape}[0m way`, 'no way'],
  ['control characters go', 'a\u0000b\u0007c\u0085d', 'a b c d'],
  ['what turns the direction of writing goes', 'a\u202Eb\u200Bc', 'a b c'],
  [
    'user names and passwords in addresses go',
    'see https://bot:s3cret@git.example.com/x and ssh://git@host/y',
    'see https://git.example.com/x and ssh://host/y',
  ],
  ['a password with an at sign goes as well', 'https://bot:s3@cret@git.example.com/x', 'https://git.example.com/x'],
  ['ornaments of hooks go', '========================\nGitLab: no\n========================', 'GitLab: no'],
  ['long text is cut', 'x'.repeat(500), `${'x'.repeat(199)}…`],
  [
    'no password shows because its address is cut',
    `${'='.repeat(4_050)} see https://bot:${'s3cret'.repeat(20)}@git.example.com/x`,
    'see',
  ],
] as const) {
  test(name, () => assert.equal(serverWords(text), shown))
}

test('however long a text is, it takes no time', () => {
  const begun = performance.now()
  serverWords('a.'.repeat(500_000))
  assert.ok(performance.now() - begun < 1_000)
})
