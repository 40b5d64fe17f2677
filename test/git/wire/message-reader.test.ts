import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMessageReader } from '../../../src/git/wire/message-reader.ts'
import { delimiter, flush, pktLine } from '../../../src/git/wire/pkt-line.ts'

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

test('messages are told apart however the stream is cut', async () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => pktLine(Buffer.from(bytes))),
    fc.constant(delimiter),
  )
  const message = fc.array(line, { maxLength: 6 }).map((lines) => Buffer.concat([...lines, flush]))
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 5 }), sizes, async (messages, cuts) => {
      const reader = createMessageReader(inChunks(Buffer.concat([...messages, Buffer.from('left')]), cuts))
      for (const each of messages) assert.deepEqual(await reader.message(1000), each)
      assert.equal((await reader.rest(1000)).toString(), 'left')
    }),
  )
})

test('a stream that ends within a message gives what there is', async () => {
  const reader = createMessageReader(inChunks(Buffer.from('000aERR no'), [3]))
  assert.equal((await reader.message(1000)).toString(), '000aERR no')
  assert.equal((await reader.message(1000)).length, 0)
})

for (const [name, bytes, fault] of [
  ['is no pkt-line', 'hello, who are you?', { kind: 'broke', message: /not in the git protocol/ }],
  ['has an impossible length', '0003', { kind: 'broke' }],
  ['is longer than is read', `0050${'x'.repeat(76)}0000`, { kind: 'tooLarge' }],
] as const)
  test(`what ${name} is refused`, async () => {
    await assert.rejects(createMessageReader(inChunks(Buffer.from(bytes), [7])).message(40), fault)
  })
