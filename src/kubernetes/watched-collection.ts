import { Collection, type CollectionOptions } from './collection.ts'
import { Reflector, type ReflectorOptions } from './reflector.ts'

/** What is watched, and what is kept of it. */
export type WatchedOptions<T> = Omit<ReflectorOptions, 'onEvent' | 'signal'> & Omit<CollectionOptions<T>, 'changed'>

/** Objects as they are now, for whoever reads them when he needs them: a change wakes nobody. */
export interface WatchedCollection<T> {
  readonly collection: Collection<T>
  /** Fulfilled once they are known, or the API server refuses to list them. */
  readonly settled: Promise<void>
  /** Stops watching. */
  close(): Promise<void>
}

/** Begins to watch. */
export function watchCollection<T>({ what, read, ...followed }: WatchedOptions<T>): WatchedCollection<T> {
  const stopping = new AbortController()
  const collection = new Collection<T>({ what, read, changed: () => undefined })
  const reflector = new Reflector({
    ...followed,
    signal: stopping.signal,
    onEvent: (event) => collection.apply(event),
  })
  collection.addFeed(reflector)
  const run = reflector.run()
  return {
    collection,
    settled: reflector.settled,
    close: async () => {
      stopping.abort()
      await run
    },
  }
}
