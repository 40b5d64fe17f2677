import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFixedTips, type Fixed } from '../../../src/git/lanes/fixed-tips.ts'

const oneHour = 3_600_000
const rows: readonly [name: string, fixed: Fixed, at: { tip?: string; after?: number }, known: Fixed | undefined][] = [
  ['what a server has said', 'surely', {}, 'surely'],
  ['what it has said, for good', 'surely', { after: 1_000 * oneHour }, 'surely'],
  ['not where the branch is elsewhere by now', 'surely', { tip: 'b' }, undefined],
  ['what a hook may have meant', 'probably', { after: oneHour - 1_000 }, 'probably'],
  ['not after an hour', 'probably', { after: oneHour + 1_000 }, undefined],
]
for (const [name, fixed, { tip = 'a', after = 0 }, known] of rows)
  test(`remembers ${name}`, () => {
    let now = 1_000
    const tips = createFixedTips(() => now)
    tips.note('updates', 'a', fixed)
    now += after / 2
    // Seen again, but not shown again.
    tips.note('updates', 'a', fixed)
    now += after / 2
    assert.equal(tips.at('updates', tip), known)
    assert.equal(tips.at('another', tip), undefined)
  })

test('a doubt does not begin anew with each commit that was put on top because of it', () => {
  let now = 1_000
  const tips = createFixedTips(() => now)
  tips.note('updates', 'a', 'probably')
  now += 0.7 * oneHour
  tips.note('updates', 'b', 'probably')
  assert.equal(tips.at('updates', 'b'), 'probably')
  now += 0.7 * oneHour
  assert.equal(tips.at('updates', 'b'), undefined)
  tips.note('updates', 'c', 'probably')
  now += 0.7 * oneHour
  assert.equal(tips.at('updates', 'c'), 'probably', 'a new one does')
})
