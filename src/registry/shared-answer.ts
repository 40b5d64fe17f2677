/** An answer of a registry that many want, asked for once for all. */
export interface SharedAnswer<T> {
  /** The answer, asked for at `notBefore` (ms since the epoch) or later. */
  get(notBefore: number): Promise<T>
  /** The answer that came last, however old. */
  last(): { readonly value: T } | undefined
  /** Whether an answer is known that was asked for at `notBefore` or later. */
  isKnown(notBefore: number): boolean
  /** Takes an answer to a question of that time (ms since the epoch) that somebody else put. */
  learn(value: T, at: number): void
}

/** So long a failure is everybody's: many policies on a registry that is down make one attempt. */
const failureLasts = 1_000

/** Makes one; `ask` asks the registry, `now` is in ms since the epoch. What is of a time that has not come yet is of a clock that was wrong, and older than all else. */
export function createSharedAnswer<T>(ask: () => Promise<T>, now: () => number): SharedAnswer<T> {
  let last: { readonly value: T; readonly at: number } | undefined
  let pending: { readonly answer: Promise<T>; readonly at: number } | undefined
  let failure: { readonly cause: unknown; readonly until: number } | undefined

  function learn(value: T, at: number): void {
    if (last === undefined || last.at <= at || last.at > now()) last = { value, at }
  }

  const isKnown = (notBefore: number): boolean => last !== undefined && last.at >= notBefore && last.at <= now()
  const isFresh = (until: number): boolean => until > now() && until <= now() + failureLasts

  async function fetch(at: number): Promise<T> {
    try {
      const value = await ask()
      learn(value, at)
      failure = undefined
      return value
    } catch (cause) {
      failure = { cause, until: now() + failureLasts }
      throw cause
    } finally {
      if (pending?.at === at) pending = undefined
    }
  }

  async function get(notBefore: number): Promise<T> {
    if (last !== undefined && isKnown(notBefore)) return last.value
    if (pending !== undefined && pending.at >= notBefore) return await pending.answer
    if (failure !== undefined && isFresh(failure.until)) throw failure.cause
    const at = now()
    pending = { at, answer: fetch(at) }
    return await pending.answer
  }

  return { get, last: () => last, isKnown, learn }
}
