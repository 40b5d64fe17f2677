import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReconcileError } from '../../../src/errors.ts'
import { eachAtOnce } from '../../../src/registry/at-once.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { basicOf } from '../../servers/registry-dialects/basic.ts'
import type { Dialect, DialectAnswer, DialectRequest } from '../../servers/registry-dialects/server.ts'
import { accessTo, openHttp, useDialect } from '../fixture.ts'

const ann = { username: 'ann', password: 'right' }
const wrong = { ...ann, password: 'wrong' }
const list: DialectAnswer = { body: { tags: ['1.0'] } }
const names = ['a', 'b', 'c', 'd', 'e']
const tokenOf = (subject: string): string =>
  ['{}', JSON.stringify({ sub: subject }), 'signed'].map((part) => Buffer.from(part).toString('base64url')).join('.')

type Answer = (request: DialectRequest, server: { readonly url: string }) => DialectAnswer

const bearer: Answer = (_, { url }) => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${url}/token",service="s"` },
})
const demandsBasic: DialectAnswer = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
const basic: Answer = () => demandsBasic
const token =
  (subject: string): Answer =>
  () => ({ body: { token: tokenOf(subject), expires_in: 60 } })

/** Registries that are as they should be: open to whoever shows the right password, in either way. */
const sane: Readonly<Record<string, Dialect>> = {
  Basic: ({ authorization }) => (authorization === basicOf(ann) ? list : demandsBasic),
  tokens: (request, server) => {
    const isRight = request.authorization === basicOf(ann)
    if (request.path === '/token') return isRight ? token('ann')(request, server) : { status: 401 }
    return request.authorization === `Bearer ${tokenOf('ann')}` ? list : bearer(request, server)
  },
  'tokens as of Harbor': (request, server) => {
    const isRight = request.authorization === basicOf(ann)
    if (request.path === '/token') return token(isRight ? 'ann' : '')(request, server)
    if (isRight || request.authorization === `Bearer ${tokenOf('ann')}`) return list
    return request.authorization === undefined ? bearer(request, server) : basic(request, server)
  },
  nothing: () => list,
}

/** What a registry, or its token server, may say when it is not itself. */
const odd: readonly Answer[] = [
  bearer,
  basic,
  token('ann'),
  token(''),
  () => list,
  () => ({ status: 401 }),
  () => ({ status: 403 }),
  () => ({ status: 404 }),
  () => ({ status: 400, body: { error: 'invalid_grant' } }),
  () => ({ ...list, cut: 3 }),
  ({ path }) => ({ status: 301, headers: { location: path.replace('/v2/', '/v2/library/') } }),
  () => ({ status: 401, headers: { 'www-authenticate': 'Bearer realm="data:,token"' } }),
  () => ({ status: 401, headers: { 'www-authenticate': 'Negotiate' } }),
]

for (const [name, dialect] of Object.entries(sane))
  test(`whatever a registry with ${name} said before, everybody comes to an end, and once it is itself all are let in within half an hour`, async (t) => {
    const server = await useDialect(t, dialect)
    const answers = fc.array(fc.nat(odd.length - 1), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        answers,
        fc.array(fc.integer({ min: -3_600, max: 90 }), { maxLength: 4 }),
        async (all, waits) => {
          const { authorized, clock } = openHttp(t)
          let refused: ReconcileError | undefined
          const look = async (credentials: typeof ann): Promise<void> => {
            refused = undefined
            await eachAtOnce(names, 3, async (repository) => {
              await listTags(authorized, accessTo(server.host, { repository, credentials })).catch((error: unknown) => {
                assert.ok(error instanceof ReconcileError)
                refused = error
              })
            })
          }
          let next = 0
          server.speak((request, self) => odd[all[next++ % all.length] ?? 0]?.(request, self))
          for (const seconds of [0, ...waits]) {
            await Promise.all([look(ann), look(wrong)])
            clock.advance(seconds * 1000)
          }
          server.speak(dialect)
          for (let minutes = 0; minutes < 30; minutes += 1) {
            await look(ann)
            if (refused === undefined) return
            clock.advance(60_000)
          }
          assert.fail(refused)
        },
      ),
      { numRuns: 20 },
    )
  })
