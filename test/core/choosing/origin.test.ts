import assert from 'node:assert/strict'
import { test } from 'node:test'
import { originIn, revisionLabel, sourceLabel } from '../../../src/core/choosing/origin.ts'

const rows: readonly [source: unknown, revision: unknown, told: string | undefined][] = [
  ['https://github.com/acme/web', '3f1c2ab', 'https://github.com/acme/web 3f1c2ab'],
  [
    'https://git.example.com:8443/acme/web.git?x=1#readme',
    'refs/tags/v1.2+b',
    'https://git.example.com:8443/acme/web.git?x=1#readme refs/tags/v1.2+b',
  ],
  ['https://git.example.com/@acme/web', undefined, 'https://git.example.com/@acme/web '],
  ['https://github.com', '', 'https://github.com '],
  ['https://github.com/acme/web', 'a b', 'https://github.com/acme/web '],
  ['https://github.com/acme/web', `${'a'.repeat(101)}`, 'https://github.com/acme/web '],
  ['https://github.com/acme/web', 7, 'https://github.com/acme/web '],
  ['https://me:secret@github.com/acme/web', '1', undefined],
  ['https://me@github.com/acme/web', '1', undefined],
  ['http://github.com/acme/web', '1', undefined],
  ['git@github.com:acme/web', '1', undefined],
  ['javascript:alert(1)', '1', undefined],
  ['https://github.com/a b', '1', undefined],
  ['https://github.com/a\nImage-Update: x', '1', undefined],
  ['https://github.com/\u202Eweb', '1', undefined],
  ['https://github.com/<b>', '1', undefined],
  [`https://github.com/${'a'.repeat(200)}`, '1', undefined],
  [undefined, '1', undefined],
]
for (const [source, revision, told] of rows)
  test(`${JSON.stringify(source)} at ${JSON.stringify(revision)} is shown as ${told ?? 'nothing'}`, () => {
    const origin = originIn({ [sourceLabel]: source, [revisionLabel]: revision })
    assert.equal(origin && `${origin.source} ${origin.revision ?? ''}`, told)
  })
