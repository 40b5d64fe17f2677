import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Credentials } from '../../../src/registry/login/credentials.ts'
import { createSeenRealms, type SeenRealms } from '../../../src/registry/login/seen-realms.ts'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import { withTokens } from '../../servers/registry-dialects/tokens.ts'
import { ghcr } from '../../servers/registry-dialects/ghcr.ts'
import { stocked } from '../../servers/registry-dialects/stock.ts'
import { accessTo, openScans, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'very-secret-canary' }
const images = { '1.0': '2026-01-01T00:00:00Z' }

/** It is named, and gives a token. */
function meet(realms: SeenRealms, access: RepositoryAccess, realm: string): void {
  realms.check(access, new URL(realm))
  realms.keep(access, new URL(realm))
}

const rows: readonly (readonly [name: string, realms: readonly string[], refused: boolean])[] = [
  ['the same', ['https://auth.r.io/token', 'https://auth.r.io/v2/token?a=b'], false],
  ['another host', ['https://auth.r.io/token', 'https://auth.r.io.evil.example/token'], true],
  ['another port', ['https://auth.r.io/token', 'https://auth.r.io:8443/token'], true],
  ["the registry's own", ['https://auth.r.io/token', 'https://r.io/token'], false],
  ["another host after the registry's own", ['https://r.io/token', 'https://auth.r.io/token'], true],
]
for (const [name, realms, refused] of rows)
  test(`a registry that names ${name} for its token server`, () => {
    const realmsSeen = createSeenRealms(() => 0)
    const shows = (credentials?: Credentials) => () => {
      for (const realm of realms) meet(realmsSeen, accessTo('r.io', { insecure: false, credentials }), realm)
    }
    if (refused) assert.throws(shows(ann), { reason: 'RegistryProtocolError' })
    else shows(ann)()
    shows()()
    shows({ registryToken: 'canary' })()
  })

test('each repository and credential has its own, and none of another', () => {
  const realmsSeen = createSeenRealms(() => 0)
  for (const [index, more] of [{}, { repository: 'other' }, { credentialId: 'other' }].entries())
    meet(realmsSeen, accessTo('r.io', { credentials: ann, ...more }), `https://auth${index}.r.io/token`)
})

const hour = 3_600_000
const auth = 'https://auth.r.io/token'
const moved = 'https://login.r.io/token'
const days: readonly (readonly [
  name: string,
  named: readonly (readonly [at: number, realm: string, ok: boolean])[],
])[] = [
  [
    'for a day',
    [
      [0, auth, true],
      [5, moved, false],
      [28.9, moved, false],
      [29, moved, true],
      [30, moved, true],
      [31, auth, false],
    ],
  ],
  [
    'again after it named the first',
    [
      [0, auth, true],
      [1, moved, false],
      [20, auth, true],
      [26, moved, false],
      [49, moved, false],
      [50, moved, true],
    ],
  ],
  [
    'again after it named its own',
    [
      [0, auth, true],
      [1, moved, false],
      [20, 'https://r.io/', true],
      [26, moved, false],
    ],
  ],
  [
    'for a day, of which a clock that was put back told an hour twice',
    [
      [0, auth, true],
      [5, moved, false],
      [4, moved, false],
      [27.9, moved, false],
      [28, moved, true],
    ],
  ],
  [
    'and then a third',
    [
      [0, auth, true],
      [1, moved, false],
      [24, 'https://third.r.io/', false],
      [26, moved, false],
    ],
  ],
]
for (const [name, named] of days)
  test(`a registry that names another token server ${name}`, () => {
    let time = 0
    const realms = createSeenRealms(() => time)
    const access = accessTo('r.io', { insecure: false, credentials: ann })
    const believed = named.map(([at, realm]) => {
      time = at * hour
      try {
        meet(realms, access, realm)
        return true
      } catch {
        return false
      }
    })
    assert.deepEqual(
      believed,
      named.map(([, , ok]) => ok),
    )
  })

test('a registry that has moved its token server for good is believed after a day of interest in it', async (t) => {
  const other = await useDialect(t, () => ({ body: { token: 'other' } }))
  let isMoved = false
  const inner = stocked({ images })
  const server = await useDialect(t, (request, self) => {
    if (request.path === '/token') return { body: { token: 'own' } }
    if (request.authorization === `Bearer ${isMoved ? 'other' : 'own'}`) return inner(request, self)
    const realm = isMoved ? `${other.url}/token` : `${self.url}/token`
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } }
  })
  const { scans, clock } = openScans(t)
  const tags = async () =>
    (await scans.tags(accessTo(server.host, { credentials: ann }), { notBefore: clock.now() })).tags
  assert.deepEqual(await tags(), ['1.0'])
  isMoved = true
  for (let passed = 0; passed < 24; passed += 1) {
    clock.advance(hour)
    await assert.rejects(tags(), { reason: 'RegistryProtocolError' })
  }
  assert.deepEqual(other.requests, [])
  clock.advance(hour)
  assert.deepEqual(await tags(), ['1.0'])
})

test('a registry that names another token server one day gets no credentials sent there, and goes on when it names the first again', async (t) => {
  const thief = await useDialect(t, () => ({ body: { token: 'stolen' } }))
  let realm = '/token'
  const tokens = withTokens(
    { ...ghcr('shop/web'), challenge: (url) => `Bearer realm="${new URL(realm, url).href}",service="ghcr.io"` },
    stocked({ images }),
  )
  const server = await useDialect(t, tokens.dialect)
  const { scans, clock } = openScans(t)
  const tags = async () =>
    (await scans.tags(accessTo(server.host, { credentials: ann }), { notBefore: clock.now() })).tags
  assert.deepEqual(await tags(), ['1.0'])
  realm = `${thief.url}/token`
  tokens.takeBackTokens()
  clock.advance(30_000)
  await assert.rejects(tags(), {
    reason: 'RegistryProtocolError',
    message: `${server.host} names another token server (${thief.host}) than before (${server.host}); no credentials are sent there until it has done so for a day. If that is right and can't wait, renew the credentials or restart the operator`,
  })
  assert.deepEqual(thief.requests, [])
  realm = '/token'
  clock.advance(30_000)
  assert.deepEqual(await tags(), ['1.0'])
})

const mistakes: readonly (readonly [realm: string, reason: string])[] = [
  ['data:,token', 'RegistryProtocolError'],
  ['http://169.254.169.254/token', 'HostNotAllowed'],
  ['http://harbor-core.example.com/token', 'HostNotAllowed'],
]
for (const [realm, reason] of mistakes)
  test(`a registry that named ${realm} by mistake, where nothing was sent, is let in at once when that is mended`, async (t) => {
    const other = await useDialect(t, () => ({ body: { token: 'other' } }))
    let named = realm
    const inner = stocked({ images })
    const server = await useDialect(t, (request, self) =>
      request.authorization === 'Bearer other'
        ? inner(request, self)
        : { status: 401, headers: { 'www-authenticate': `Bearer realm="${named}"` } },
    )
    const { scans, clock } = openScans(t)
    const tags = async () =>
      (await scans.tags(accessTo(server.host, { credentials: ann }), { notBefore: clock.now() })).tags
    await assert.rejects(tags(), { reason })
    named = `${other.url}/token`
    clock.advance(30_000)
    assert.deepEqual(await tags(), ['1.0'])
  })
