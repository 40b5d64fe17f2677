import { reasons } from '../api/conditions.ts'
import { ReconcileError, type Retry } from '../errors.ts'
import type { HostGuard } from '../http/host-guard.ts'
import {
  exchange,
  type Exchanged,
  type HttpRequest,
  type HttpResponse,
  type RequestKind,
  type Timeouts,
} from './exchange.ts'
import { createHostGate, type HostGate } from './host-gate.ts'
import { parseRetryAfter } from './retry-after.ts'

/** Called after each request on the wire; `seconds` from sending to the end of the body. */
export type RequestObserver = (request: {
  readonly host: string
  readonly kind: RequestKind
  readonly status: number | 'error'
  readonly seconds: number
}) => void

/** Time and chance. */
export interface Timing {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  readonly pause: (milliseconds: number) => Promise<unknown>
}

/** Sends requests. */
export interface HttpClient {
  /**
   * Sends a request, again if that may help, and follows redirects. Throws a ReconcileError when no whole answer comes, or the
   * server says that it is overloaded (408, 425, 429, 5xx) to the last; other statuses are answers.
   */
  send(request: HttpRequest): Promise<HttpResponse>
}

/** What a client needs. */
export interface HttpClientOptions extends Timing {
  readonly guard: HostGuard
  readonly onRequest?: RequestObserver | undefined
  readonly timeouts?: Timeouts
}

const usualTimeouts: Timeouts = { headers: 15_000, body: 30_000 }
const attempts = 3
const mostRedirects = 5
const requestsAtOnce = 8
/** A server that asks for a longer wait is left alone until then. */
const longestPause = 5_000
/** How long a server that says 429 is left alone when it does not say how long. */
const usualPause = 30_000

/** Makes a client for all registries. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const context: Context = { ...options, gate: createHostGate(requestsAtOnce), closedUntil: new Map() }
  return { send: (ask) => follow(ask, context) }
}

interface Context extends HttpClientOptions {
  readonly gate: HostGate
  /** When a host that said 429 may be asked again, in ms since the epoch. */
  readonly closedUntil: Map<string, number>
}

/** Redirects are followed by hand: each hop is checked, and credentials stay with their origin. */
async function follow(ask: HttpRequest, context: Context): Promise<HttpResponse> {
  let current = ask
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await persist(current, context)
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response
    current = redirected(current, location)
  }
  throw new ReconcileError(reasons.registryProtocolError, `${ask.url.host} redirects again and again`)
}

function redirected(ask: HttpRequest, location: string): HttpRequest {
  const { host, href, origin, protocol } = ask.url
  if (!URL.canParse(location, href))
    throw new ReconcileError(reasons.registryProtocolError, `${host} redirects to no address`)
  const url = new URL(location, href)
  url.username = ''
  url.password = ''
  if (protocol === 'https:' && url.protocol !== 'https:') {
    const message = `${host} redirects from HTTPS to ${url.protocol}//${url.host}; that is not followed`
    throw new ReconcileError(reasons.registryProtocolError, message)
  }
  return { ...ask, url, authorization: url.origin === origin ? ask.authorization : undefined }
}

/** A failure that may pass is tried again a few times, soon. */
async function persist(ask: HttpRequest, context: Context): Promise<HttpResponse> {
  context.guard.check(ask.url)
  const { host } = ask.url
  for (let attempt = 1; ; attempt += 1) {
    const closed = (context.closedUntil.get(host) ?? 0) - context.now()
    if (closed > 0) throw overloaded(host, 429, closed)
    context.closedUntil.delete(host)
    const outcome = await context.gate.run(host, () => observed(ask, context))
    if (outcome.kind === 'answer' && !isOverload(outcome.response.status)) return outcome.response
    const wait = waitAfter(outcome, attempt, context)
    if (wait === undefined || attempt === attempts) throw failure(outcome, host, context)
    await context.pause(wait)
  }
}

async function observed(ask: HttpRequest, { guard, onRequest, now, timeouts }: Context): Promise<Exchanged> {
  const started = now()
  const outcome = await exchange(ask, guard, timeouts ?? usualTimeouts)
  const status = outcome.kind === 'answer' ? outcome.response.status : 'error'
  onRequest?.({ host: ask.url.host, kind: ask.kind, status, seconds: (now() - started) / 1000 })
  return outcome
}

function isOverload(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/** Milliseconds until the next attempt, or undefined: not now. */
function waitAfter(outcome: Exchanged, attempt: number, { now, random }: Timing): number | undefined {
  const asked = outcome.kind === 'answer' ? parseRetryAfter(outcome.response.headers['retry-after'], now()) : undefined
  if (asked !== undefined) return asked <= longestPause ? asked : undefined
  if (outcome.kind === 'fault' && !outcome.again) return undefined
  return 200 * 2 ** attempt * (0.5 + random())
}

function failure(outcome: Exchanged, host: string, { now, closedUntil }: Context): ReconcileError {
  if (outcome.kind === 'fault') return outcome.error
  const { status, headers } = outcome.response
  const asked = parseRetryAfter(headers['retry-after'], now())
  if (status === 429) closedUntil.set(host, now() + (asked ?? usualPause))
  return overloaded(host, status, asked)
}

function overloaded(host: string, status: number, wait: number | undefined): ReconcileError {
  const retry: Retry = wait === undefined ? { kind: 'backoff' } : { kind: 'backoff', afterMs: Math.ceil(wait) }
  const when = wait === undefined ? '' : `; it is asked again in ${Math.ceil(wait / 1000)} s`
  if (status !== 429)
    return new ReconcileError(reasons.registryUnavailable, `${host} answers HTTP ${status}${when}`, { retry })
  return new ReconcileError(
    reasons.registryRateLimited,
    `${host} says there were too many requests (HTTP 429)${when}`,
    { retry },
  )
}
