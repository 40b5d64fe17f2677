import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concernsKey, readValues, valuesEdit } from '../../../src/core/targets/helm-values.ts'
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

test('a file concerns a key where something stands at it or in its way, and where it can’t be read', () => {
  assert.ok(concernsKey('a: {b: 1}\n', ['x', 'a.b']))
  assert.ok(concernsKey('a: text\n', ['a.b']))
  assert.ok(concernsKey('a: {b: 1\n', ['a.b']))
  assert.ok(!concernsKey('a: {c: 1}\nb: 1\n', ['a.b', 'x']))
})
