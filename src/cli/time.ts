import { fault, parsed, type Parsed } from '../core/result.ts'

const shape = /^(\d{4}-\d\d-\d\d)t\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d:\d\d)$/i

/** A time as RFC 3339 writes it, in ms since the epoch. */
export function parseTime(text: string): Parsed<number> {
  const [, day = ''] = shape.exec(text) ?? []
  const time = day === '' ? Number.NaN : Date.parse(text.toUpperCase())
  // JavaScript takes the 30th of February for the 1st of March.
  const isDay = !Number.isNaN(time) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
  return isDay ? parsed(time) : fault('is no time: write it as 2026-01-31T12:00:00Z')
}
