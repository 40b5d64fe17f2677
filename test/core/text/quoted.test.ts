import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quoted } from '../../../src/core/text/quoted.ts'

const rows: readonly [name: string, text: string, shown: string][] = [
  ['plain words stay', 'rpc error: not found', 'rpc error: not found'],
  ['lines become one', 'a\n\tb\r\n  c ', 'a b c'],
  ['what can’t be seen goes', 'a\u0000\u001b\u200b\u202e\u2028b', 'a b'],
  [
    'a password in an address goes',
    'clone https://me:s3cret@git.example.com/x failed',
    'clone https://git.example.com/x failed',
  ],
  ['a token in an address goes', 'https://t0ken@git.example.com', 'https://git.example.com'],
  ['200 characters are kept', 'é'.repeat(200), 'é'.repeat(200)],
  ['more are cut', '😀'.repeat(201), `${'😀'.repeat(199)}…`],
]
for (const [name, text, shown] of rows) test(name, () => assert.equal(quoted(text), shown))
