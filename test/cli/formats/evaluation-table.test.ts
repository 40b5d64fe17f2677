import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../../src/api/v1alpha1.ts'
import { folder, invoke, policyText } from '../invoke.ts'

const files = folder('evaluation-table')
after(() => files.remove())

const shop = ['1.4.2', '1.5.0', '2.0.0', 'main'].join('\n')
const ranged = { constraints: { version: '^1.2' } }

describe('evaluate as a table', () => {
  const table = async (spec: Partial<ImageUpdatePolicySpec>, tags: string, ...args: readonly string[]) => {
    const file = await files.write('policy.json', policyText(spec))
    const list = await files.write('tags', tags)
    return await invoke(['evaluate', '-f', file, '--tags', list, ...args])
  }

  test('has the chosen tag first, then the best of the others, then the counts', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `2.${index}.0`)
    const { status, out } = await table(ranged, [...many, shop].join('\n'), '--current', '1.4.2')
    assert.equal(status, 0)
    assert.deepEqual(out.split('\n'), [
      '1.5.0 would be written over 1.4.2',
      '',
      'NOT CHOSEN  REASON',
      ...[11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((minor) => `${`2.${minor}.0`.padEnd(10)}  OutOfRange  is outside ^1.2`),
      'and 3 more',
      '',
      'REASON       TAGS  SUCH AS',
      'NotAVersion  1     main',
      'OutOfRange   12    2.0.0, 2.1.0, 2.10.0',
      '',
      '15 tags, 2 candidates',
      '',
    ])
  })

  const headlines = [
    ['the choice is there', ranged, ['--current', '1.5.0'], /^1\.5\.0 is what is there$/m],
    [
      'it is held',
      ranged,
      ['--current', '2.0.0'],
      /^1\.5\.0 is the choice, and gate Downgrade holds it: 2\.0\.0 ranks above/m,
    ],
    ['nothing qualifies', { constraints: { version: '^3' } }, [], /^ghcr\.io\/acme\/web: no tag qualifies$/m],
    ['no version can be in the range', { constraints: { version: '>2 <1' } }, [], /^no version can be in >2 <1$/m],
  ] as const
  for (const [name, spec, args, line] of headlines)
    test(`says so when ${name}`, async () => {
      assert.match((await table(spec, shop, ...args)).out, line)
    })

  test('warns of a first choice that looks like a date', async () => {
    assert.match(
      (await table({}, '20240501')).out,
      /^20240501 would be written, but not .*ScanSuspicious.*constraints\.version/,
    )
  })

  test('shows nothing that moves a terminal, and says that such tags can not be', async () => {
    const { out, err } = await table(
      {},
      ['1.0.0', '\u001b[31mred', 'a\u202eb'].map((tag) => JSON.stringify({ tag })).join('\n'),
    )
    for (const hidden of ['\u001b', '\u202e']) assert.ok(!(out + err).includes(hidden))
    assert.match(out, /^\\u\{1b\}\[31mred {2}NotAVersion/m)
    assert.match(err, /can't be a tag of a registry, nor 1 more/)
  })

  test('does not put signatures first, though their names would', async () => {
    const spec: Partial<ImageUpdatePolicySpec> = { strategy: 'name', constraints: { allowTags: '^a' } }
    const { out } = await table(spec, ['a', 'b', 'z.sig'].join('\n'))
    assert.deepEqual(
      out
        .split('\n')
        .slice(3, 5)
        .map((line) => line.split(/ +/)[0]),
      ['b', 'z.sig'],
    )
  })
})
