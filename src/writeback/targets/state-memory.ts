import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** What was read of files, by all that it depends on: while nothing changes, nothing is parsed again. */
export interface StateMemory<T extends object> {
  /** `parts` are plain values. */
  recall(parts: readonly unknown[], read: () => T): T
}

const mostStates = 5_000

/** Makes an empty memory. */
export function createStateMemory<T extends object>(): StateMemory<T> {
  const states = new LRUCache<string, T>({ max: mostStates })
  return {
    recall(parts, read) {
      const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64')
      const known = states.get(key)
      if (known !== undefined) return known
      const state = read()
      states.set(key, state)
      return state
    },
  }
}
