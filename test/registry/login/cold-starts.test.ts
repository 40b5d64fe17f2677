import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import { eachAtOnce } from '../../../src/registry/at-once.ts'
import type { CountingProxy, Fault } from '../../servers/counting-proxy.ts'
import { pushImage } from '../../servers/image.ts'
import type { Registry, RegistryOptions } from '../../servers/registry.ts'
import { listTags } from '../../../src/registry/tag-list.ts'
import { accessTo, openHttp, openScans, useRegistry } from '../fixture.ts'

const ann = { username: 'ann', password: 'secret' }
const interval = 60_000

/** As the operator does it, for a host. */
const atOnce = 20

/** An operator that knows nothing yet, and many repositories of one registry with one login. */
async function open(t: TestContext, { count, ...options }: RegistryOptions & { readonly count: number }) {
  const registry = await useRegistry(t, { auth: ann, ...options })
  const names = Array.from({ length: count }, (_, index) => `shop/app-${index}`)
  const { scans, clock } = openScans(t)
  const look = async (password: string, all: readonly string[] = names): Promise<number> => {
    let refused = 0
    await eachAtOnce(all, atOnce, async (repository) => {
      const access = accessTo(registry.host, { repository, credentials: { ...ann, password } })
      await scans.tags(access, { notBefore: clock.now() }).catch((error: unknown) => {
        assert.ok(error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
        refused += 1
      })
    })
    return refused
  }
  return { registry, names, look, clock, push: () => pushAll(registry, names) }
}

/** Counts requests as they come: what is answered is recorded only some time after. */
function counted(...proxies: readonly (CountingProxy | undefined)[]) {
  let [all, shown] = [0, 0]
  for (const proxy of proxies)
    proxy?.fault(({ authorization }) => {
      all += 1
      if (authorization) shown += 1
      return undefined
    })
  const reset = (): void => {
    all = 0
    shown = 0
  }
  return { all: () => all, shown: () => shown, reset }
}

async function pushAll(registry: Registry, names: readonly string[]): Promise<void> {
  await eachAtOnce(names, 4, async (name) => void (await pushImage(registry, name, '1.0')))
}

const kinds: readonly (readonly [name: string, options: RegistryOptions])[] = [
  ['with htpasswd', {}],
  ['with a token server', { token: true }],
  ["with a token server like Harbor's", { token: true, lenient: true }],
]

for (const [name, options] of kinds)
  test(`a registry ${name}: a wrong password of a hundred repositories is shown three times, and then once in each rest`, async (t) => {
    const { registry, look, clock } = await open(t, { ...options, count: 100 })
    const passwords = counted(registry.tokenServer ?? registry)
    assert.equal(await look('wrong'), 100)
    assert.equal(passwords.shown(), 3)
    for (const rest of [30_000, 60_000, 120_000]) {
      clock.advance(rest)
      passwords.reset()
      assert.equal(await look('wrong'), 100)
      assert.equal(passwords.shown(), 1)
    }
  })

const many = 40
/** All that begin together ask what is demanded, and one or two before a second was let in; whoever comes later knows. */
const ask = atOnce + 5
const costs: readonly (readonly [name: string, options: RegistryOptions, most: number])[] = [
  ['with htpasswd', {}, many + ask],
  ['with a token server', { token: true }, 2 * many + ask],
  ["with a token server like Harbor's", { token: true, lenient: true }, 2 * many + ask],
]

for (const [name, options, most] of costs)
  test(`a registry ${name}: a start with the right password is at most ${most} requests for ${many} repositories, also right after a wrong one`, async (t) => {
    const { registry, look, push, clock } = await open(t, { ...options, count: many })
    await push()
    const requests = counted(registry, registry.tokenServer)
    assert.equal(await look('wrong'), many)
    requests.reset()
    assert.equal(await look(ann.password), 0)
    assert.ok(requests.all() <= most, `${requests.all()}`)
    requests.reset()
    clock.advance(interval)
    assert.equal(await look(ann.password), 0)
    assert.equal(requests.all(), many)
  })

for (const [name, options] of kinds)
  test(`a registry ${name} that hangs on whoever shows a password keeps nobody waiting behind the others for long`, async (t) => {
    const registry = await useRegistry(t, { auth: ann, ...options })
    let shown = 0
    const hang = ({ authorization }: { readonly authorization: boolean }): Fault | undefined => {
      if (authorization) shown += 1
      return authorization ? { kind: 'hang' } : undefined
    }
    for (const proxy of [registry, registry.tokenServer]) proxy?.fault(hang)
    const { authorized } = openHttp(t, { timeouts: { headers: 100, body: 100 } })
    const all = Array.from({ length: 50 }, (_, index) => `shop/app-${index}`)
    const looks = all.map((repository) =>
      assert.rejects(listTags(authorized, accessTo(registry.host, { repository, credentials: ann })), {
        reason: 'RegistryUnavailable',
      }),
    )
    await Promise.all(looks)
    assert.ok(shown < 25, `it is taken to be down after six, and nobody is sent there: ${shown}`)
  })
