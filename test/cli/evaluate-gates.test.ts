import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { EvaluationReport } from '../../src/cli/verdict.ts'
import { folder, invoke, policyText } from './invoke.ts'

const files = folder('evaluate-gates')
after(() => files.remove())

interface Row {
  readonly name: string
  readonly spec: Partial<ImageUpdatePolicySpec>
  readonly tags: string
  readonly args: readonly string[]
  readonly expected: Partial<EvaluationReport>
}

const image = (tag: string) => ({ tag, digest: null })
const digest = `sha256:${'a'.repeat(64)}`
const json = (...objects: readonly object[]) => objects.map((each) => JSON.stringify(each)).join('\n')
const aged = { constraints: { version: '^1', minAge: '24h' } }
const noon = ['--now', '2025-01-03T12:00:00Z']
const shopHistory = json(
  { tag: '1.4.2' },
  { tag: '1.5.0', firstSeen: '2025-01-02T12:00:00Z' },
  { tag: '1.6.0', firstSeen: '2025-01-03T00:00:00Z' },
)

const rows: readonly Row[] = [
  {
    name: 'a young tag waits, and the newest that is old enough would be written',
    spec: aged,
    tags: shopHistory,
    args: ['--current', '1.4.2', ...noon],
    expected: {
      kind: 'update',
      chosen: image('1.5.0'),
      evaluation: { tags: 3, candidates: 2, rejected: [{ reason: 'TooYoung', count: 1, examples: ['1.6.0'] }] },
      tags: [
        {
          tag: '1.6.0',
          reason: 'TooYoung',
          message: 'has been known for less than minAge: it may be chosen from 2025-01-04T00:00:00Z on',
        },
      ],
      pending: { tag: '1.6.0', heldBy: [{ gate: 'MinAge', until: '2025-01-04T00:00:00Z' }] },
    },
  },
  {
    name: 'a young tag waits above what is there',
    spec: aged,
    tags: shopHistory,
    args: ['--current', '1.5.0', ...noon],
    expected: {
      kind: 'upToDate',
      chosen: image('1.5.0'),
      pending: { tag: '1.6.0', heldBy: [{ gate: 'MinAge', until: '2025-01-04T00:00:00Z' }] },
    },
  },
  {
    name: 'nothing is old enough',
    spec: aged,
    tags: json({ tag: '1.6.0', firstSeen: '2025-01-03T00:00:00Z' }),
    args: noon,
    expected: {
      kind: 'held',
      chosen: null,
      pending: { tag: '1.6.0', heldBy: [{ gate: 'MinAge', until: '2025-01-04T00:00:00Z' }] },
    },
  },
  {
    name: 'what lacks a platform waits; of which nothing is told is not judged by it',
    spec: { constraints: { version: '<3', platforms: ['linux/amd64', 'linux/arm64/v8'] } },
    tags: json(
      { tag: '2.0.0', platforms: ['linux/amd64'], digest },
      { tag: '1.5.0', platforms: ['linux/amd64', 'linux/arm64'] },
      { tag: '3.0.0' },
    ),
    args: ['--current', '1.4.2'],
    expected: {
      kind: 'update',
      chosen: image('1.5.0'),
      pending: { tag: '2.0.0', digest, heldBy: [{ gate: 'Platforms' }] },
    },
  },
  {
    name: 'a choice below what is there is held beside a tag that waits',
    spec: { constraints: { platforms: ['linux/arm64'] } },
    tags: json({ tag: '2.0.0', platforms: [] }, { tag: '1.4.0', platforms: ['linux/arm64'] }),
    args: ['--current', '1.5.0'],
    expected: {
      kind: 'held',
      chosen: null,
      pending: { tag: '2.0.0', heldBy: [{ gate: 'Platforms' }, { gate: 'Downgrade' }] },
    },
  },
]

describe('evaluate --tags says what waits', () => {
  for (const { name, spec, tags, args, expected } of rows)
    test(name, async () => {
      const call = ['-f', await files.write('policy.json', policyText(spec)), '--tags', await files.write('tags', tags)]
      const { status, out, err } = await invoke(['evaluate', ...call, '-o', 'json', ...args])
      assert.deepEqual([status, err], [0, ''])
      const report = JSON.parse(out) as EvaluationReport
      assert.deepEqual({ ...report, ...expected }, report)
    })

  test('and the table tells it in a sentence', async () => {
    const call = [
      '-f',
      await files.write('policy.json', policyText(aged)),
      '--tags',
      await files.write('tags', shopHistory),
    ]
    const { out } = await invoke(['evaluate', ...call, '--current', '1.5.0', ...noon])
    assert.match(
      out,
      /^1\.5\.0 is what is there; 1\.6\.0 has been known for less than minAge: it may be chosen from 2025-01-04/,
    )
    assert.match(out, /^1\.6\.0 +TooYoung /m)
  })
})
