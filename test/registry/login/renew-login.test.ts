import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Credentials, Login } from '../../../src/registry/login/credentials.ts'
import { basic403, basicOf } from '../../servers/registry-dialects/basic.ts'
import { ghcr } from '../../servers/registry-dialects/ghcr.ts'
import type { Dialect } from '../../servers/registry-dialects/server.ts'
import { stocked } from '../../servers/registry-dialects/stock.ts'
import { withTokens } from '../../servers/registry-dialects/tokens.ts'
import { accessTo, openScans, useDialect } from '../fixture.ts'

const images = Object.fromEntries(['a', 'b', 'c', 'd'].map((tag, day) => [tag, `2026-01-0${day + 1}T00:00:00Z`]))
const login = (name: string): Login => ({ username: 'AWS', password: name })

async function open(t: TestContext, dialect: Dialect, more: { given: string | undefined }) {
  const server = await useDialect(t, dialect)
  const { scans, clock } = openScans(t)
  const refused: Credentials[] = []
  const newLogin = async (one: Credentials) => (
    refused.push(one),
    more.given === undefined ? undefined : login(more.given)
  )
  const access = accessTo(server.host, { credentials: login('first'), credentialId: 'identity', newLogin })
  const ask = () => scans.metadata(access, Object.keys(images), { notBefore: clock.now() })
  return { server, refused, ask, tags: () => scans.tags(access, { notBefore: clock.now() }) }
}

test('a login that ends while a scan is under way is replaced, and the scan goes on', async (t) => {
  let right = 'first'
  const { server, ask, tags, refused } = await open(
    t,
    basic403(() => basicOf(login(right)), stocked({ images })),
    { given: 'second' },
  )
  assert.equal((await tags()).tags.length, 4)
  assert.deepEqual(refused, [])
  right = 'second'
  assert.equal((await ask()).size, 4)
  assert.deepEqual(new Set(refused), new Set([login('first')]))
  assert.ok(server.requests.length > 8)
})

test('a token server that refuses the old login is shown the new one', async (t) => {
  const tokens = withTokens(
    {
      ...ghcr('shop/web'),
      challenge: () => 'Bearer realm="/token",service="ghcr.io"',
      authorization: basicOf(login('second')),
    },
    stocked({ images }),
  )
  const { tags, refused } = await open(t, tokens.dialect, { given: 'second' })
  assert.equal((await tags()).tags.length, 4)
  assert.deepEqual(refused, [login('first')])
})

for (const given of ['third', undefined])
  test(`once: ${given === undefined ? 'where there is no other' : 'another that is refused too'} the refusal is told`, async (t) => {
    const { server, tags, refused } = await open(
      t,
      basic403(() => basicOf(login('second')), stocked({ images })),
      { given },
    )
    await assert.rejects(tags(), { reason: 'RegistryAuthFailed' })
    assert.equal(refused.length, 1)
    const shown = server.requests.flatMap(({ authorization }) => authorization ?? [])
    assert.deepEqual(
      shown,
      ['first', ...(given === undefined ? [] : [given])].map((name) => basicOf(login(name))),
    )
  })
