import { LRUCache } from 'lru-cache'
import { reasons, type Reason } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { Exchanged, HttpRequest } from '../wire/exchange.ts'
import { parseAllowance } from './rate-limit.ts'
import { steadily } from './steady-clock.ts'

/** Knows which hosts are to be left alone: those that asked for it, and those that are down. The others do not feel it. */
export interface HostRest {
  /** Throws a ReconcileError when the host is to be left alone. */
  check(ask: Asked): void
  /** As `check`; of a host that was down it lets one request through, which finds out whether it still is. */
  enter(ask: Asked): void
  /** Draws conclusions from what came of a request that was let in. */
  learn(ask: Asked, outcome: Exchanged): void
  /** Leaves a host alone for so many ms; `why` goes on after its name. Returns what whoever asks it meanwhile will be told. */
  close(ask: Pick<Asked, 'url' | 'kind'>, ms: number, why: Why): ReconcileError
}

/** Why a host is left alone, as the errors tell it. */
export interface Why {
  readonly reason: Reason
  readonly message: string
}

type Asked = Pick<HttpRequest, 'url' | 'method' | 'kind'>

/** What rests need; `onOpen` is called when a host is found to be down. */
export interface HostRestOptions {
  readonly now: () => number
  readonly onOpen?: ((host: string, seconds: number) => void) | undefined
}

interface Host {
  closed: { readonly until: number; readonly why: Why } | undefined
  /** Until when no manifest may be pulled. */
  pullsUntil: number
  /** Failures in a row. */
  failures: number
  /** Set while it is taken to be down; `probing` while a request finds out. */
  down: { readonly until: number; readonly rest: number; readonly message: string; probing: boolean } | undefined
}

const mostHosts = 1_000
/** Two requests with all their attempts. */
const failuresUntilDown = 6
const shortestRest = 5_000
/** Not longer, so that the end of an outage is seen within most intervals. */
const longestRest = 60_000
/** How soon to come back while another request finds out. */
const whileProbing = 1_000

const noPullLeft: Why = {
  reason: reasons.registryRateLimited,
  message: 'has no pull left for us (its RateLimit headers); credentials of a larger plan help',
}

/** Makes one for all hosts. */
export function createHostRest({ now: clock, onOpen }: HostRestOptions): HostRest {
  const now = steadily(clock)
  const hosts = new LRUCache<string, Host>({ max: mostHosts })

  // Who asks for TLS where there is none says nothing of those who don't; a listing of the vendor's says nothing of the registry beside it.
  function hostOf({ url: { origin }, kind }: Pick<Asked, 'url' | 'kind'>): Host {
    const key = kind === 'listing' ? `listing ${origin}` : origin
    const host = hosts.get(key) ?? { closed: undefined, pullsUntil: 0, failures: 0, down: undefined }
    hosts.set(key, host)
    return host
  }

  function check({ url, method, kind }: Asked): Host {
    const host = hostOf({ url, kind })
    const { closed, down } = host
    if (closed !== undefined && closed.until > now()) throw leftAlone(url, closed.why, closed.until - now())
    if (down !== undefined && (down.until > now() || down.probing)) throw isDown(host, down, now())
    if (kind === 'manifest' && method === 'GET' && host.pullsUntil > now())
      throw leftAlone(url, noPullLeft, host.pullsUntil - now())
    return host
  }

  function fail({ url, kind }: Asked, host: Host, message: string): void {
    host.failures += 1
    if (host.failures < failuresUntilDown) return
    // Requests that were under way when it was found to be down tell nothing new.
    if (host.down !== undefined && !host.down.probing) return
    const rest = Math.min((host.down?.rest ?? shortestRest / 2) * 2, longestRest)
    host.down = { until: now() + rest, rest, message, probing: false }
    if (kind !== 'listing') onOpen?.(url.host, rest / 1000)
  }

  function learn(ask: Asked, outcome: Exchanged): void {
    const host = hostOf(ask)
    const failure = failureOf(ask.url, outcome)
    if (failure !== undefined) return fail(ask, host, failure)
    if (host.down !== undefined) host.down.probing = false
    if (outcome.kind === 'fault') return
    host.failures = 0
    host.down = undefined
    const { pull } = parseAllowance(outcome.response.headers, clock())
    if (pull !== undefined && ask.kind === 'manifest') host.pullsUntil = now() + pull
  }

  function close(ask: Pick<Asked, 'url' | 'kind'>, ms: number, why: Why): ReconcileError {
    hostOf(ask).closed = { until: now() + ms, why }
    return leftAlone(ask.url, why, ms)
  }

  function enter(ask: Asked): void {
    const { down } = check(ask)
    if (down !== undefined) down.probing = true
  }

  return { check: (ask) => void check(ask), enter, learn, close }
}

/** Only what says that nobody gets an answer: a wrong certificate, a refusal or a slow-down says something else. */
function failureOf({ host }: URL, outcome: Exchanged): string | undefined {
  if (outcome.kind === 'answer')
    return outcome.response.status >= 500 ? `${host} answers HTTP ${outcome.response.status}` : undefined
  return outcome.error.reason === reasons.registryUnavailable ? outcome.error.message : undefined
}

function leftAlone({ host }: URL, { reason, message }: Why, ms: number): ReconcileError {
  const afterMs = Math.ceil(ms)
  const text = `${host} ${message}; it is asked again in ${Math.ceil(ms / 1000)} s`
  return new ReconcileError(reason, text, { retry: { kind: 'backoff', afterMs } })
}

function isDown({ failures }: Host, { until, message }: NonNullable<Host['down']>, now: number): ReconcileError {
  const afterMs = Math.ceil(Math.max(until - now, whileProbing))
  const text = `${message}; after ${failures} failures in a row it is left alone for ${Math.ceil(afterMs / 1000)} s`
  return new ReconcileError(reasons.registryUnavailable, text, { retry: { kind: 'backoff', afterMs } })
}
