/** How many calls are under way side by side. */
export interface CallPace {
  /** Waits for a place, no longer than until the signal. */
  take(signal: AbortSignal): Promise<void>
  /** Gives the place back; `refused`: the server said that it was one too many. */
  give(refused: boolean): void
}

/**
 * As many calls as there are connections; half as many after each that the server's priority and fairness refuses (429), and
 * slowly more again while it takes them. Without it all who were refused would come back at the same moment, to be refused.
 */
export function createCallPace(most: number): CallPace {
  let limit = most
  let running = 0
  const waiting = new Set<() => void>()
  const pump = (): void => {
    for (const begin of waiting) {
      if (running >= Math.floor(limit)) return
      waiting.delete(begin)
      running += 1
      begin()
    }
  }
  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting.delete(begin)
          reject(signal.reason as Error)
        }
        const begin = (): void => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        }
        if (signal.aborted) return giveUp()
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.add(begin)
        pump()
      }),
    give: (refused) => {
      running -= 1
      limit = refused ? Math.max(1, limit / 2) : Math.min(most, limit + 1 / limit)
      pump()
    },
  }
}
