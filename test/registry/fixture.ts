import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createAuthorizedHttp, type AuthorizedHttp } from '../../src/registry/login/authorized-http.ts'
import { credentialId } from '../../src/registry/login/credentials.ts'
import { createHostGuard, type HostGuard } from '../../src/http/host-guard.ts'
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/registry/wire/http.ts'
import type { RepositoryAccess } from '../../src/registry/repository-access.ts'
import type { RegistrySettings } from '../../src/registry/registries.ts'
import { createScans, type Scans } from '../../src/registry/scans.ts'
import { createHubTokens } from '../../src/registry/login/hub-tokens.ts'
import { createLoginTurns } from '../../src/registry/login/login-turns.ts'
import { renewLogin } from '../../src/registry/login/renew-login.ts'
import { createTokens } from '../../src/registry/login/token.ts'
import { tryCredentials } from '../../src/registry/login/try-credentials.ts'
import type { KeyPair } from '../servers/certificate.ts'
import { startDialect, type Dialect, type DialectServer } from '../servers/registry-dialects/server.ts'
import { startRegistry, type Registry, type RegistryOptions } from '../servers/registry.ts'

/** `shop/web` on a host, over plain HTTP unless said otherwise. */
export function accessTo(host: string, more: Partial<RepositoryAccess> = {}): RepositoryAccess {
  const id = credentialId(more.credentials)
  return { host, repository: 'shop/web', insecure: true, credentials: undefined, credentialId: id, ...more }
}

/** What a registries file says of a host, where it says nothing in particular. */
export function registrySettings(host: string, more: Partial<RegistrySettings> = {}): RegistrySettings {
  const usual = {
    prefix: '',
    dialect: {},
    mirrors: [],
    insecure: false,
    tls: undefined,
    way: undefined,
    limits: undefined,
    provider: undefined,
  }
  return { host, ...usual, credentialsFor: () => [], ...more }
}

/** A clock that a test moves; pauses move it too, and are noted. */
export interface TestClock {
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly random: () => number
  readonly pauses: number[]
  advance(ms: number): void
}

/** Starts at 2026-06-01. */
function testClock(): TestClock {
  let time = Date.UTC(2026, 5, 1)
  const pauses: number[] = []
  return {
    now: () => time,
    random: () => 0.5,
    pauses,
    pause: async (ms) => {
      pauses.push(ms)
      time += ms
    },
    advance: (ms) => {
      time += ms
    },
  }
}

/** Serves by HTTP on a free port of 127.0.0.1 until the test ends, whatever is still open then; answers the address. */
export async function serveBare(
  t: TestContext,
  listener: RequestListener,
  connected = (): void => undefined,
): Promise<URL> {
  const server = createServer(listener).on('connection', connected).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

/** A guard that lets through what tests start, or what is given. */
export function guardFor(t: TestContext, allowed: readonly string[] = ['127.0.0.1']): HostGuard {
  const guard = createHostGuard({ allowed, flag: '--allowed-registries' })
  t.after(() => guard.close())
  return guard
}

/** The client of all registries, on a clock of the test. */
export function openHttp(
  t: TestContext,
  more: Pick<Partial<HttpClientOptions>, 'onRequest' | 'onDown' | 'limits' | 'timeouts'> = {},
): { http: HttpClient; authorized: AuthorizedHttp; clock: TestClock } {
  const clock = testClock()
  const http = createHttpClient({ guard: guardFor(t), ...more, ...clock })
  const { now } = clock
  const turns = createLoginTurns(now)
  const tokens = { tokens: createTokens({ http, turns, now }), hubTokens: createHubTokens({ http, now }) }
  const authorized = createAuthorizedHttp({ http, turns, ...tokens, now })
  return { http, clock, authorized: tryCredentials(renewLogin(authorized), now) }
}

/** Scans on a clock of the test, and what they log. */
export function openScans(
  t: TestContext,
  cacheFolder?: string,
  guard = guardFor(t),
): { scans: Scans; clock: TestClock; logged: string[] } {
  const clock = testClock()
  const logged: string[] = []
  const log = { warn: (message: string) => void logged.push(message) }
  return { scans: createScans({ guard, cacheFolder, log, timing: clock }), clock, logged }
}

/** A registry for one test. */
export async function useRegistry(t: TestContext, options?: RegistryOptions): Promise<Registry> {
  const registry = await startRegistry(options)
  t.after(() => registry.stop())
  return registry
}

/** A server of a dialect for one test. */
export async function useDialect(
  t: TestContext,
  dialect: Dialect,
  ...tls: [pair?: KeyPair, clients?: string]
): Promise<DialectServer> {
  const server = await startDialect(dialect, ...tls)
  t.after(() => server.stop())
  return server
}
