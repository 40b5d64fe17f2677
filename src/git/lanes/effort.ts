import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { RefusalTopic } from '../wire/push-refusal.ts'
import type { Fixed } from './fixed-tips.ts'
import type { Ground, Tips } from './ground.ts'

/** What a round has spent, together with the parts into which it was split, and what it has seen of the server meanwhile. */
export interface Effort {
  readonly begun: number
  attempts: number
  /** The branch is not to be rewritten any more in this round. */
  onTop: boolean
  /** The server lets nobody rewrite it, as far as that has been shown. */
  fixed: Fixed | undefined
  /** How often it did not let the branch be made. */
  unmade: number
  /** How often in a row something held the branch locked. */
  locked: number
}

// A branch that can't be made, though nobody else has made it, does not get better by trying at once.
const mostUnmade = 3
// A lock of another push is gone in a moment.
const mostLocked = 8

/** A round begins. */
export function beginEffort(begun: number): Effort {
  return { begun, attempts: 0, onTop: false, fixed: undefined, unmade: 0, locked: 0 }
}

/** The server refused to have commits taken off the branch. */
export function heedRefusal(topic: RefusalTopic, effort: Effort): void {
  effort.onTop = true
  effort.fixed = topic === 'rewriting' ? 'surely' : 'probably'
}

/** A push that is said to have been outrun. */
export interface Outrun {
  readonly ground: Ground
  readonly topic: RefusalTopic
}

/**
 * Heeds that a push was outrun, though the branch is where it was: servers say so of what they do not want, too. Throws a
 * ReconcileError where it makes no sense to go on; `branch` and `name` (`host/path`) are for its message.
 */
export function heedOutrun(
  { ground, topic }: Outrun,
  { head }: Tips,
  at: { readonly branch: string; readonly name: string },
  effort: Effort,
): void {
  const isUnmoved = head === ground.expected
  effort.locked = isUnmoved && topic === 'lock' ? effort.locked + 1 : 0
  if (effort.locked >= mostLocked) throw locked(at)
  if (!isUnmoved || effort.locked > 0) return
  if (ground.rewrites) effort.onTop = true
  if (ground.rewrites && topic === 'rewriting') effort.fixed = 'surely'
  if (head === undefined) effort.unmade += 1
  if (effort.unmade >= mostUnmade) throw unmakeable(at)
}

function locked({ branch, name }: { branch: string; name: string }): ReconcileError {
  const message = `${name} keeps branch ${branch} locked: where no push hangs there, something has left refs/heads/${branch}.lock behind, which is to be removed on the server`
  return new ReconcileError(reasons.pushRejected, message)
}

function unmakeable({ branch, name }: { branch: string; name: string }): ReconcileError {
  const message = `${name} does not let branch ${branch} be made: git keeps no branch beside one whose name goes on behind a /`
  return new ReconcileError(reasons.pushRejected, message)
}
