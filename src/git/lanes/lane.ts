import { setTimeout as pause } from 'node:timers/promises'
import type { LaneEdit, Settled } from './plan-commits.ts'
import type { Reason } from '../../api/conditions.ts'

/**
 * What became of an edit; failures are thrown instead. `revision` is the commit, or that in which it was found done already; `carried` as
 * the edit said.
 */
export type LaneResult =
  | { readonly kind: 'pushed'; readonly revision: string; readonly carried: readonly string[] }
  | { readonly kind: 'unchanged'; readonly revision: string }
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

/** An edit in a lane, and the way back to who submitted it. */
export interface WaitingEdit extends LaneEdit {
  settle(result: Exclude<Settled, { kind: 'unchanged' }> | LaneResult): void
}

/** Gathers edits of one branch and has them committed together, one round after the other. */
export interface Lane {
  submit(edit: LaneEdit): Promise<LaneResult>
  /** Waits no longer for others to join; resolves when nothing is under way any more. */
  drain(): Promise<void>
}

/** What a lane needs. */
export interface LaneParts {
  /** Commits and pushes these edits, and settles each of them; never rejects. */
  readonly commit: (edits: readonly WaitingEdit[]) => Promise<void>
  /** Resolves as soon as nobody could add an edit any more. */
  readonly settled: () => Promise<void>
  /** How long is waited for that at most, in ms. */
  readonly commitWindow: number
  /** Nothing waits or is under way any more: whoever keeps the lane may let it go, for it remembers nothing. */
  readonly onIdle: () => void
}

/** Opens a lane. */
export function openLane({ commit, settled, commitWindow, onIdle }: LaneParts): Lane {
  let waiting: WaitingEdit[] = []
  let running: Promise<void> | undefined
  const draining = new AbortController()

  async function gather(): Promise<void> {
    const enough = new AbortController()
    const signal = AbortSignal.any([draining.signal, enough.signal])
    const window = pause(commitWindow, undefined, { signal }).catch(() => undefined)
    await Promise.race([settled().catch(() => window), window])
    enough.abort()
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await gather()
      // What is submitted from here on goes into the next round.
      const round = waiting
      waiting = []
      await commit(round)
    }
    running = undefined
    onIdle()
  }

  function submit(edit: LaneEdit): Promise<LaneResult> {
    return new Promise((resolve, reject) => {
      const settle: WaitingEdit['settle'] = (result) =>
        result.kind === 'failed' ? reject(result.error) : resolve(result)
      waiting.push({ ...edit, settle })
      running ??= run()
    })
  }

  async function drain(): Promise<void> {
    draining.abort()
    await running
  }

  return { submit, drain }
}
