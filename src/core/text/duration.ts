import { fault, parsed, type Parsed } from '../result.ts'

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** The longest duration: 8760 hours, a year. Longer ones are typing errors, and Go's own durations end at 292 years. */
export const longestDuration = 8_760 * 3_600_000

/**
 * Parses a duration such as `30s`, `5m`, `1h30m` or `1.5h` to milliseconds (which may have a fraction). Go's notation without signs and
 * without units below `ms`; a unit is always needed, and a week is `168h`.
 */
export function parseDuration(text: string): Parsed<number> {
  const examples = 'write a number with a unit of ms, s, m or h, such as 30s, 5m or 1h30m'
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/.test(text)) return fault(`is not a duration: ${examples}`)
  const parts = [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)]
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (milliseconds[unit ?? ''] ?? NaN), 0)
  return total <= longestDuration ? parsed(total) : fault('is too long: write at most 8760h')
}
