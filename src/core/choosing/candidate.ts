import type { TagReason } from '../../api/v1alpha1.ts'
import type { Origin } from './origin.ts'
import type { Platform } from './platform.ts'

/** What is known of a tag beyond its name. */
export interface TagMetadata {
  /** What the tag points to; empty: not known. */
  readonly digest: string
  /** Creation time of the image (ms since the epoch); undefined: it has no believable one. */
  readonly createdAt: number | undefined
  /** The platforms of its images; undefined: nobody has told. */
  readonly platforms?: readonly Platform[]
  /** True when the manifest is no image but a chart, an SBOM or another artifact. */
  readonly artifact?: boolean
  /** What it was built from, as far as it was told with the rest. */
  readonly origin?: Origin
}

/** One answer of a registry about a repository: sorted, each tag once, control characters and impossible tags already gone. */
export interface Scan {
  readonly tags: readonly string[]
  /** Hash of the tags; equal revisions mean equal lists. */
  readonly revision: string
  /** When the registry first answered so (ms since the epoch): the same list stays the same object. */
  readonly at: number
}

/** A tag that may be chosen; `comparable` is what is compared (the tag, or what `extract` captured). */
export interface Candidate {
  readonly tag: string
  readonly comparable: string
}

/** A tag that is left out, and why; the message completes "the tag …". */
export interface Rejection {
  readonly tag: string
  readonly reason: TagReason
  readonly message: string
}

/** What is said against a tag. */
export type Objection = Omit<Rejection, 'tag'>

/** What a strategy chose. */
export interface Choice {
  readonly tag: string
  readonly digest?: string
  readonly createdAt?: number
}

/** A choice with the creation time of its tag, where that is known. */
export function dated(choice: Choice, metadata: ReadonlyMap<string, TagMetadata>): Choice {
  const createdAt = metadata.get(choice.tag)?.createdAt
  return createdAt === undefined ? choice : { ...choice, createdAt }
}
