const longest = 15 * 60_000

/**
 * How long a server asks to wait (RFC 9110, section 10.2.3: seconds, also with a fraction, or a date), in ms from `now` (ms since
 * the epoch): 1 s at least, 15 min at most. Undefined: it does not say.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  const wait = /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : /[a-z]/i.test(text)
      ? Date.parse(text) - now
      : Number.NaN
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 1000), longest)
}
