import type { PolicyKey } from '../core/policy.ts'
import type { Requeue } from '../core/requeue.ts'

/** A running reconcile's place among those that run side by side. */
export interface Place {
  /** Gives the place back while something is awaited, such as a commit that others may still join. The key stays busy. */
  lend<T>(awaited: Promise<T>): Promise<T>
  /** Aborted when the queue drains: a run that has nothing to write ends then. */
  readonly ending: AbortSignal
}

/** What a queue needs: `run` never rejects; `random` draws from [0, 1). */
export interface QueueOptions {
  readonly run: (key: PolicyKey, place: Place) => Promise<Requeue>
  /** Keys of one group share its places: who waits for something slow holds up nobody but those who wait for the same. */
  readonly groupOf: (key: PolicyKey) => string
  /** So many places has each group. */
  readonly concurrency: number
  readonly random: () => number
  readonly onDepth?: (waiting: number) => void
}

interface Group {
  readonly ready: Set<PolicyKey>
  places: number
}

const firstDelay = 1_000
// Longer timers overflow into 1 ms (the limit of setTimeout).
const longestTimer = 2 ** 31 - 1

/**
 * Runs keys, each at most once at a time, of each group up to `concurrency` side by side. A key added while it runs runs again
 * afterwards; a key added twice runs once. Failures come again with growing delays.
 */
export class PolicyQueue {
  readonly #options: QueueOptions
  readonly #groups = new Map<string, Group>()
  /** Keys that wait for a place, and the group in which they do. */
  readonly #ready = new Map<PolicyKey, string>()
  readonly #running = new Set<PolicyKey>()
  readonly #timers = new Map<PolicyKey, NodeJS.Timeout>()
  readonly #failures = new Map<PolicyKey, number>()
  readonly #settledWaiters: (() => void)[] = []
  readonly #idleWaiters: (() => void)[] = []
  readonly #draining = new AbortController()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Runs a key as soon as there is a place. */
  add(key: PolicyKey): void {
    if (this.#draining.signal.aborted) return
    this.#clearTimer(key)
    const group = this.#options.groupOf(key)
    // What waits already keeps its place in the row, however often it is added.
    if (this.#ready.get(key) !== group) {
      this.#unready(key)
      this.#ready.set(key, group)
      this.#groupNamed(group).ready.add(key)
    }
    this.#pump(group)
  }

  /** Takes a key out: no timer, no failures; a run that is under way ends. */
  forget(key: PolicyKey): void {
    this.#clearTimer(key)
    this.#unready(key)
    this.#failures.delete(key)
  }

  /** Resolves as soon as no reconcile runs or waits for a place; those that lent theirs do not count. */
  settled(): Promise<void> {
    return this.#isSettled() ? Promise.resolve() : new Promise((resolve) => this.#settledWaiters.push(resolve))
  }

  /** Starts nothing any more and resolves when what runs has ended. */
  drain(): Promise<void> {
    this.#draining.abort()
    for (const key of this.#ready.keys()) this.#unready(key)
    for (const key of this.#timers.keys()) this.#clearTimer(key)
    this.#notice()
    return this.#running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  #groupNamed(name: string): Group {
    const group = this.#groups.get(name) ?? { ready: new Set(), places: 0 }
    this.#groups.set(name, group)
    return group
  }

  #unready(key: PolicyKey): void {
    const group = this.#ready.get(key)
    if (group !== undefined) this.#groups.get(group)?.ready.delete(key)
    this.#ready.delete(key)
  }

  #pump(name: string): void {
    const group = this.#groupNamed(name)
    for (const key of group.ready) {
      if (group.places >= this.#options.concurrency) break
      if (this.#running.has(key)) continue
      this.#unready(key)
      void this.#start(key, name)
    }
    if (group.places === 0 && group.ready.size === 0) this.#groups.delete(name)
    this.#options.onDepth?.(this.#ready.size)
  }

  async #start(key: PolicyKey, name: string): Promise<void> {
    this.#running.add(key)
    this.#groupNamed(name).places += 1
    const place: Place = { lend: (awaited) => this.#lend(name, awaited), ending: this.#draining.signal }
    const requeue = await this.#options.run(key, place)
    this.#groupNamed(name).places -= 1
    this.#running.delete(key)
    this.#schedule(key, requeue)
    this.#pump(name)
    // Its next run may wait in another group by now.
    const next = this.#ready.get(key)
    if (next !== undefined && next !== name) this.#pump(next)
    this.#notice()
  }

  async #lend<T>(name: string, awaited: Promise<T>): Promise<T> {
    this.#groupNamed(name).places -= 1
    this.#pump(name)
    this.#notice()
    try {
      return await awaited
    } finally {
      // Taken back at once, even above the limit: what is left to do is to report.
      this.#groupNamed(name).places += 1
    }
  }

  #schedule(key: PolicyKey, requeue: Requeue): void {
    const failures = requeue.kind === 'backoff' ? (this.#failures.get(key) ?? 0) + 1 : 0
    if (failures === 0) this.#failures.delete(key)
    else this.#failures.set(key, failures)
    if (requeue.kind === 'onChange' || this.#draining.signal.aborted || this.#ready.has(key)) return
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
    const isIdle = [...this.#groups.values()].every(({ places }) => places === 0)
    return isIdle && [...this.#ready.keys()].every((key) => this.#running.has(key))
  }

  #notice(): void {
    if (this.#isSettled()) for (const resolve of this.#settledWaiters.splice(0)) resolve()
    if (this.#running.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
