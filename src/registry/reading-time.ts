import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import { steadily } from './manners/steady-clock.ts'

/** How long all that belongs together may be read (ms), besides the last request: each of these has limits of its own. */
export const longestRead = 10 * 60_000

/** Begins now, on a clock in ms; what it gives throws ScanIncomplete once more time is over than such a thing may be read. */
export function createReadingTime(now: () => number, what: string): () => void {
  const time = steadily(now)
  const until = time() + longestRead
  return () => {
    if (time() <= until) return
    const message = `${what} take more than ${longestRead / 60_000} minutes to be read; the choice stays, and it is tried again`
    throw new ReconcileError(reasons.scanIncomplete, message)
  }
}
