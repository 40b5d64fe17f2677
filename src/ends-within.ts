import { setTimeout as pause } from 'node:timers/promises'

/** Whether something ends in so many ms; rejects if it does before that. */
export async function endsWithin(ms: number, ending: Promise<unknown>): Promise<boolean> {
  const enough = new AbortController()
  const late = pause(ms, false, { signal: enough.signal }).catch(() => false)
  return await Promise.race([ending.then(() => true), late]).finally(() => enough.abort())
}
