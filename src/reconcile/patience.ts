import type { ReconcileError } from '../errors.ts'

/** How long a run waits for what it reads before it has anything to write. */
export interface Patience {
  /** What is read; throws `late` when the run has read for too long, and `Ended` when the operator ends. What was asked goes on for others, or comes to its own end. */
  readonly wait: <T>(reading: Promise<T>, late: () => ReconcileError) => Promise<T>
}

/** What patience goes by: ms from now on, and whether the operator ends. */
export interface PatienceOptions {
  readonly longest: number
  readonly ending: AbortSignal
}

/** The operator ends, and there was nothing to write: the next one looks anew, and nothing is told of this run. */
export class Ended extends Error {}

/** So long a run reads at most (ms): a registry that answers a byte at a time would hold it for hours. */
export const longestReading = 15 * 60_000

/** Begins now. */
export function createPatience({ longest, ending }: PatienceOptions): Patience {
  const until = performance.now() + longest

  async function wait<T>(reading: Promise<T>, late: () => ReconcileError): Promise<T> {
    let leave = (): void => undefined
    const outOfPatience = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(late()), Math.max(0, until - performance.now()))
      const end = (): void => reject(new Ended())
      ending.addEventListener('abort', end)
      if (ending.aborted) end()
      leave = () => {
        clearTimeout(timer)
        ending.removeEventListener('abort', end)
      }
    })
    return await Promise.race([outOfPatience, reading]).finally(leave)
  }

  return { wait }
}
