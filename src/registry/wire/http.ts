import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { HostGuard } from '../../http/host-guard.ts'
import { withoutClient } from '../../http/tls-settings.ts'
import { createAnswerRoom, type AnswerRoom } from './answer-room.ts'
import {
  exchange,
  type Exchanged,
  type HttpRequest,
  type HttpResponse,
  type RequestKind,
  type Timeouts,
} from './exchange.ts'
import { createHostGate, type HostGate } from '../manners/host-gate.ts'
import { createHostPace, type HostLimits, type HostPace } from '../manners/host-pace.ts'
import { createHostRest, type HostRest, type Why } from '../manners/host-rest.ts'
import { askedWait, parseAllowance } from '../manners/rate-limit.ts'
import { usualLimits } from '../manners/usual-limits.ts'

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
  /** Called when a host is found to be down, and left alone for so many seconds. */
  readonly onDown?: ((host: string, seconds: number) => void) | undefined
  /** How much each host is asked; the usual limits unless given. */
  readonly limits?: ((host: string) => HostLimits) | undefined
  readonly timeouts?: Timeouts
}

const usualTimeouts: Timeouts = { headers: 15_000, body: 30_000 }
const attempts = 3
const mostRedirects = 5
/** A server that asks for a longer wait is left alone until then. */
const longestPause = 5_000
/** How long a server that says 429 is left alone when it does not say how long. */
const usualPause = 30_000
const nothingLeft: Why = {
  reason: reasons.registryRateLimited,
  message: 'has no request left for us (its RateLimit headers)',
}

/** Makes a client for all registries. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { now, pause, onDown, limits = usualLimits } = options
  const context: Context = {
    ...options,
    gate: createHostGate((host) => limits(host).atOnce),
    pace: createHostPace({ limits, now, pause }),
    rest: createHostRest({ now, onOpen: onDown }),
    room: createAnswerRoom(),
  }
  return { send: (ask) => follow(ask, context) }
}

interface Context extends HttpClientOptions {
  readonly gate: HostGate
  readonly pace: HostPace
  readonly rest: HostRest
  readonly room: AnswerRoom
}

/** Redirects are followed by hand: each hop is checked, and credentials stay with their origin. */
async function follow(ask: HttpRequest, context: Context): Promise<HttpResponse> {
  let current = ask
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await persist(current, context)
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response
    const next = redirected(current, location)
    checkHop(current, next, context)
    current = next
  }
  throw new ReconcileError(reasons.registryProtocolError, `${ask.url.host} redirects again and again`)
}

function redirected(ask: HttpRequest, location: string): HttpRequest {
  const { host, href, origin, protocol } = ask.url
  if (ask.proof !== undefined)
    throw new ReconcileError(reasons.registryProtocolError, `${host} redirects a login; that is not followed`)
  if (!URL.canParse(location, href))
    throw new ReconcileError(reasons.registryProtocolError, `${host} redirects to no address`)
  const url = new URL(location, href)
  url.username = ''
  url.password = ''
  if (protocol === 'https:' && url.protocol !== 'https:') {
    const message = `${host} redirects from HTTPS to ${url.protocol}//${url.host}; that is not followed`
    throw new ReconcileError(reasons.registryProtocolError, message)
  }
  if (url.origin === origin) return { ...ask, url }
  return { ...ask, url, authorization: undefined, tls: withoutClient(ask.tls) }
}

/** What a server says is no matter of the policy's: it may lead elsewhere the next time. */
function checkHop({ url: { host } }: HttpRequest, { url }: HttpRequest, { guard }: Context): void {
  try {
    guard.check(url)
  } catch (cause) {
    if (!(cause instanceof ReconcileError)) throw cause
    const message = `${host} redirects to where it may not lead: ${cause.message}`
    throw new ReconcileError(cause.reason, message, { retry: { kind: 'interval' } })
  }
}

/** A failure that may pass is tried again a few times, soon. */
async function persist(ask: HttpRequest, context: Context): Promise<HttpResponse> {
  context.guard.check(ask.url)
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await context.gate.run(ask.url.host, () => inTurn(ask, context))
    if (outcome.kind === 'answer' && !isOverload(outcome.response.status)) return outcome.response
    // What a listing is asked to wait is no matter of the registry beside it.
    const wait = ask.kind === 'listing' ? undefined : waitAfter(outcome, ask, { attempt, context })
    if (wait === undefined || attempt === attemptsFor(ask)) throw failure(outcome, ask, context)
    if (wait > 0) await context.pause(wait)
  }
}

/** Nobody waits for a turn at a host that is left alone. */
async function inTurn(ask: HttpRequest, context: Context): Promise<Exchanged> {
  const { pace, rest } = context
  rest.check(ask)
  await pace.turn(ask.url.host)
  rest.enter(ask)
  const outcome = await observed(ask, context)
  rest.learn(ask, outcome)
  heedAllowance(ask, outcome, context)
  return outcome
}

/** A host says beforehand that the next request would be one too many. */
function heedAllowance(ask: HttpRequest, outcome: Exchanged, { now, pace, rest }: Context): void {
  if (outcome.kind === 'fault' || isOverload(outcome.response.status)) return
  const { pause } = parseAllowance(outcome.response.headers, now())
  if (pause === undefined) return
  if (pause <= longestPause && ask.kind !== 'listing') pace.hold(ask.url.host, pause)
  else rest.close(ask, pause, nothingLeft)
}

async function observed(ask: HttpRequest, { guard, onRequest, now, timeouts, room }: Context): Promise<Exchanged> {
  const started = now()
  const outcome = await exchange(ask, guard, timeouts ?? usualTimeouts, room)
  const status = outcome.kind === 'answer' ? outcome.response.status : 'error'
  onRequest?.({ host: ask.url.host, kind: ask.kind, status, seconds: (now() - started) / 1000 })
  return outcome
}

/** For what a listing does not tell there is another way. */
function attemptsFor({ kind }: HttpRequest): number {
  return kind === 'listing' ? 1 : attempts
}

function isOverload(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/** Milliseconds until the next attempt, or undefined: not now. What the host itself asked for, every request to it waits for in its turn. */
function waitAfter(
  outcome: Exchanged,
  { url: { host } }: HttpRequest,
  { attempt, context }: { attempt: number; context: Context },
): number | undefined {
  const { now, random, pace } = context
  if (outcome.kind === 'answer' && outcome.response.status === 429) pace.slow(host)
  const asked = outcome.kind === 'answer' ? askedWait(outcome.response.headers, now()) : undefined
  if (asked === undefined) return outcome.kind === 'fault' && !outcome.again ? undefined : backOff(attempt, random())
  if (asked > longestPause) return undefined
  pace.hold(host, asked)
  return 0
}

function backOff(attempt: number, random: number): number {
  return 200 * 2 ** attempt * (0.5 + random)
}

function failure(outcome: Exchanged, ask: HttpRequest, { now, rest }: Context): ReconcileError {
  if (outcome.kind === 'fault') return outcome.error
  const { status, headers } = outcome.response
  const why = whyOf(status)
  const wait = askedWait(headers, now()) ?? (status === 429 ? usualPause : undefined)
  if (wait === undefined) return new ReconcileError(why.reason, `${ask.url.host} ${why.message}`)
  return rest.close(ask, wait, why)
}

function whyOf(status: number): Why {
  if (status !== 429) return { reason: reasons.registryUnavailable, message: `answers HTTP ${status}` }
  return { reason: reasons.registryRateLimited, message: 'says there were too many requests (HTTP 429)' }
}
