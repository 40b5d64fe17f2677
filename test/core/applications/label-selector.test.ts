import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelSelectorSpec } from '../../../src/api/v1alpha1.ts'
import { parseLabelSelector } from '../../../src/core/applications/label-selector.ts'

const tierIn: LabelSelectorSpec = { matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'edge'] }] }
const tierNotIn: LabelSelectorSpec = { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }
const hasTier: LabelSelectorSpec = { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }
const hasNoTier: LabelSelectorSpec = { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }

const rows: readonly [name: string, spec: LabelSelectorSpec, labels: Record<string, string>, matches: boolean][] = [
  ['a label that is equal matches', { matchLabels: { tier: 'front' } }, { tier: 'front', other: 'x' }, true],
  ['a label that differs does not', { matchLabels: { tier: 'front' } }, { tier: 'back' }, false],
  ['an absent label does not', { matchLabels: { tier: 'front' } }, {}, false],
  ['an empty value is a value', { matchLabels: { tier: '' } }, { tier: '' }, true],
  ['an empty value is not an absent label', { matchLabels: { tier: '' } }, {}, false],
  ['all labels must match', { matchLabels: { tier: 'front', zone: 'a' } }, { tier: 'front' }, false],
  ['In finds its values', tierIn, { tier: 'edge' }, true],
  ['In wants one of its values', tierIn, { tier: 'back' }, false],
  ['In wants the key', tierIn, {}, false],
  ['NotIn refuses its values', tierNotIn, { tier: 'front' }, false],
  ['NotIn takes other values', tierNotIn, { tier: 'back' }, true],
  ['NotIn takes an absent key', tierNotIn, {}, true],
  ['Exists takes any value', hasTier, { tier: '' }, true],
  ['Exists wants the key', hasTier, {}, false],
  ['DoesNotExist takes an absent key', hasNoTier, {}, true],
  ['DoesNotExist refuses any value', hasNoTier, { tier: '' }, false],
  ['labels and expressions must both match', { matchLabels: { zone: 'a' }, ...tierIn }, { tier: 'edge' }, false],
  [
    'names that every object inherits are no labels',
    { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] },
    {},
    false,
  ],
  [
    'a key may have a prefix',
    { matchLabels: { 'app.kubernetes.io/name': 'web' } },
    { 'app.kubernetes.io/name': 'web' },
    true,
  ],
]

for (const [name, spec, labels, matches] of rows) {
  test(name, () => {
    const selector = parseLabelSelector(spec)
    assert.ok(selector.ok)
    assert.equal(selector.value.matches(labels), matches)
  })
}

const faults: readonly [name: string, spec: LabelSelectorSpec, says: RegExp][] = [
  ['an empty selector', {}, /empty/],
  ['a selector with empty members', { matchLabels: {}, matchExpressions: [] }, /empty/],
  ['In without values', { matchExpressions: [{ key: 'tier', operator: 'In' }] }, /In of tier needs/],
  [
    'NotIn with an empty list',
    { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: [] }] },
    /NotIn of tier needs/,
  ],
  ['Exists with values', { matchExpressions: [{ key: 'tier', operator: 'Exists', values: ['a'] }] }, /takes no values/],
  [
    'DoesNotExist with values',
    { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist', values: ['a'] }] },
    /takes no values/,
  ],
  ['a key with a blank', { matchLabels: { 'a b': 'x' } }, /"a b" is no label key/],
  ['a key with two slashes', { matchLabels: { 'a/b/c': 'x' } }, /no label key/],
  ['a key with a prefix in capitals', { matchLabels: { 'Example.com/b': 'x' } }, /no label key/],
  ['a name of 64 characters', { matchLabels: { ['a'.repeat(64)]: 'x' } }, /no label key/],
  [
    'a value with a comma',
    { matchExpressions: [{ key: 'a', operator: 'In', values: ['x,y'] }] },
    /"x,y" is no label value/,
  ],
]

for (const [name, spec, says] of faults) {
  test(`${name} is a fault`, () => {
    const selector = parseLabelSelector(spec)
    assert.ok(!selector.ok)
    assert.match(selector.fault, says)
  })
}
