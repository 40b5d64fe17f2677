import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { decodeBody, hasTooManyValues, mostValues } from '../../../src/registry/wire/decode-body.ts'

const text = Buffer.from('a tag list')
const limit = 1000
const bomb = gzipSync(Buffer.alloc(50_000_000))

const rows: readonly (readonly [name: string, body: Buffer, encoding: string | undefined, decoded: Buffer | string])[] =
  [
    ['nothing said', text, undefined, text],
    ['identity', text, 'identity', text],
    ['gzip', gzipSync(text), 'gzip', text],
    ['gzip in capitals', gzipSync(text), ' GZIP', text],
    ['deflate', deflateSync(text), 'deflate', text],
    ['brotli', brotliCompressSync(text), 'br', text],
    ['no body, as of a HEAD', Buffer.alloc(0), 'gzip', Buffer.alloc(0)],
    ['no gzip', text, 'gzip', 'broken'],
    ['a gzip that is cut', gzipSync(text).subarray(0, 20), 'gzip', 'broken'],
    ['an encoding that nobody knows', text, 'constructor', 'unknown'],
    ['two encodings', gzipSync(gzipSync(text)), 'gzip, gzip', 'unknown'],
    ['a bomb', bomb, 'gzip', 'tooLarge'],
  ]

for (const [name, body, encoding, decoded] of rows)
  test(`a body with ${name}`, async () => assert.deepEqual(await decodeBody(body, encoding, limit), decoded))

const full = (value: string): Buffer => Buffer.from(`{"tags":[${value.repeat(mostValues)}]}`)

const values: readonly (readonly [name: string, body: Buffer, tooMany: boolean])[] = [
  ['objects', full('{},'), true],
  ['lists', full('[],'), true],
  ['lists within lists', full('[[[['), true],
  ['empty texts', full('"",'), true],
  ['members', Buffer.from(`{${'"a":1,'.repeat(mostValues)}"a":1}`), true],
  ['as many tags as are read', Buffer.from(`{"tags":[${'"1.2.3",'.repeat(250_000)}"1"]}`), false],
  ['one long text', Buffer.from(`{"tags":["${'x'.repeat(8_000_000)}"]}`), false],
  ['little, whatever it is', Buffer.from('['.repeat(1_000_000)), false],
]

for (const [name, body, tooMany] of values)
  test(`a body of ${name} has ${tooMany ? 'too many values' : 'no more values than may be'}`, () =>
    assert.equal(hasTooManyValues(body), tooMany))
