import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpResponse } from '../../../src/registry/wire/exchange.ts'
import { createDemands, type Asked } from '../../../src/registry/login/demands.ts'
import { accessTo } from '../fixture.ts'

const ann = { username: 'ann', password: 'canary' }
const url = new URL('https://r.io/v2/shop/web/tags/list')
const asks = (challenge: string): HttpResponse => ({
  url,
  status: 401,
  headers: { 'www-authenticate': challenge },
  body: Buffer.from(''),
})
const tokens = asks('Bearer realm="https://auth.r.io/token",service="s"')
const basic = asks('Basic realm="harbor"')

function opened() {
  const demands = createDemands(() => 0)
  const at = (repository: string) => accessTo('r.io', { repository, insecure: false, credentials: ann })
  const learn = (repository: string, answer: HttpResponse, showed: Asked['showed'] = 'none') =>
    demands.learn(at(repository), answer, { url, showed })
  const kinds = (repository: string) => [demands.known(at(repository))?.kind, demands.ofOthers(at(repository))?.kind]
  const meet = (...all: readonly string[]) => {
    for (const repository of all) {
      learn(repository, tokens)
      demands.met(at(repository))
    }
  }
  return { demands, at, learn, kinds, meet }
}

test('what is demanded is known until it is forgotten, and news only once', () => {
  const { demands, at, learn, kinds } = opened()
  assert.equal(learn('a', tokens), true)
  assert.equal(learn('a', tokens), false)
  assert.deepEqual(
    [kinds('a'), kinds('b')],
    [
      ['bearer', undefined],
      [undefined, undefined],
    ],
  )
  assert.equal(learn('a', asks('Negotiate')), false)
  demands.forget(at('a'))
  assert.deepEqual(kinds('a'), [undefined, undefined])
})

test('Basic in answer to a token is no demand, also where nothing is known any more', () => {
  const { demands, at, learn, kinds } = opened()
  learn('a', tokens)
  assert.equal(learn('a', basic, 'bearer'), false)
  assert.equal(learn('a', basic), false)
  assert.deepEqual(kinds('a'), ['bearer', undefined])
  demands.forget(at('a'))
  assert.equal(learn('a', basic, 'bearer'), false)
  assert.equal(learn('a', basic), true)
})

test('what two repositories demanded and met holds for others, and is known of them once it is confirmed', () => {
  const { demands, at, kinds, meet } = opened()
  meet('a')
  assert.deepEqual(kinds('c'), [undefined, undefined])
  meet('b')
  assert.deepEqual(kinds('c'), [undefined, 'bearer'])
  const demand = demands.ofOthers(at('c'))
  assert.ok(demand !== undefined)
  demands.confirm(at('c'), demand)
  assert.deepEqual(kinds('c'), ['bearer', 'bearer'])
})

test('what was open to everybody is shown nothing of what others demanded, until it demands something', () => {
  const { demands, at, learn, kinds, meet } = opened()
  demands.opened(at('c'))
  meet('a', 'b')
  assert.deepEqual(kinds('c'), [undefined, undefined])
  learn('c', tokens)
  demands.forget(at('c'))
  assert.deepEqual(kinds('c'), [undefined, 'bearer'])
})

const thief = asks('Bearer realm="https://auth.r.io.evil.example/token",service="s"')

test('a token server that others named is not taken for one that named another before', () => {
  const { demands, at, learn, kinds, meet } = opened()
  learn('c', asks('Bearer realm="https://own.r.io/token",service="s"'))
  demands.served(at('c'), demands.known(at('c')))
  demands.forget(at('c'))
  meet('a', 'b')
  assert.deepEqual(
    [kinds('c'), kinds('d')],
    [
      [undefined, undefined],
      [undefined, 'bearer'],
    ],
  )
})

test('and once it was taken, another one is not believed', () => {
  const { demands, at, learn, meet } = opened()
  meet('a', 'b')
  const demand = demands.ofOthers(at('c'))
  assert.ok(demand !== undefined)
  demands.confirm(at('c'), demand)
  assert.throws(() => learn('c', thief, 'bearer'), { reason: 'RegistryProtocolError' })
  assert.equal(demands.known(at('c')), undefined)
})
