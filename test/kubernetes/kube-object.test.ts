import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isOlder, keyOf, parseKubeObject } from '../../src/kubernetes/kube-object.ts'

const orders: readonly [one: string, than: string, older: boolean][] = [
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  ['99999999999999999998', '99999999999999999999', true],
  ['', '10', false],
  ['abc', '10', false],
  ['10', 'abc', false],
]
for (const [one, than, older] of orders)
  test(`resourceVersion ${JSON.stringify(one)} is ${older ? '' : 'not '}older than ${JSON.stringify(than)}`, () =>
    assert.equal(isOlder(one, than), older))

test('resourceVersions are in the order of their numbers', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.bigInt({ min: 0n, max: 2n ** 64n }), (a, b) =>
      assert.equal(isOlder(String(a), String(b)), a < b),
    ),
  )
})

test('an item of a list of a built-in kind gets the kind of the list', () => {
  const item = { metadata: { name: 'a', namespace: 'n', resourceVersion: '1' }, data: {} }
  const object = parseKubeObject(item, { apiVersion: 'v1', kind: 'Secret' })
  assert.deepEqual([object?.apiVersion, object?.kind], ['v1', 'Secret'])
  assert.equal(object && keyOf(object), 'n/a')
  const own = parseKubeObject({ ...item, apiVersion: 'v2', kind: 'Own' }, { apiVersion: 'v1', kind: 'Secret' })
  assert.deepEqual([own?.apiVersion, own?.kind], ['v2', 'Own'])
})

test('what has no name or resourceVersion is no object', () => {
  for (const other of [undefined, 'x', {}, { metadata: { name: 'a' } }, { metadata: { resourceVersion: '1' } }])
    assert.equal(parseKubeObject(other), undefined)
})
