import { setImmediate as breathe } from 'node:timers/promises'

/** Milliseconds of work after which timers, probes and other conversations get their turn. */
const longestTurn = 20

/** Begins a piece of long work. What it gives is awaited between its parts, and gives the event loop a turn when one is due. */
export function createTurns(): () => Promise<void> {
  let begun = performance.now()
  return async () => {
    if (performance.now() - begun <= longestTurn) return
    await breathe()
    begun = performance.now()
  }
}
