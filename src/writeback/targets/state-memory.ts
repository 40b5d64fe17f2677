import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** What was read of files, by all that it depends on: while nothing changes, nothing is parsed again. */
export interface StateMemory<T> {
  /** `parts` are plain values. Who asks for what is being read shares it; what could not be read is read again. */
  recall(parts: readonly unknown[], read: () => Promise<T>): Promise<T>
}

const mostStates = 5_000
// Longer ones are files, which would be copied and escaped only to be hashed.
const longestSpelledOut = 1_024

/** Makes an empty memory. */
export function createStateMemory<T>(): StateMemory<T> {
  const states = new LRUCache<string, { readonly state: T }>({ max: mostStates })
  const running = new Map<string, Promise<T>>()

  function begin(key: string, read: () => Promise<T>): Promise<T> {
    const reading = read()
      .then((state) => {
        states.set(key, { state })
        return state
      })
      .finally(() => running.delete(key))
    running.set(key, reading)
    return reading
  }

  return {
    async recall(parts, read) {
      const key = hash('sha256', JSON.stringify(parts, shortened), 'base64')
      const known = states.get(key)
      if (known !== undefined) return known.state
      return await (running.get(key) ?? begin(key, read))
    },
  }
}

function shortened(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > longestSpelledOut
    ? { hash: hash('sha256', value, 'base64') }
    : value
}
