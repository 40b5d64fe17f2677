import type { Candidate, Objection } from '../candidate.ts'
import type { Version } from '../version.ts'

/** What a strategy asks the registry for: the list of tags, one tag's digest, or digest and creation time of all candidates. */
export type Needs = 'tags' | 'digest' | 'createdAt'

interface Named {
  readonly digest?: string | undefined
}

/** What is compared: a tag with what is known of it. */
export interface Contender {
  readonly tag: string
  /** The tag, or what `extract` captured; undefined: it does not match `extract`. */
  readonly comparable: string | undefined
  /** The comparable text as a version; undefined: it is none. */
  readonly version: Version | undefined
  readonly digest?: string | undefined
  /** Milliseconds since the epoch. */
  readonly createdAt?: number | undefined
}

/**
 * One way to choose. Methods, not members of function type: so each strategy may want its own spec and all fit into one
 * table (method parameters are compared bivariantly); `strategies/index.ts` is the only caller.
 */
export interface Strategy<Spec> {
  readonly needs: Needs
  /** What the strategy has against a candidate, by its text alone. */
  objection(candidate: Candidate, spec: Spec): Objection | undefined
  /** The strategy's own order, without its tie-break by the tag's bytes; undefined: one of them can't be ranked. */
  compare(a: Contender, b: Contender): number | undefined
  /** Whether two names stand for one build, of which none is newer. */
  readonly isSameBuild?: (a: Named, b: Named) => boolean
  /** Whether the comparable text decides; `latest` and `digest` look elsewhere. */
  readonly comparesText: boolean
}

/** For strategies that take every candidate. */
export function noObjection(): undefined {
  return undefined
}
