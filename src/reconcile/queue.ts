import type { PolicyKey } from '../core/policy.ts'
import type { Requeue } from '../core/requeue.ts'

/** A running reconcile's place among those that run side by side. */
export interface Place {
  /** Gives the place back while something is awaited, such as a commit that others may still join. The key stays busy. */
  lend<T>(awaited: Promise<T>): Promise<T>
}

/** What a queue needs: `run` never rejects; `random` draws from [0, 1). */
export interface QueueOptions {
  readonly run: (key: PolicyKey, place: Place) => Promise<Requeue>
  readonly concurrency: number
  readonly random: () => number
  readonly onDepth?: (waiting: number) => void
}

const firstDelay = 1_000
// Longer timers overflow into 1 ms (the limit of setTimeout).
const longestTimer = 2 ** 31 - 1

/**
 * Runs keys, each at most once at a time, up to `concurrency` side by side. A key added while it runs runs again
 * afterwards; a key added twice runs once. Failures come again with growing delays.
 */
export class PolicyQueue {
  readonly #options: QueueOptions
  readonly #ready = new Set<PolicyKey>()
  readonly #running = new Set<PolicyKey>()
  readonly #timers = new Map<PolicyKey, NodeJS.Timeout>()
  readonly #failures = new Map<PolicyKey, number>()
  readonly #settledWaiters: (() => void)[] = []
  readonly #idleWaiters: (() => void)[] = []
  #places = 0
  #stopped = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Runs a key as soon as there is a place. */
  add(key: PolicyKey): void {
    if (this.#stopped) return
    this.#clearTimer(key)
    this.#ready.add(key)
    this.#pump()
  }

  /** Takes a key out: no timer, no failures; a run that is under way ends. */
  forget(key: PolicyKey): void {
    this.#clearTimer(key)
    this.#ready.delete(key)
    this.#failures.delete(key)
  }

  /** Resolves as soon as no reconcile runs or waits for a place; those that lent theirs do not count. */
  settled(): Promise<void> {
    return this.#isSettled() ? Promise.resolve() : new Promise((resolve) => this.#settledWaiters.push(resolve))
  }

  /** Starts nothing any more and resolves when what runs has ended. */
  drain(): Promise<void> {
    this.#stopped = true
    this.#ready.clear()
    for (const key of this.#timers.keys()) this.#clearTimer(key)
    this.#notice()
    return this.#running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  #pump(): void {
    for (const key of this.#ready) {
      if (this.#places >= this.#options.concurrency) break
      if (this.#running.has(key)) continue
      this.#ready.delete(key)
      void this.#start(key)
    }
    this.#options.onDepth?.(this.#ready.size)
  }

  async #start(key: PolicyKey): Promise<void> {
    this.#running.add(key)
    this.#places += 1
    const requeue = await this.#options.run(key, { lend: (awaited) => this.#lend(awaited) })
    this.#places -= 1
    this.#running.delete(key)
    this.#schedule(key, requeue)
    this.#pump()
    this.#notice()
  }

  async #lend<T>(awaited: Promise<T>): Promise<T> {
    this.#places -= 1
    this.#pump()
    this.#notice()
    try {
      return await awaited
    } finally {
      // Taken back at once, even above the limit: what is left to do is to report.
      this.#places += 1
    }
  }

  #schedule(key: PolicyKey, requeue: Requeue): void {
    const failures = requeue.kind === 'backoff' ? (this.#failures.get(key) ?? 0) + 1 : 0
    if (failures === 0) this.#failures.delete(key)
    else this.#failures.set(key, failures)
    if (requeue.kind === 'onChange' || this.#stopped || this.#ready.has(key)) return
    const delay = requeue.kind === 'after' ? requeue.ms : this.#backoff(failures, requeue)
    const timer = setTimeout(() => this.add(key), Math.min(delay, longestTimer))
    this.#timers.set(key, timer)
  }

  #backoff(failures: number, { afterMs, atMostMs }: { afterMs: number; atMostMs: number }): number {
    const growing = Math.min(atMostMs, firstDelay * 2 ** Math.min(failures - 1, 20))
    return Math.max(afterMs, growing * (0.5 + this.#options.random() / 2))
  }

  #clearTimer(key: PolicyKey): void {
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
  }

  #isSettled(): boolean {
    // A key that waits for its own run to end can't add to a commit before that.
    return this.#places === 0 && [...this.#ready].every((key) => this.#running.has(key))
  }

  #notice(): void {
    if (this.#isSettled()) for (const resolve of this.#settledWaiters.splice(0)) resolve()
    if (this.#running.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
