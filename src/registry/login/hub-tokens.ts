import { LRUCache } from 'lru-cache'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { withoutClient } from '../../http/tls-settings.ts'
import { jsonIn } from '../wire/decode-body.ts'
import type { HttpResponse } from '../wire/exchange.ts'
import type { HttpClient, Timing } from '../wire/http.ts'
import { steadily } from '../manners/steady-clock.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import { credentialId, type Login } from './credentials.ts'
import { tokenClaims } from './token-claims.ts'

/** Where Docker Hub's own API is; its tokens are shown nowhere else. */
export const hubApi = new URL('https://hub.docker.com')

/** Tokens for Docker Hub's own API, by user name and password of its registry. */
export interface HubTokens {
  /** A token; undefined: the access has no login, or none is given for it. Who asks at the same time shares one request. Throws a ReconcileError where no answer came. */
  get(access: RepositoryAccess): Promise<string | undefined>
}

const longestBody = 64 * 1024
const usualLife = 600_000
const longestLife = 3_600_000
/** Whoever was refused does not knock again for so long: too many wrong passwords close an account. */
const refusedFor = 3_600_000
/** Where no answer came, the login may be as good as ever. */
const unansweredFor = 60_000

interface Kept {
  readonly outcome: Promise<Outcome>
  until: number
}

/** A token, or none, or why there was no answer, and for how many ms that is so. */
interface Outcome {
  readonly token?: string | undefined
  readonly fault?: ReconcileError
  readonly lasts: number
}

/** Makes a store of them; `now` is in ms since the epoch. */
export function createHubTokens({ http, now: clock }: { http: HttpClient } & Pick<Timing, 'now'>): HubTokens {
  const now = steadily(clock)
  const kept = new LRUCache<string, Kept>({ max: 1_000 })

  function begin(access: RepositoryAccess, login: Login): Kept {
    const outcome = fetchToken(http, access, login)
    const entry: Kept = { outcome, until: Number.POSITIVE_INFINITY }
    outcome.then(
      ({ lasts }) => {
        entry.until = now() + lasts
      },
      () => {
        entry.until = now()
      },
    )
    return entry
  }

  return {
    get: async (access) => {
      const { credentials } = access
      if (credentials === undefined || !('password' in credentials)) return undefined
      const key = credentialId(credentials)
      const known = kept.get(key)
      const entry = known !== undefined && known.until > now() ? known : begin(access, credentials)
      kept.set(key, entry)
      const { token, fault } = await entry.outcome
      if (fault !== undefined) throw fault
      return token
    },
  }
}

/** https://docs.docker.com/reference/api/hub/latest/#tag/authentication-api */
async function fetchToken(
  http: HttpClient,
  { tls, way }: RepositoryAccess,
  { username, password }: Login,
): Promise<Outcome> {
  const body = JSON.stringify({ identifier: username, secret: password })
  const proof = { headers: { 'content-type': 'application/json' }, body }
  const url = new URL('/v2/auth/token', hubApi)
  const usual = { method: 'POST', accept: 'application/json', kind: 'listing', limit: longestBody } as const
  try {
    return outcomeOf(await http.send({ ...usual, url, proof, way, tls: withoutClient(tls) }))
  } catch (cause) {
    if (!(cause instanceof ReconcileError)) throw cause
    // What is no answer of the login's, such as a redirect, will hardly be one soon.
    if (cause.reason === reasons.registryProtocolError) return { lasts: refusedFor }
    return { fault: cause, lasts: unansweredFor }
  }
}

function outcomeOf(response: HttpResponse): Outcome {
  const { access_token: token } = Object(jsonIn(response)) as { readonly access_token?: unknown }
  const isToken = response.status === 200 && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)
  return isToken ? { token, lasts: lifeOf(token) * 0.8 } : { lasts: refusedFor }
}

/** As the token itself has it, by whatever clock; in ms. */
function lifeOf(token: string): number {
  const { iat, exp } = tokenClaims(token)
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp <= iat) return usualLife
  return Math.min((exp - iat) * 1000, longestLife)
}
