import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { decodeBody } from '../../src/registry/decode-body.ts'

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
    ['an encoding that nobody knows', text, 'constructor', 'broken'],
    ['a bomb', bomb, 'gzip', 'tooLarge'],
  ]

for (const [name, body, encoding, decoded] of rows)
  test(`a body with ${name}`, async () => assert.deepEqual(await decodeBody(body, encoding, limit), decoded))
