import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GitFault } from '../../../src/git/wire/git-fault.ts'
import { delimiter, flush, pktLine, readPktLines, readSideBands, textOf } from '../../../src/git/wire/pkt-line.ts'

const read = (bytes: Buffer) => [...readPktLines(bytes)]

test('what is written as pkt-lines is read again, with the marks between', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (payloads) => {
      const bytes = Buffer.concat([...payloads.map((payload) => pktLine(Buffer.from(payload))), delimiter, flush])
      assert.deepEqual(read(bytes), [...payloads.map((payload) => Buffer.from(payload)), 'delimiter', 'flush'])
    }),
  )
})

for (const [name, bytes] of [
  ['ends within a length', '000'],
  ['ends within a line', '0009abc'],
  ['has a length that is no number', '00z9hello'],
  ['has a length below that of a line', '0003'],
  ['is a web page', '<html><body>Sign in</body></html>'],
] as const) {
  test(`an answer that ${name} is refused`, () => assert.throws(() => read(Buffer.from(bytes)), GitFault))
}

test('a payload that is longer than a line can hold is an error of ours', () => {
  assert.equal(pktLine(Buffer.alloc(65_516)).toString('latin1', 0, 4), 'fff0')
  assert.throws(() => pktLine(Buffer.alloc(65_517)), RangeError)
})

test('a line loses its end of line, and ERR throws what the server said', () => {
  assert.equal(textOf(Buffer.from('version 2\n')), 'version 2')
  assert.throws(() => textOf(Buffer.from('ERR access denied\n')), { kind: 'said', message: 'access denied' })
})

test('side bands part what is sent from what is said', () => {
  const band = (number: number, text: string) => Buffer.concat([Buffer.from([number]), Buffer.from(text)])
  const lines = [band(1, 'PA'), band(2, 'counting\n'), band(1, 'CK'), 'flush' as const]
  const { payload, words } = readSideBands(lines)
  assert.deepEqual([payload.toString(), words], ['PACK', 'counting\n'])
  assert.throws(() => readSideBands([band(3, 'out of memory')]), { kind: 'said', message: 'out of memory' })
  assert.throws(() => readSideBands([band(7, '')]), { kind: 'broke' })
})
