import type { IncomingHttpHeaders } from 'node:http'
import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import { fieldsOf, isFields, listOf, textOf } from '../core/fields.ts'

/** A request that failed, in our own words: bodies and headers of the answer never get in. */
export class KubernetesApiError extends Error {
  override readonly name = 'KubernetesApiError'
  /** HTTP status; 0: there was no answer. */
  readonly code: number
  /** `reason` of the Status, such as `Conflict` or `Expired`; without an answer what kept it away, such as `ECONNREFUSED`. */
  readonly reason: string
  /** Whether `details.causes` was there: with 422 a fault of the object, without it a JSON Patch that does not apply. */
  readonly hasCauses: boolean
  /** Paths of the members that were refused, from `details.causes`. */
  readonly fields: readonly string[]
  /** Milliseconds for which the server asks to wait. */
  readonly retryAfter: number | undefined

  constructor(request: string, answer: Answer) {
    super(`${request}: ${answer.code === 0 ? 'no answer' : answer.code} ${answer.reason}`.trimEnd())
    this.code = answer.code
    this.reason = answer.reason
    this.hasCauses = answer.hasCauses ?? false
    this.fields = answer.fields ?? []
    this.retryAfter = answer.retryAfter
  }
}

interface Answer {
  readonly code: number
  readonly reason: string
  readonly hasCauses?: boolean
  readonly fields?: readonly string[]
  readonly retryAfter?: number | undefined
}

/** Makes the error of an answer from its code, its headers and what its body holds (a `metav1.Status`, usually). */
export function refusal(
  request: string,
  code: number,
  headers: IncomingHttpHeaders,
  body: unknown,
): KubernetesApiError {
  const status = fieldsOf(body)
  const causes = fieldsOf(status['details'])['causes']
  const seconds = Number(headers['retry-after'] ?? fieldsOf(status['details'])['retryAfterSeconds'])
  return new KubernetesApiError(request, {
    code,
    reason: word(status['reason']),
    hasCauses: causes !== undefined,
    fields: listOf(causes)
      .map((cause) => printable(fieldsOf(cause)['field']))
      // What concerns no member is told as `<nil>`.
      .filter((field) => field !== '' && field !== '<nil>'),
    retryAfter: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
  })
}

/** Makes the error of a request that got no answer, or whose answer broke off, from whatever was thrown. */
export function noAnswer(request: string, thrown: unknown): KubernetesApiError {
  if (thrown instanceof KubernetesApiError) return thrown
  return new KubernetesApiError(request, { code: 0, reason: codeOf(thrown) })
}

/** What a reconcile is told of a failed request: `doing` says what could not be done ("the status can't be written"). */
export function toReconcileError(thrown: unknown, doing: string): ReconcileError {
  if (thrown instanceof ReconcileError) return thrown
  const error = noAnswer(doing, thrown)
  return new ReconcileError(reasons.kubernetesUnavailable, `${doing}: ${told(error)}`, {
    retry: { kind: 'backoff', ...(error.retryAfter === undefined ? {} : { afterMs: error.retryAfter }) },
    cause: error,
  })
}

function told({ code, reason, fields }: KubernetesApiError): string {
  if (code === 0) return `the API server did not answer (${reason})`
  const hint = code === 403 ? "; the operator's role does not allow it, or an admission webhook refused it" : ''
  const members = fields.length > 0 ? ` for ${fields.slice(0, 5).join(', ')}` : ''
  return `the API server answered ${code} ${reason}`.trimEnd() + members + hint
}

/** Codes of Node and undici are words such as `ECONNREFUSED`; anything else could be text from outside. */
function codeOf(thrown: unknown): string {
  if (!isFields(thrown)) return 'Unknown'
  if (thrown['name'] === 'TimeoutError') return 'TimedOut'
  const code = textOf(thrown['code']) ?? (isFields(thrown['cause']) ? textOf(thrown['cause']['code']) : undefined)
  return word(code) || 'Unknown'
}

function word(value: unknown): string {
  const text = textOf(value) ?? ''
  return /^[A-Za-z0-9_]{1,60}$/.test(text) ? text : ''
}

function printable(value: unknown): string {
  return (textOf(value) ?? '').replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 120)
}
