import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { digestOf, hasDigest, isDigest, isUsualDigest } from '../../../src/registry/images/digest.ts'

const hex = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

const rows: readonly (readonly [text: string, is: boolean])[] = [
  [`sha256:${hex}`, true],
  [`sha256:${hex.toUpperCase()}`, false],
  [`sha256:${hex.slice(1)}`, false],
  [`sha512:${hex}${hex}`, true],
  [`sha512:${hex}`, false],
  [`blake3:${hex}`, true],
  ['a+b.c:x=_-', true],
  [hex, false],
  ['sha256:', false],
  [`sha256:${hex} `, false],
  [`SHA256:${hex}`, false],
  [`x:${'a'.repeat(300)}`, false],
  ['', false],
]

for (const [text, is] of rows) test(`${text} is ${is ? 'a' : 'no'} digest`, () => assert.equal(isDigest(text), is))

test('a usual digest is one that clusters pull by', () => {
  for (const text of [`sha256:${hex}`, `sha512:${hex}${hex}`]) assert.ok(isUsualDigest(text))
  for (const text of [`blake3:${hex}`, `constructor:${hex}`, `sha256:${hex.slice(1)}`]) assert.ok(!isUsualDigest(text))
})

test('digests are those of the bytes', () => {
  const content = Buffer.from('abc')
  assert.equal(digestOf(content), `sha256:${hex}`)
  assert.ok(hasDigest(content, `sha256:${hex}`))
  assert.ok(hasDigest(content, `sha512:${createHash('sha512').update('abc').digest('hex')}`))
  assert.ok(!hasDigest(Buffer.from('abd'), `sha256:${hex}`))
  assert.ok(!hasDigest(content, `blake3:${hex}`))
  assert.ok(!hasDigest(content, `constructor:${hex}`))
})
