/** Runs something for keys: different keys side by side, one key never twice at once. */
export interface KeyedRunner {
  /** Has the key run soon; while it runs, once more afterwards. */
  readonly add: (key: string) => void
  /** Takes no more keys and waits until nothing runs. */
  readonly stop: () => Promise<void>
}

/** Makes a runner. `run` must not reject. */
export function keyedRunner(run: (key: string) => Promise<void>): KeyedRunner {
  const running = new Map<string, Promise<void>>()
  const again = new Set<string>()
  let isStopped = false

  async function runAndRepeat(key: string): Promise<void> {
    do {
      again.delete(key)
      await run(key)
    } while (again.has(key) && !isStopped)
    running.delete(key)
  }

  return {
    add(key) {
      if (isStopped) return
      if (running.has(key)) again.add(key)
      else running.set(key, runAndRepeat(key))
    },
    async stop() {
      isStopped = true
      await Promise.all(running.values())
    },
  }
}

/** The same function, of which at most `limit` calls run at once; the others wait their turn. */
export function limited<Arguments extends readonly unknown[], Result>(
  limit: number,
  call: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  let free = limit
  const waiting: (() => void)[] = []
  return async (...given) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await call(...given)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
