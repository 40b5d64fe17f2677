import type { Version } from '../version.ts'
import { leastOf, next, nextAfter, type Span } from './span.ts'

/** What stands before a version; `bare`: nothing, or `=`. */
export type Operator = 'bare' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^'

/** One comparison of a constraint. */
export interface Comparator {
  readonly operator: Operator
  /** Wildcards and missing parts are 0. */
  readonly bound: Version
  /** How many numbers the bound has before its first wildcard or missing part. */
  readonly parts: 0 | 1 | 2 | 3
}

/** What a comparator stands for: a span of versions (`in`), or all but a span, of which prereleases may be spared (`out`). */
export type Meaning = { readonly kind: 'in'; readonly span: Span } | { readonly kind: 'out'; readonly hole: Hole }

/** Versions that are left out. */
export interface Hole {
  readonly from: Version
  readonly below: Version
  readonly releasesOnly: boolean
}

/** The meaning of a comparator as Masterminds/semver 3.4 has it, whether or not prereleases are admitted. */
export function meaningOf(comparator: Comparator): Meaning {
  const { operator, bound, parts } = comparator
  switch (operator) {
    case '>':
      return within(afterAll(bound, parts), undefined)
    case '>=':
      return within(bound, undefined)
    case '<':
      return within(undefined, bound)
    case '<=':
      return within(undefined, afterAll(bound, parts))
    case '^':
      return within(bound, afterCompatible(bound, parts))
    case '~':
      return within(bound, afterSimilar(bound, parts))
    case 'bare':
      return within(bound, parts === 3 ? next(bound) : afterSimilar(bound, parts))
    case '!=':
      return { kind: 'out', hole: holeOf(bound, parts) }
  }
}

function within(from: Version | undefined, below: Version | undefined): Meaning {
  return { kind: 'in', span: { from, below } }
}

/** The least version above all that the bound stands for: `1.2` stands for every 1.2.x. */
function afterAll(bound: Version, parts: Comparator['parts']): Version {
  if (parts === 3) return next(bound)
  return nextAfter(bound, parts === 2 ? 'minor' : 'major')
}

function afterSimilar(bound: Version, parts: Comparator['parts']): Version | undefined {
  if (parts === 0) return undefined
  return nextAfter(bound, parts === 1 ? 'major' : 'minor')
}

/** What stays the same under `^`: all up to the first number that is not 0, or the last that was given. */
function afterCompatible(bound: Version, parts: Comparator['parts']): Version {
  if (bound.major > 0 || parts === 1) return nextAfter(bound, 'major')
  if (bound.minor > 0 || parts === 2) return nextAfter(bound, 'minor')
  return next({ ...bound, prerelease: [] })
}

// `!=1` takes all of 1.x away, but `!=1.2` spares the prereleases of 1.2.x where its group admits prereleases: so the library.
function holeOf(bound: Version, parts: Comparator['parts']): Hole {
  if (parts === 3) return { from: bound, below: next(bound), releasesOnly: false }
  const same = parts === 2 ? 'minor' : 'major'
  const from = leastOf(bound.major, parts === 2 ? bound.minor : 0, 0)
  return { from, below: nextAfter(bound, same), releasesOnly: parts === 2 }
}
