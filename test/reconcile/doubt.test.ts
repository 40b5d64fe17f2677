import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doubtAbout } from '../../src/reconcile/doubt.ts'
import type { Scanned } from '../../src/reconcile/scan-image.ts'
import { scan } from '../core/choosing/choosing.ts'
import { now, runOf, runtimeMemory } from './build-run.ts'

const minute = 60_000
const tags = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `1.0.${index}`)

function scanned(count: number, question = 'web'): Scanned {
  return { question, scan: scan(tags(count)) } as Scanned
}

/** What each of several looks, `[minutes, tags]` apart, is doubted for; `before`: tags that the status of a former process tells. */
function doubts(looks: readonly (readonly [minutes: number, tags: number])[], before?: number): readonly boolean[] {
  const runtime = runtimeMemory()
  const status = before === undefined ? {} : { evaluation: { tags: before, candidates: 1 } }
  return looks.map(([minutes, count]) => {
    const at = now + minutes * minute
    return doubtAbout(runOf({ runtime, status, at }), scanned(count), () => at) !== undefined
  })
}

const rows: readonly (readonly [
  name: string,
  looks: readonly (readonly [minutes: number, tags: number])[],
  doubted: readonly boolean[],
  before?: number,
])[] = [
  ['a first list is believed', [[0, 3]], [false]],
  [
    'half of a list is believed',
    [
      [0, 40],
      [5, 20],
    ],
    [false, false],
  ],
  [
    'less than half is not',
    [
      [0, 40],
      [5, 19],
    ],
    [false, true],
  ],
  [
    'nor is an empty one',
    [
      [0, 1],
      [5, 0],
    ],
    [false, true],
  ],
  [
    'the next scan agrees',
    [
      [0, 40],
      [5, 19],
      [10, 19],
      [15, 19],
    ],
    [false, true, false, false],
  ],
  [
    'it need not be the very same',
    [
      [0, 40],
      [5, 19],
      [10, 17],
      [15, 17],
    ],
    [false, true, false, false],
  ],
  [
    'it may be less than half of that again',
    [
      [0, 40],
      [5, 19],
      [10, 9],
      [15, 9],
    ],
    [false, true, true, false],
  ],
  [
    'the next scan has all of them again',
    [
      [0, 40],
      [5, 19],
      [10, 40],
      [15, 19],
    ],
    [false, true, false, true],
  ],
  [
    'the same scan, looked at again, agrees with nobody',
    [
      [0, 40],
      [5, 19],
      [5.5, 19],
      [6, 19],
      [7, 19],
    ],
    [false, true, true, true, false],
  ],
  [
    'the status remembers how many there were',
    [
      [0, 19],
      [5, 19],
    ],
    [true, false],
    40,
  ],
  [
    'a list that has grown is believed',
    [
      [0, 3],
      [5, 300],
    ],
    [false, false],
  ],
]
for (const [name, looks, doubted, before] of rows) test(name, () => assert.deepEqual(doubts(looks, before), doubted))

test('what the status tells of another spec does not count', () => {
  const run = runOf({ status: { writtenFor: 'other', evaluation: { tags: 40, candidates: 1 } } })
  assert.equal(
    doubtAbout(run, scanned(1), () => now),
    undefined,
  )
})

test('another repository is another matter', () => {
  const runtime = runtimeMemory()
  assert.equal(
    doubtAbout(runOf({ runtime }), scanned(40), () => now),
    undefined,
  )
  assert.equal(
    doubtAbout(runOf({ runtime }), scanned(1, 'api'), () => now),
    undefined,
  )
})

test('who asks to look at once has it confirmed at once', () => {
  const runtime = runtimeMemory()
  doubtAbout(runOf({ runtime }), scanned(40), () => now)
  assert.match(
    doubtAbout(runOf({ runtime, at: now + 1 }), scanned(1), () => now + 5) ?? '',
    /had 40 tags and has 1 now/,
  )
  const requested = runOf({ runtime, at: now + 10, changedAt: now + 10 })
  assert.equal(
    doubtAbout(requested, scanned(1), () => now + 11),
    undefined,
  )
})

test('a process that has just started believes what another one has doubted, if it sees the same', () => {
  const evaluation = { tags: 40, candidates: 1 }
  const doubted = { evaluation, pending: { heldBy: [{ gate: 'ScanSuspicious' as const }] } }
  assert.equal(
    doubtAbout(runOf({ status: doubted }), scanned(3), () => now),
    undefined,
  )
  const dateLike = { evaluation, pending: { tag: '20260101', heldBy: [{ gate: 'ScanSuspicious' as const }] } }
  assert.match(doubtAbout(runOf({ status: dateLike }), scanned(3), () => now) ?? '', /had 40 tags/)
})
