import { reasons } from '../../api/conditions.ts'
import { backoff, ReconcileError, type Retry } from '../../errors.ts'
import { ProxyFault } from '../../http/proxy-fault.ts'
import { codesIn, errorIn } from '../../http/thrown.ts'

/** What is said of an answer: who answered, whether credentials were sent, and whether it was asked to take a push. */
export interface Asked {
  readonly name: string
  readonly host: string
  readonly authorized: boolean
  readonly push: boolean
}

const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|HOSTNAME_MISMATCH)/
const wordsOfCodes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known (DNS)',
  EAI_AGAIN: 'its name could not be looked up (DNS)',
  ECONNREFUSED: 'it refuses connections',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped coming',
  TimeoutError: 'it did not answer in time',
}

/** What a failed request means. The client library's own message is never shown: it may hold headers. */
export function transportError(error: unknown, { host }: Asked): ReconcileError {
  const known = errorIn(ReconcileError, error)
  if (known !== undefined) return known
  const proxy = errorIn(ProxyFault, error)
  const proxied = proxy && `the proxy ${proxy.proxy} before ${host}`
  if (proxy?.status !== undefined) {
    const where = "look at proxy in Argo CD's Secret for the repository"
    return new ReconcileError(reasons.gitUnavailable, `${proxied} opens no tunnel (HTTP ${proxy.status}); ${where}`)
  }
  const codes = codesIn(error)
  const certificate = codes.find((code) => certificateCodes.test(code))
  if (certificate !== undefined) {
    const message = `the TLS certificate of ${proxied ?? host} could not be verified (${certificate})`
    return new ReconcileError(reasons.tlsVerificationFailed, message)
  }
  const words = codes.map((code) => wordsOfCodes[code]).find((sentence) => sentence !== undefined)
  const who = proxied ?? `the git server ${host}`
  return new ReconcileError(reasons.gitUnavailable, `${who} can't be reached: ${words ?? 'the connection broke'}`)
}

/** Whether the other side ended the connection, rather than being out of reach. */
export function isBrokenConnection(error: unknown): boolean {
  return codesIn(error).some((code) => code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE')
}

/** What an HTTP status other than 200 means. */
export function statusError(status: number, retryAfter: string | undefined, asked: Asked): ReconcileError {
  const { name, host } = asked
  if (status === 401 || status === 403) return new ReconcileError(reasons.gitAuthFailed, authWords(status, asked))
  if (status === 404 || status === 410) {
    const hint = 'check the address; servers also answer so when the credentials may not see it'
    return new ReconcileError(
      reasons.gitRepositoryNotFound,
      `the git server has no repository ${name} (HTTP ${status}); ${hint}`,
    )
  }
  if (status === 413 && asked.push)
    return new ReconcileError(reasons.pushRejected, 'the commit is too large for it (HTTP 413)')
  if (status === 407)
    return new ReconcileError(reasons.gitUnavailable, `a proxy before ${host} asks for credentials (HTTP 407)`)
  const message = `the git server ${host} answered HTTP ${status}${status === 429 ? ': too many requests' : ''}`
  return new ReconcileError(reasons.gitUnavailable, message, { retry: retryAfterMs(retryAfter) })
}

function authWords(status: number, { name, authorized, push }: Asked): string {
  if (!authorized) {
    const where = 'name a Secret in writeBack.git.secretRef, or give Argo CD credentials for the repository'
    return `${name} asks for credentials and none were sent (HTTP ${status}), or does not exist; ${where}`
  }
  const hint =
    push && status === 403
      ? 'they need the right to push'
      : 'check user name and password or token, and whether they expired'
  return `${name} refused the credentials (HTTP ${status}); ${hint}`
}

function retryAfterMs(header: string | undefined): Retry {
  const seconds = header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) : undefined
  return seconds === undefined ? backoff : { kind: 'backoff', afterMs: seconds * 1000 }
}
