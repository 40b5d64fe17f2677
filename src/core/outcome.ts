import type { ApplicationStatus, FirstSeenStatus, Gate } from '../api/v1alpha1.ts'
import type { ReconcileError } from '../errors.ts'
import type { Choice } from './choosing/candidate.ts'
import type { Waiting } from './choosing/best-contender.ts'
import type { Told } from './choosing/evaluate.ts'

/** How it went for one linked Application. */
export type Result =
  | { readonly kind: 'idle' }
  | { readonly kind: 'upToDate' }
  | {
      readonly kind: 'written'
      readonly from: string | undefined
      readonly to: string
      readonly revision: string | undefined
      /** It is on a branch that waits to be merged. */
      readonly waitsOn?: WaitsOn | undefined
    }
  /** `proposed`: what waits on a push branch, or did so before somebody took it back. */
  | { readonly kind: 'held'; readonly gate: Gate; readonly message: string; readonly proposed?: string | undefined }
  | { readonly kind: 'failed'; readonly error: ReconcileError }

/** A branch, and the one that it is to be merged into. */
export interface WaitsOn {
  readonly branch: string
  readonly base: string
}

/** One linked Application after a run. Times are ms since the epoch. */
export interface ApplicationOutcome {
  readonly namespace: string
  readonly name: string
  /** Index of the source, where the Application has several. */
  readonly source: number | undefined
  readonly sourceType: string | undefined
  /** The value desired when the run began; undefined: nothing, or not known. */
  readonly current: string | undefined
  /** What the memory held of this Application when the run began (already dropped where it no longer holds). */
  readonly written: string | undefined
  readonly writtenAt: number | undefined
  /** Hash of the place that is written to, as far as it is known. */
  readonly writtenTo: string | undefined
  /** What waited on a push branch when the run began and was neither merged nor taken out of memory since. */
  readonly proposed: string | undefined
  /** Somebody took that back before it was merged. */
  readonly takenBack: boolean
  /** The base's tip at which it was seen that what waited had been merged; undefined: that was not seen in this run. */
  readonly mergedAt: string | undefined
  readonly result: Result
  /** What Pods, sync and health say, while a write is followed. */
  readonly followed: Pick<ApplicationStatus, 'live' | 'sync' | 'health'> | undefined
  /** The written image has not appeared where it should have. */
  readonly suspicious: string | undefined
  /** The branch's tip, or the Application's resourceVersion, at which `current` was seen. */
  readonly seenAt: string
  /** A new value of annotation `resumedAt` on the Application, to be remembered as handled. */
  readonly resumedAt: string | undefined
}

interface Evaluated {
  readonly evaluation: Told
  /** With `minAge`: since when young tags are known. */
  readonly firstSeen?: readonly FirstSeenStatus[]
}

/** What choosing came to. */
export type ImageOutcome =
  | ({ readonly kind: 'chosen'; readonly choice: Choice } & Evaluated)
  | ({ readonly kind: 'noMatch' } & Evaluated)
  /** Nothing may be chosen now, and something waits. */
  | ({ readonly kind: 'waiting'; readonly waiting: Waiting } & Evaluated)
  /** What the registry answered is not believed yet. */
  | { readonly kind: 'doubted'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: ReconcileError }
  | { readonly kind: 'suspended' }

/** How a run went, as a plain value: everything that is reported is rendered from it. */
export type Outcome =
  | { readonly kind: 'failed'; readonly error: ReconcileError }
  | {
      readonly kind: 'ran'
      readonly image: ImageOutcome
      /** Set when no Application could be judged at all (none matches, or too many). */
      readonly linkError: ReconcileError | undefined
      readonly applications: readonly ApplicationOutcome[]
    }
