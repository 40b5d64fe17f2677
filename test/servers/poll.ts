import { setTimeout as pause } from 'node:timers/promises'

const pauseMs = 25

/**
 * Asks `probe` again and again until it answers with something other than `undefined` or `false`, and returns that.
 * A probe that throws counts as "not yet"; after `deadlineMs` the last error is the cause of the one thrown here.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 15_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await attempt(probe)
    if (answer.kind === 'yes') return answer.value
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`, { cause: answer.cause })
    await pause(pauseMs)
  }
}

type Answer<T> = { readonly kind: 'yes'; readonly value: T } | { readonly kind: 'notYet'; readonly cause?: unknown }

async function attempt<T>(probe: () => Promise<T | undefined | false> | T | undefined | false): Promise<Answer<T>> {
  try {
    const value = await probe()
    return value === undefined || value === false ? { kind: 'notYet' } : { kind: 'yes', value }
  } catch (cause) {
    return { kind: 'notYet', cause }
  }
}
