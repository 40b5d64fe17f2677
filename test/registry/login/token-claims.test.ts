import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenClaims } from '../../../src/registry/login/token-claims.ts'

const jwt = (body: string): string => `e30.${Buffer.from(body).toString('base64url')}.c2ln`

test('what a JSON Web Token says of itself', () => {
  assert.deepEqual(tokenClaims(jwt('{"sub":"","exp":7}')), { sub: '', exp: 7 })
})

for (const token of ['', 'opaque', 'a.b', 'a.!.c', jwt('null'), jwt('{')])
  test(`${JSON.stringify(token)} says nothing`, () => assert.deepEqual(Object.keys(tokenClaims(token)), []))
