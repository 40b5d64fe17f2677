import { LRUCache } from 'lru-cache'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { AuthorizedHttp, RepositoryRequest } from './authorized-http.ts'
import { credentialId, type Credentials } from './credentials.ts'
import type { HttpResponse } from '../exchange.ts'
import { accessKey, apiUrl, type RepositoryAccess } from '../repository-access.ts'

/** Which of the credentials was let in last, and until when (ms since the epoch) the others are not tried: all were refused. */
interface Remembered {
  readonly index: number
  readonly othersFrom: number
}

type Outcome = { readonly response: HttpResponse } | { readonly error: ReconcileError }

const restMs = 60_000
const nothing: Remembered = { index: 0, othersFrom: 0 }

/**
 * Sends as whoever the registry lets in, where several credentials match a repository: the kubelet's way, one after the other when it answers 401 or 403.
 * The one that was let in is remembered. `now` is in ms since the epoch.
 */
export function tryCredentials(http: AuthorizedHttp, now: () => number): AuthorizedHttp {
  const remembered = new LRUCache<string, Remembered>({ max: 10_000 })

  async function send(access: RepositoryAccess, ask: RepositoryRequest): Promise<HttpResponse> {
    const { credentials, others = [] } = access
    if (credentials === undefined || others.length === 0) return await http.send(access, ask)
    const all = [credentials, ...others]
    const key = accessKey(access)
    const { index, othersFrom } = remembered.get(key) ?? nothing
    const first = await attempt(as(access, all[index] ?? credentials), ask)
    if (!isRefused(first, access) || !saysWhoMayPull(ask) || now() < othersFrom) return responseOf(first)
    for (const [at, one] of all.entries()) {
      if (at === index) continue
      const outcome = await attempt(as(access, one), ask)
      if (isRefused(outcome, access)) continue
      const response = responseOf(outcome)
      remembered.set(key, { index: at, othersFrom: 0 })
      return response
    }
    // It may be this request alone that nobody is allowed: who was let in before still is.
    remembered.set(key, { index, othersFrom: now() + restMs })
    return responseOf(first)
  }

  async function attempt(access: RepositoryAccess, ask: RepositoryRequest): Promise<Outcome> {
    try {
      return { response: await http.send(access, ask) }
    } catch (error) {
      if (error instanceof ReconcileError) return { error }
      throw error
    }
  }

  return { send }
}

function as(access: RepositoryAccess, credentials: Credentials): RepositoryAccess {
  return { ...access, credentials, credentialId: credentialId(credentials) }
}

/** A listing of a vendor may be closed to those who may pull. */
function saysWhoMayPull({ kind }: RepositoryRequest): boolean {
  return kind !== 'listing'
}

/** Whoever a redirect leads to was shown no credentials, and can't refuse them. */
function isRefused(outcome: Outcome, access: RepositoryAccess): boolean {
  if ('error' in outcome) return outcome.error.reason === reasons.registryAuthFailed
  const { status, url } = outcome.response
  return status === 403 && url.origin === apiUrl(access, '').origin
}

function responseOf(outcome: Outcome): HttpResponse {
  if ('error' in outcome) throw outcome.error
  return outcome.response
}
