import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { HttpResponse } from '../wire/exchange.ts'
import { apiUrl, type RepositoryAccess } from '../repository-access.ts'
import type { AuthorizedHttp, RepositoryRequest } from './authorized-http.ts'

/** What came of a request: an answer, or a failure that says in words what it is. */
export type Attempt = { readonly response: HttpResponse } | { readonly error: ReconcileError }

/** Sends, and holds a ReconcileError back. */
export async function attempt(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  ask: RepositoryRequest,
): Promise<Attempt> {
  try {
    return { response: await http.send(access, ask) }
  } catch (error) {
    if (error instanceof ReconcileError) return { error }
    throw error
  }
}

/**
 * Whether the registry does not let in whoever asks. A redirect's end was shown no credentials, and can't refuse them; a listing of a vendor may be closed
 * to those who may pull.
 */
export function isRefused(tried: Attempt, access: RepositoryAccess, { kind }: RepositoryRequest): boolean {
  if (kind === 'listing') return false
  if ('error' in tried) return tried.error.reason === reasons.registryAuthFailed
  const { status, url } = tried.response
  return status === 403 && url.origin === apiUrl(access, '').origin
}

/** The answer, or the failure thrown. */
export function responseOf(tried: Attempt): HttpResponse {
  if ('error' in tried) throw tried.error
  return tried.response
}
