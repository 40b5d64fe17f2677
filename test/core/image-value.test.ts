import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DigestMode } from '../../src/api/v1alpha1.ts'
import { choiceIn, imageValue, parseImageValue, shortImage } from '../../src/core/image-value.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

const values: readonly (readonly [mode: DigestMode, digest: string | undefined, value: string, short: string])[] = [
  ['never', digest, '1.4.2', '1.4.2'],
  ['never', undefined, '1.4.2', '1.4.2'],
  ['withTag', digest, `1.4.2@${digest}`, '1.4.2@sha256:0123456789ab'],
  ['withTag', undefined, '1.4.2', '1.4.2'],
  ['only', digest, `@${digest}`, '@sha256:0123456789ab'],
  ['only', undefined, '1.4.2', '1.4.2'],
]

for (const [mode, known, value, short] of values) {
  test(`${mode} ${known === undefined ? 'without' : 'with'} a digest writes ${short}`, () => {
    const written = imageValue({ tag: '1.4.2', ...(known === undefined ? {} : { digest: known }) }, mode)
    assert.equal(written, value)
    assert.equal(shortImage(written), short)
  })
}

const parts: readonly (readonly [text: string, parts: { tag?: string; digest?: string }])[] = [
  ['', {}],
  ['@', {}],
  ['1.4.2', { tag: '1.4.2' }],
  [`1.4.2@${digest}`, { tag: '1.4.2', digest }],
  [`@${digest}`, { digest }],
  ['1.4.2@', { tag: '1.4.2' }],
  ['a@b@c', { tag: 'a', digest: 'b@c' }],
]

for (const [text, expected] of parts) {
  test(`${JSON.stringify(text.slice(0, 12))} is taken apart`, () => assert.deepEqual(parseImageValue(text), expected))
}

test('a digest without an algorithm is cut too', () => {
  assert.equal(shortImage('1@0123456789abcdef'), '1@0123456789ab')
})

const choices: readonly (readonly [text: string, followed: string | undefined, choice: object | undefined])[] = [
  ['1.4.2', undefined, { tag: '1.4.2' }],
  [`1.4.2@${digest}`, 'main', { tag: '1.4.2', digest }],
  [`@${digest}`, undefined, undefined],
  [`@${digest}`, 'main', { tag: 'main', digest }],
  ['', undefined, undefined],
]
for (const [text, followed, choice] of choices)
  test(`${text || 'nothing'} as a choice, where ${followed ?? 'no tag'} is followed`, () =>
    assert.deepEqual(choiceIn(text, followed), choice))
