import type { ResponseHeaders } from '../wire/response-headers.ts'
import { parseRetryAfter } from './retry-after.ts'

/**
 * What a host says about how much it may be asked, in ms from now. `pause`: nothing more is left before that. `pull`: no GET of a manifest is,
 * while everything else is free (Docker Hub).
 */
export interface Allowance {
  readonly pause: number | undefined
  readonly pull: number | undefined
}

const longest = 15 * 60_000

/**
 * Reads `RateLimit-Remaining` and its kin, as far as they say that nothing is left:
 * `RateLimit: "default";r=0;t=30`, `RateLimit-Remaining: 0` with `RateLimit-Reset` in seconds or as a date in seconds since 1970 (GitLab), `X-RateLimit-…`, and Docker Hub's
 * `ratelimit-remaining: 0;w=21600`, a window without a beginning: in it the next pull is free once its share of time is over.
 */
export function parseAllowance(headers: ResponseHeaders, now: number): Allowance {
  const text = (name: string): string => headers[name] ?? ''
  const [, left, seconds] = /;\s*r=(\d+)(?:.*?;\s*t=(\d+))?/.exec(text('ratelimit')) ?? []
  const remaining = /^\s*(\d+)/.exec(text('ratelimit-remaining') || text('x-ratelimit-remaining'))?.[1]
  if (Number(left ?? remaining ?? 1) > 0) return { pause: undefined, pull: undefined }
  const reset = seconds ?? (text('ratelimit-reset') || text('x-ratelimit-reset'))
  return { pause: untilReset(reset, now), pull: shareOfWindow(text('ratelimit-limit')) }
}

/** How long a host asks to wait, in whichever way it says so; undefined: it does not say. */
export function askedWait(headers: ResponseHeaders, now: number): number | undefined {
  const own = headers['x-retry-after']
  return parseRetryAfter(headers['retry-after'], now) ?? untilReset(own, now) ?? parseAllowance(headers, now).pause
}

/** Seconds from now, or since 1970. */
function untilReset(text: string | undefined, now: number): number | undefined {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined
  const wait = Number(text) > 1e9 ? Number(text) * 1000 - now : Number(text) * 1000
  return Math.min(Math.max(wait, 1000), longest)
}

function shareOfWindow(limit: string): number | undefined {
  const [, most = '', window = ''] = /^\s*(\d+)\s*;\s*w=(\d+)/.exec(limit) ?? []
  const share = (Number(window) / Number(most)) * 1000
  return most === '' || !(share > 0) ? undefined : Math.min(Math.max(share, 1000), longest)
}
