import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeLabel, createHostLabels } from '../src/metric-labels.ts'

test('the first hosts have their names, for good; all others are one', () => {
  const hostLabel = createHostLabels(2)
  assert.deepEqual(['a', 'b', 'c', 'a', 'd', 'b'].map(hostLabel), ['a', 'b', 'other', 'a', 'other', 'b'])
})

test('what no status is has no label of its own', () => {
  assert.deepEqual(([200, 401, 503, 522, 'error', 299, 599, 999, 0] as const).map(codeLabel), [
    '200',
    '401',
    '503',
    '522',
    'error',
    'other',
    'other',
    'other',
    'other',
  ])
})
