import type { TagReason } from '../../api/v1alpha1.ts'
import type { Origin } from './origin.ts'
import type { Platform } from './platform.ts'
import { parseVersion, type Version } from './version.ts'

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
export class Candidate {
  readonly tag: string
  readonly comparable: string
  /** Null: nobody has asked. */
  #version: Version | undefined | null = null

  constructor(tag: string, comparable: string) {
    this.tag = tag
    this.comparable = comparable
  }

  /** The comparable text as a version, undefined where it is none: parsed once, and only if somebody asks. */
  get version(): Version | undefined {
    if (this.#version === null) this.#version = parseVersion(this.comparable)
    return this.#version
  }
}

/** A candidate with what the registry told of it. */
export class KnownCandidate {
  readonly digest: string | undefined
  /** Milliseconds since the epoch. */
  readonly createdAt: number | undefined
  readonly #candidate: Candidate

  constructor(candidate: Candidate, metadata: TagMetadata | undefined) {
    this.#candidate = candidate
    this.digest = metadata?.digest
    this.createdAt = metadata?.createdAt
  }

  get tag(): string {
    return this.#candidate.tag
  }

  get comparable(): string {
    return this.#candidate.comparable
  }

  get version(): Version | undefined {
    return this.#candidate.version
  }
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
