import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flush, pktLine } from '../../../src/git/wire/pkt-line.ts'
import { readPushReport } from '../../../src/git/wire/push-report.ts'

/** A report that a push was refused, beside what the hooks print. */
function refused(complaint: string, hooks: string): Buffer {
  const band = (number: number, bytes: Buffer) => pktLine(Buffer.concat([Buffer.from([number]), bytes]))
  const bare = Buffer.concat([pktLine('unpack ok\n'), pktLine(`ng refs/heads/main ${complaint}\n`), flush])
  const pieces = Array.from({ length: Math.ceil(hooks.length / 60_000) }, (_, nth) =>
    band(2, Buffer.from(hooks.slice(nth * 60_000, (nth + 1) * 60_000))),
  )
  return Buffer.concat([...pieces, band(1, bare), flush])
}

for (const [name, hooks] of [
  ['empty lines', '\n'.repeat(900_000)],
  ['locks', '.lock'.repeat(180_000)],
] as const)
  test(`a hook that prints a megabyte of ${name} holds nobody up`, () => {
    const begun = performance.now()
    const report = readPushReport(refused('pre-receive hook declined', `remote: no\n${hooks}`))
    assert.ok(performance.now() - begun < 1_000)
    assert.ok(report.kind === 'refused' && report.words.startsWith('pre-receive hook declined: no'))
  })
