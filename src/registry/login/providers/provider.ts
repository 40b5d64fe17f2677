import { reasons } from '../../../api/conditions.ts'
import { onChange, ReconcileError } from '../../../errors.ts'
import type { Login } from '../credentials.ts'

/** Whose identity is used: a ServiceAccount's, by its annotations and tokens of its own. */
export interface CloudAccount {
  /** `namespace/name`, for messages. */
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
  /** A token by which somebody else (the audience) may know the account. */
  readonly token: (audience: string) => Promise<string>
}

/** A login that a cloud gave, and when it ends (ms since the epoch). */
export interface CloudLogin {
  readonly login: Login
  readonly expiresAt: number
  /** Undefined: the cloud has none, or it is not used. */
  readonly api?: CloudApi
}

/** Asks the API that a cloud has for its registries, as who logged in: an action of it, and its parameters. Throws ReconcileError when no answer comes. */
export type CloudApi = (action: string, parameters: object) => Promise<CloudAnswer>

/** Gets logins for the registries of one cloud. */
export interface CloudProvider {
  /** What its registries are called, for messages. */
  readonly hosts: string
  /** Whether a host (with port, if it has one) is one of its registries: exactly, not what looks like one. */
  serves(host: string): boolean
  /** Part of what tells logins apart: one that serves several hosts is got once. */
  scopeOf(host: string): string
  /** The operator's own identity without an account. Throws ReconcileError. */
  login(host: string, account: CloudAccount | undefined): Promise<CloudLogin>
}

/** What providers need of the outside. */
export interface CloudParts {
  readonly http: CloudHttp
  /** What the cloud's own set-up tells of identities: `AWS_…`, `AZURE_…`, `GOOGLE_…`, `GCE_…`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Throws a ReconcileError that names the file when it can't be read. */
  readonly readText: (path: string) => Promise<string>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** A request to a cloud, with all that proves who asks in its headers and its body. */
export interface CloudRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Default: for an identity, whose answers are short. */
  readonly kind?: 'listing'
}

/** Its answer, whatever the status; redirects are not followed. */
export interface CloudAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends such requests. Throws ReconcileError when no answer comes. */
export type CloudHttp = (request: CloudRequest) => Promise<CloudAnswer>

/** A cloud does not let us in; `answered` is a status or a code, never text of its own. */
export function loginRefused(who: string, { status, text }: CloudAnswer): ReconcileError {
  const code = errorCode(text)
  const answered = code === undefined ? `HTTP ${status}` : `HTTP ${status}, ${code}`
  return new ReconcileError(reasons.registryAuthFailed, `${who} gives no login for the registry (${answered})`)
}

/** What a person has to set up first. */
export function notSetUp(message: string): ReconcileError {
  return new ReconcileError(reasons.registryAuthFailed, message, { retry: onChange })
}

/** The members of a JSON object; none when it is something else. */
export function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A body as HTML forms have it. */
export function form(fields: Readonly<Record<string, string>>): Pick<CloudRequest, 'headers' | 'body'> {
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  }
}

/** `AccessDenied` of XML, `__type` and `error` of JSON; only what looks like a code. */
export function errorCode(text: string): string | undefined {
  const { __type, error } = jsonOf(text)
  const found = [/<Code>([^<]*)<\/Code>/.exec(text)?.[1], __type, error].find((code) => typeof code === 'string')
  const code = typeof found === 'string' ? found.slice(found.lastIndexOf('#') + 1) : ''
  return /^[A-Za-z][A-Za-z_]{0,60}$/.test(code) ? code : undefined
}
