import { LRUCache } from 'lru-cache'
import { attempt, isRefused, responseOf } from './attempt.ts'
import type { AuthorizedHttp, RepositoryRequest } from './authorized-http.ts'
import { credentialId, type Credentials } from './credentials.ts'
import type { HttpResponse } from '../wire/exchange.ts'
import { steadily } from '../manners/steady-clock.ts'
import { accessKey, type RepositoryAccess } from '../repository-access.ts'

/** Which of the credentials was let in last, and until when the others are not tried: all were refused. */
interface Remembered {
  readonly index: number
  readonly othersFrom: number
}

const restMs = 60_000
const nothing: Remembered = { index: 0, othersFrom: 0 }

/**
 * Sends as whoever the registry lets in, where several credentials match a repository: the kubelet's way, one after the other when it answers 401 or 403.
 * The one that was let in is remembered. `clock` is in ms since the epoch.
 */
export function tryCredentials(http: AuthorizedHttp, clock: () => number): AuthorizedHttp {
  const now = steadily(clock)
  const remembered = new LRUCache<string, Remembered>({ max: 10_000 })

  async function send(access: RepositoryAccess, ask: RepositoryRequest): Promise<HttpResponse> {
    const { credentials, others = [] } = access
    if (credentials === undefined || others.length === 0) return await http.send(access, ask)
    const all = [credentials, ...others]
    const key = accessKey(access)
    const { index, othersFrom } = remembered.get(key) ?? nothing
    const first = await attempt(http, as(access, all[index] ?? credentials), ask)
    if (!isRefused(first, access, ask) || now() < othersFrom) return responseOf(first)
    for (const [at, one] of all.entries()) {
      if (at === index) continue
      const outcome = await attempt(http, as(access, one), ask)
      if (isRefused(outcome, access, ask)) continue
      const response = responseOf(outcome)
      remembered.set(key, { index: at, othersFrom: 0 })
      return response
    }
    // It may be this request alone that nobody is allowed: who was let in before still is.
    remembered.set(key, { index, othersFrom: now() + restMs })
    return responseOf(first)
  }

  return { send }
}

function as(access: RepositoryAccess, credentials: Credentials): RepositoryAccess {
  return { ...access, credentials, credentialId: credentialId(credentials) }
}
