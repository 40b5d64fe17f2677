import { waitFor } from '../servers/poll.ts'
import type { Parts } from './parts.ts'

/** What the story says has not happened. */
export class Untrue extends Error {
  constructor(claim: string, cause?: unknown) {
    super(claim, { cause })
    this.name = 'Untrue'
  }
}

const deadlineMs = 30_000

/**
 * Waits until something is true that the story says (`probe` as for `waitFor`), and answers with what was found. Throws
 * `Untrue`, in the words of `what`, when it takes too long or the operator has ended.
 */
export async function claim<T>(
  { operator }: Parts,
  what: string | (() => string),
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const look = async (): Promise<{ readonly found?: T } | undefined> => {
    if (!operator.isRunning()) return {}
    const found = await probe()
    return found === undefined || found === false ? undefined : { found }
  }
  const words = () => (typeof what === 'string' ? what : what())
  const { found } = await waitFor(words(), look, deadlineMs).catch((error: unknown) => {
    throw new Untrue(`${words()} (waited ${deadlineMs / 1000} s)`, error instanceof Error ? error.cause : undefined)
  })
  if (found === undefined) throw new Untrue(`${words()}: the operator has ended`)
  return found
}
