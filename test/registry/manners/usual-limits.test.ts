import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usualLimits } from '../../../src/registry/manners/usual-limits.ts'

const usual = usualLimits('registry.example.com')

const rows: readonly (readonly [host: string, perSecond: number])[] = [
  ['registry-1.docker.io', 15],
  ['hub.docker.com', 5],
  ['quay.io', 5],
  ['shop.azurecr.io', 15],
  ['azurecr.io', usual.perSecond],
  ['shop.azurecr.io.example.com', usual.perSecond],
  ['quay.io.example.com', usual.perSecond],
  ['my-quay.io', usual.perSecond],
  ['quay.io:8443', usual.perSecond],
  ['127.0.0.1:5000', usual.perSecond],
  ['constructor', usual.perSecond],
]

for (const [host, perSecond] of rows)
  test(`${host} is asked ${perSecond} times a second at most`, () =>
    assert.equal(usualLimits(host).perSecond, perSecond))

test('a hundred repositories go out at once, and a thousand with an empty last page each within a minute', () => {
  const { burst, perSecond } = usual
  assert.ok(burst >= 100)
  assert.ok((2000 - burst) / perSecond < 55)
})
