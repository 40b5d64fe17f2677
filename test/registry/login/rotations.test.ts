import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import { eachAtOnce } from '../../../src/registry/at-once.ts'
import { basicOf } from '../../servers/registry-dialects/basic.ts'
import type { Dialect, DialectAnswer, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { accessTo, openScans, useDialect } from '../fixture.ts'

type Opens = (authorization: string | undefined) => boolean

const names = Array.from({ length: 60 }, (_, index) => `shop/app-${index}`)
const login = (password: string) => ({ username: 'robot', password })
const tags: DialectAnswer = { body: { tags: ['1.0'] } }
const asks = (challenge: string): DialectAnswer => ({ status: 401, headers: { 'www-authenticate': challenge } })

/** Two ways in which a registry looks at a password. */
const kinds: readonly (readonly [name: string, speak: (opens: Opens) => Dialect])[] = [
  ['Basic', (opens) => (request) => (opens(request.authorization) ? tags : asks('Basic realm="r"'))],
  [
    'tokens',
    (opens) => (request, server) => {
      if (request.path === '/token')
        return opens(request.authorization) ? { body: { token: 'given', expires_in: 60 } } : { status: 401 }
      return request.authorization === 'Bearer given' ? tags : asks(`Bearer realm="${server.url}/token"`)
    },
  ],
]

/** An operator that has looked at all repositories by a password, `old`; some time passes after each look. */
async function open(t: TestContext, speak: (opens: Opens) => Dialect) {
  let right: readonly string[] = ['old']
  const opens: Opens = (authorization) => right.some((password) => authorization === basicOf(login(password)))
  const server = await useDialect(t, speak(opens))
  const { scans, clock } = openScans(t)
  const look = async (password: string, seconds = 60): Promise<number> => {
    let refused = 0
    // A few at a time, as runs are spread over an interval.
    await eachAtOnce(names, 2, async (repository) => {
      const access = accessTo(server.host, { repository, credentials: login(password) })
      await scans.tags(access, { notBefore: clock.now() }).catch((error: unknown) => {
        assert.ok(error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
        refused += 1
      })
    })
    clock.advance(seconds * 1000)
    return refused
  }
  const shown = (password: string): number => {
    const isIt = ({ authorization }: DialectRequest): boolean => authorization === basicOf(login(password))
    return server.requests.splice(0).filter(isIt).length
  }
  assert.equal(await look('old'), 0)
  shown('old')
  return { look, shown, admit: (...passwords: readonly string[]) => void (right = passwords) }
}

for (const [name, speak] of kinds)
  test(`${name}: some that refuse a right password, and ask first each time, don't keep it from the others`, async (t) => {
    let closes = false
    const { look, admit } = await open(t, (opens) => {
      const inner = speak(opens)
      const closed = speak(() => false)
      return (request, server) =>
        (closes && /app-[0-4]\b/.test(`${request.path}${request.query}`) ? closed : inner)(request, server)
    })
    closes = true
    admit('new')
    let refused = 60
    for (let looks = 0; refused > 5; looks += 1) {
      assert.ok(looks < 10, `${refused} are refused`)
      refused = await look('new', 60)
    }
  })

for (const [name, speak] of kinds) {
  test(`${name}: a password that the registry takes no more is shown three or four times; the next one opens everything at its first look`, async (t) => {
    const { look, shown, admit } = await open(t, speak)
    admit('new')
    assert.equal(await look('old', 10), 60)
    const often = shown('old')
    assert.ok(often === 3 || often === 4, `${often}`)
    assert.equal(await look('new'), 0)
    assert.equal(shown('old'), 0)
    assert.equal(await look('new'), 0)
  })

  test(`${name}: nothing fails when the next password is taken before the last one ends`, async (t) => {
    const { look, shown, admit } = await open(t, speak)
    admit('old', 'new')
    assert.equal(await look('old'), 0)
    assert.equal(await look('new'), 0)
    admit('new')
    shown('old')
    assert.equal(await look('new'), 0)
    assert.equal(shown('old'), 0)
  })

  test(`${name}: a password that the registry does not know yet is shown three times, and after its rest opens everything, what refused it last`, async (t) => {
    const { look, shown, admit } = await open(t, speak)
    assert.equal(await look('new', 20), 60)
    assert.equal(shown('new'), 3)
    admit('new')
    assert.equal(await look('new', 10), 60)
    assert.equal(shown('new'), 0)
    assert.equal(await look('new'), 3)
    assert.equal(await look('new'), 0)
  })

  test(`${name}: who goes back to the password before is let in at once`, async (t) => {
    const { look, admit } = await open(t, speak)
    assert.equal(await look('new', 10), 60)
    assert.equal(await look('old'), 0)
    admit('new')
    assert.equal(await look('old', 10), 60)
    assert.equal(await look('new', 10), 0)
  })
}
