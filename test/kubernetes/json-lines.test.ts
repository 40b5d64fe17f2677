import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonLines } from '../../src/kubernetes/json-lines.ts'

async function read(chunks: readonly Uint8Array[]): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const value of jsonLines(stream(chunks))) values.push(value)
  return values
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

test('values come out whole however the stream is cut', async () => {
  const pieces = fc.array(fc.nat({ max: 40 }))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), pieces, async (values, sizes) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
      const chunks: Uint8Array[] = []
      let from = 0
      for (const size of sizes) chunks.push(bytes.subarray(from, (from += size)))
      assert.deepEqual(await read([...chunks, bytes.subarray(from)]), JSON.parse(JSON.stringify(values)))
    }),
  )
})

test('a line that is cut off by the end is dropped', async () => {
  assert.deepEqual(await read([Buffer.from('{"a":1}\n{"a":')]), [{ a: 1 }])
})

test('a line that is no JSON is an error', async () => {
  await assert.rejects(read([Buffer.from('<html>\n')]), SyntaxError)
})
