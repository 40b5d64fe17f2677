import type { Origin } from './choosing/origin.ts'

/** An Application; and by its index which of its sources, where it has several. */
export interface ChangedApplication {
  readonly namespace: string
  readonly name: string
  readonly source?: number | undefined
}

/** One write to one Application, as commit messages, events and history tell it. Values are `1.4.2`, `1.4.2@sha256:…` or `@sha256:…`. */
export interface Change {
  /** `namespace/name` of the policy. */
  readonly policy: string
  readonly application: ChangedApplication
  /** The image as the policy writes it. */
  readonly image: string
  /** Undefined: nothing was desired before. */
  readonly from: string | undefined
  readonly to: string
  /** Names of the parameters or images carried over from the Application's spec into the file by this write. */
  readonly carried: readonly string[]
  /** YAML anchors whose value this write changes, so that their aliases follow. */
  readonly anchors?: readonly string[]
  /** No choice is written: carried entries are made equal to the Application's spec again, and `to` is what stands there. */
  readonly isRepair?: boolean
  /** What the image of `to` was built from, where that is known. */
  readonly origin?: Origin
}
