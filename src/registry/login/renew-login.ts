import type { HttpResponse } from '../wire/exchange.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import { attempt, isRefused, responseOf } from './attempt.ts'
import type { AuthorizedHttp, RepositoryRequest } from './authorized-http.ts'

/**
 * Sends, and once more with a new login where the registry refuses that of a cloud: it may have ended before its time, with the keys by which it was got. What
 * is under way goes on then.
 */
export function renewLogin(http: AuthorizedHttp): AuthorizedHttp {
  async function send(access: RepositoryAccess, ask: RepositoryRequest): Promise<HttpResponse> {
    const { credentials, newLogin } = access
    const first = await attempt(http, access, ask)
    if (credentials === undefined || newLogin === undefined || !isRefused(first, access, ask)) return responseOf(first)
    const login = await newLogin(credentials)
    return login === undefined ? responseOf(first) : await http.send({ ...access, credentials: login }, ask)
  }
  return { send }
}
