import type { Reason } from './api/conditions.ts'

/**
 * What happens after a failure: `backoff` retries by itself (not before `afterMs` milliseconds when a server asked to
 * wait), `interval` looks again at the policy's next interval, `onChange` waits until the policy or what it links changes.
 */
export type Retry =
  | { readonly kind: 'backoff'; readonly afterMs?: number }
  | { readonly kind: 'interval' }
  | { readonly kind: 'onChange' }

/** Retries by itself with growing delays. */
export const backoff: Retry = { kind: 'backoff' }
/** Looks again at the policy's next interval. */
export const atInterval: Retry = { kind: 'interval' }
/** Waits for somebody to change something. */
export const onChange: Retry = { kind: 'onChange' }

/**
 * The one error that crosses the shell's border. Its message is shown to users: it names what failed and what to do,
 * and holds nothing secret and no text of a client library.
 */
export class ReconcileError extends Error {
  override readonly name = 'ReconcileError'
  readonly reason: Reason
  readonly retry: Retry

  constructor(reason: Reason, message: string, options: { retry?: Retry; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.retry = options.retry ?? backoff
  }
}

/** What is read, or undefined where a ReconcileError says that it can't be had now; anything else is a fault of ours and goes on. */
export function orUndefined<T>(read: () => T | undefined): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ReconcileError) return undefined
    throw error
  }
}
