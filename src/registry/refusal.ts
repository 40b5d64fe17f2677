import { reasons } from '../api/conditions.ts'
import { ReconcileError, type Retry } from '../errors.ts'
import type { HttpResponse } from './wire/exchange.ts'
import { repositoryName, type RepositoryAccess } from './repository-access.ts'

const interval: Retry = { kind: 'interval' }

/** What an answer other than the one hoped for means; of its body at most the error code is told. */
export function refusal(response: HttpResponse, access: RepositoryAccess): ReconcileError {
  const { status } = response
  const { host, repository } = access
  const codes = errorCodes(response.body)
  const answered = codes?.[0] === undefined ? `HTTP ${status}` : `HTTP ${status}, ${codes[0]}`
  if (status === 401 || status === 403) return authRefusal(answered, access)
  if (status === 404 && codes !== undefined) {
    const message = `${host} has no repository ${repository} (${answered}); check spec.image, and whether the credentials may see it`
    return new ReconcileError(reasons.repositoryNotFound, message, { retry: interval })
  }
  if (status === 400 && access.insecure) {
    const message = `${host} does not understand plain HTTP (${answered}); take registry.insecure away if it speaks HTTPS`
    return new ReconcileError(reasons.registryProtocolError, message, { retry: interval })
  }
  return new ReconcileError(reasons.registryProtocolError, `${host} does not answer as a registry does (${answered})`)
}

/** The registry, or its token server, does not let us in. `answered` is what it said. */
export function authRefusal(answered: string, access: RepositoryAccess): ReconcileError {
  const name = repositoryName(access)
  if (access.credentials === undefined) {
    const hint =
      'check that the repository exists; if it is private, name a Secret with credentials in registry.secretRef'
    return new ReconcileError(
      reasons.registryAuthFailed,
      `${name} can't be pulled without credentials (${answered}); ${hint}`,
    )
  }
  const hint = 'check user name and password, whether they expired, and whether they may pull'
  const { others = [] } = access
  const which = others.length === 0 ? 'the credentials' : `all ${others.length + 1} credentials that match it`
  return new ReconcileError(reasons.registryAuthFailed, `${name} refuses ${which} (${answered}); ${hint}`)
}

/** The codes of an error body (OCI distribution-spec, "Error Codes"); undefined when the body is none. Only what looks like a code is kept. */
export function errorCodes(body: Uint8Array): readonly string[] | undefined {
  try {
    const { errors } = JSON.parse(Buffer.from(body).toString('utf8')) as { errors?: unknown }
    if (!Array.isArray(errors)) return undefined
    return errors
      .map((error: unknown) => (error as { code?: unknown } | null)?.code)
      .filter((code) => typeof code === 'string' && /^[A-Za-z][A-Za-z_]{0,60}$/.test(code)) as string[]
  } catch {
    return undefined
  }
}
