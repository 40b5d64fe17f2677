import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsKey, readValues, valuesEdit } from '../../../src/core/targets/helm-values.ts'
import { compare, goldenFolders, goldenTarget, goldenWish } from './golden.ts'

for (const folder of goldenFolders('helm-values'))
  test(`${folder.name}: ${folder.golden.about}`, () => {
    const { golden } = folder
    const place = {
      path: 'web/values.yaml',
      target: goldenTarget(golden, 'helm'),
      createKeys: golden.createKeys ?? false,
    }
    compare('helm-values', folder, {
      edit: valuesEdit(place, goldenWish(golden)),
      state: (files) => readValues(place, files),
    })
  })

test('a file holds a key where a text stands at it, and not where it is missing or can’t be read', () => {
  assert.ok(holdsKey('a: {b: 1}\n', ['x', 'a.b']))
  assert.ok(!holdsKey('a: {b: {c: 1}}\n', ['a.b']))
  assert.ok(!holdsKey('a: {b: 1\n', ['a.b']))
})
