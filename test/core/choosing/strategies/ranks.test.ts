import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Choice } from '../../../../src/core/choosing/candidate.ts'
import { needsOf, ranks } from '../../../../src/core/choosing/strategies/index.ts'
import { isDateLike } from '../../../../src/core/choosing/strategies/semver.ts'
import { policy, type Choosing } from '../choosing.ts'

const one = 'sha256:1'
const two = 'sha256:2'

/** -1: `a` is below `b`. */
const rows: readonly (readonly [choosing: Choosing, a: Choice, b: Choice, rank: -1 | 0 | 1 | undefined])[] = [
  [{}, { tag: '1.9.0' }, { tag: '1.10.0' }, -1],
  [{ version: '^2' }, { tag: '1.9.0' }, { tag: '1.10.0' }, -1],
  [{ ignoreTags: ['*'] }, { tag: '2' }, { tag: '1' }, 1],
  [{}, { tag: '1.0.0-rc.1' }, { tag: '1.0.0' }, -1],
  [{}, { tag: '1.0.0' }, { tag: '1.0.0' }, 0],
  [{}, { tag: '1.0.0' }, { tag: 'v1.0.0' }, -1],
  [{}, { tag: '1.0.0', digest: one }, { tag: '1.0.1', digest: one }, -1],
  [{}, { tag: 'main' }, { tag: '1.0.0' }, undefined],
  [{}, { tag: '1.0.0' }, { tag: '' }, undefined],
  [{ extract: '-v(.*)$' }, { tag: '9-v1.2' }, { tag: '8-v1.10' }, -1],
  [{ extract: '-v(.*)$' }, { tag: '9-v1.2' }, { tag: '1.10' }, undefined],
  [{ strategy: 'name' }, { tag: 'v9' }, { tag: 'v10' }, 1],
  [{ strategy: 'name', extract: '^v(.)' }, { tag: 'x' }, { tag: 'v10' }, undefined],
  [{ strategy: 'name', extract: '^v(.)' }, { tag: 'v1a' }, { tag: 'v1b' }, -1],
  [{ strategy: 'numerical' }, { tag: '9' }, { tag: '10' }, -1],
  [{ strategy: 'numerical' }, { tag: '7' }, { tag: '07' }, 1],
  [{ strategy: 'numerical' }, { tag: 'x' }, { tag: '07' }, undefined],
  [{ strategy: 'latest' }, { tag: 'b', createdAt: 1 }, { tag: 'a', createdAt: 2 }, -1],
  [{ strategy: 'latest' }, { tag: 'b', createdAt: 1 }, { tag: 'a', createdAt: 1 }, 1],
  [{ strategy: 'latest' }, { tag: 'b', createdAt: 1 }, { tag: 'a' }, undefined],
  [{ strategy: 'latest' }, { tag: 'b', createdAt: NaN }, { tag: 'a', createdAt: 1 }, undefined],
  [{ strategy: 'latest' }, { tag: 'b', digest: one }, { tag: 'a', digest: one }, 0],
  [{ strategy: 'latest' }, { tag: 'b', digest: one, createdAt: 2 }, { tag: 'a', digest: two, createdAt: 1 }, 1],
  [{ strategy: 'latest' }, { tag: 'b', digest: '' }, { tag: 'a', digest: '' }, undefined],
  [{ strategy: 'latest', extract: '(\\d)' }, { tag: 'b', createdAt: 1 }, { tag: 'a', createdAt: 2 }, -1],
  [{ strategy: 'digest', tag: 'main' }, { tag: 'main', digest: one }, { tag: 'main', digest: two }, undefined],
]

for (const [choosing, a, b, rank] of rows) {
  test(`${JSON.stringify(choosing)}: ${JSON.stringify(a)} against ${JSON.stringify(b)} is ${rank}`, () => {
    const spec = policy(choosing)
    const sign = (value: number | undefined) => (value === undefined ? undefined : Math.sign(value) + 0)
    assert.equal(sign(ranks(spec, a, b)), rank)
    assert.equal(sign(ranks(spec, b, a)), rank === undefined ? undefined : 0 - rank)
  })
}

test('a strategy asks the registry for no more than it needs', () => {
  const strategies = ['semver', 'latest', 'name', 'numerical'] as const
  const needs = strategies.map((strategy) => needsOf(policy({ strategy }).strategy))
  assert.deepEqual(needs, ['tags', 'createdAt', 'tags', 'tags'])
  assert.equal(needsOf(policy({ strategy: 'digest', tag: 'main' }).strategy), 'digest')
})

const dates: readonly (readonly [tag: string, isDateLike: boolean])[] = [
  ['20240501', true],
  ['v20240501.1', true],
  ['10000000', true],
  ['9999999', false],
  ['2024.05.01', false],
  ['1.20240501', false],
  ['20240501120000', true],
  ['18446744073709551615', true],
  ['main', false],
]

for (const [tag, expected] of dates) {
  test(`${tag} ${expected ? 'looks' : 'does not look'} like a date`, () => {
    assert.equal(isDateLike(tag, policy({}).filters), expected)
  })
}

test('what extract takes tells whether a tag looks like a date', () => {
  const { filters } = policy({ extract: '^[a-z]+-(.*)$' })
  assert.equal(isDateLike('build-20240501', filters), true)
  assert.equal(isDateLike('20240501', filters), false)
})
