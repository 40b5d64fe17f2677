import type { Application } from '../core/applications/application.ts'
import type { ClaimKey } from '../core/applications/conflicts.ts'
import type { Origin } from '../core/choosing/origin.ts'
import type { LinkedFacts } from '../core/decide.ts'
import type { PolicyIdentity, PolicySpec } from '../core/policy.ts'
import type { Result } from '../core/outcome.ts'
import type { PushFacts } from '../core/proposal.ts'
import type { ChosenSource } from '../core/targets/source.ts'
import type { Target } from '../core/targets/values.ts'

/** The source of a linked Application that is written to, with the policy that links it. */
export interface LinkedTarget {
  readonly policy: PolicyIdentity
  readonly spec: PolicySpec
  readonly application: Application
  readonly chosen: ChosenSource
  /** What is the policy's there. */
  readonly target: Target
}

/** How a write ended; `moved`: the value was no longer the one that was decided upon, nothing was written. */
export type Written = Extract<Result, { kind: 'written' }> | { readonly kind: 'unchanged' } | { readonly kind: 'moved' }

/** A push branch as it was looked at. */
export interface PushPlace extends Omit<PushFacts, 'proposed' | 'takenBack' | 'repairTakenBack'> {
  /** The base's tip. */
  readonly tip: string
  /** Asks Argo CD to look at what was merged, if the policy wants it to be asked. */
  merged(): Promise<void>
}

/** What history tells of a write of ours: it was made `here`, where it is desired; or only `beside`, on the push branch. */
export type WroteBefore = 'here' | 'beside' | undefined

/** Where a choice is written for one linked source. Everything on it throws ReconcileError. */
export interface Place {
  readonly desired: Extract<LinkedFacts['desired'], { kind: 'known' }>
  /** Hash of where that is: what was written at another place, or into another Application of the same name, is no matter here. */
  readonly where: string
  /** What is written there and nobody else may write, as only a look could tell. */
  readonly claims: readonly ClaimKey[]
  /** The branch's tip, or the Application's resourceVersion, at which the desired value was seen. */
  readonly seenAt: string
  /**
   * Writes `to` where `from`, the desired value that was decided upon, still stands; resolves when it is accepted. `origin` is
   * what the image was built from, where that is known.
   */
  write(from: string | undefined, to: string, origin?: Origin): Promise<Written>
  /** Where what is written waits to be merged; undefined: it is desired at once. */
  readonly push?: PushPlace | undefined
  /** Makes carried-over entries equal to the Application's spec again, and changes nothing else. */
  repair(): Promise<Written>
  /**
   * Asks Argo CD to look at the commit by which the policy wrote this value `since` then, if there is one that was not compared yet:
   * the process that pushed it may have ended before it asked.
   */
  catchUp(value: string, since: number): Promise<void>
  /** Where history shows that the policy wrote this value `since` then (ms since the epoch), whatever its status says. */
  wroteBefore(to: string, since: number): Promise<WroteBefore>
}

/** A method of writing back. */
export interface WriteBackMethod {
  /** What the policy would write there and nobody else may: see `core/applications/conflicts.ts`. */
  claims(linked: LinkedTarget): readonly ClaimKey[]
  /** What the policy may write there, of which only a look tells what it does: older policies that may write the same have to be looked at first. */
  possible(linked: LinkedTarget): readonly ClaimKey[]
  /** The same claims as others may spell them, as far as that has been seen: a branch may be the remote's HEAD. */
  aliases(linked: LinkedTarget): readonly ClaimKey[]
  /** Looks at what is desired now; what was looked at since `notBefore` (ms since the epoch) may be told again. */
  observe(linked: LinkedTarget, options: { notBefore: number }): Promise<Place>
}
