import { fault, parsed, type Parsed } from '../result.ts'
import { meaningOf, type Comparator, type Hole } from './version-range/comparator.ts'
import { parseGroup } from './version-range/parse-group.ts'
import { contains, everything, intersection, leastOf, next, type Span } from './version-range/span.ts'
import { isPrerelease, type Version } from './version.ts'

/** A compiled constraint on versions. */
export interface VersionRange {
  readonly source: string
  /** `prerelease`: would be in the range if prereleases were admitted (`prereleases`: they are, everywhere). */
  admits(version: Version, prereleases: boolean): 'yes' | 'prerelease' | 'no'
  /** Whether any version can be in the range: none is in `^1.0 ^2.0`. */
  canMatch(prereleases: boolean): boolean
}

/** Comparators that must all hold. */
interface Group {
  readonly span: Span
  readonly holes: readonly Hole[]
  /** A comparator names a prerelease: so all are admitted. */
  readonly prereleases: boolean
}

/**
 * Parses a constraint by the grammar of Masterminds/semver 3.4 (https://github.com/Masterminds/semver#checking-version-constraints),
 * which Helm, Flux and Argo CD Image Updater use. Where that library stumbles, `^*` and `!=1.2-0` are faults, for no meaning is plain,
 * and `1||2 - 3` means what it says.
 */
export function parseVersionRange(text: string): Parsed<VersionRange> {
  if (text.trim() === '') return fault('is empty: write * for any release, or take it out')
  const groups: Group[] = []
  for (const part of text.split('||')) {
    const comparators = parseGroup(part)
    if (!comparators.ok) return comparators
    groups.push(groupOf(comparators.value))
  }
  return parsed({
    source: text,
    admits: (version, prereleases) => admits(groups, version, prereleases),
    canMatch: (prereleases) => groups.some((group) => hasMember(group, prereleases || group.prereleases)),
  })
}

function groupOf(comparators: readonly Comparator[]): Group {
  const meanings = comparators.map(meaningOf)
  return {
    span: meanings.reduce(
      (span, meaning) => (meaning.kind === 'in' ? intersection(span, meaning.span) : span),
      everything,
    ),
    holes: meanings.flatMap((meaning) => (meaning.kind === 'out' ? meaning.hole : [])),
    prereleases: comparators.some(({ bound }) => isPrerelease(bound)),
  }
}

function admits(groups: readonly Group[], version: Version, prereleases: boolean): 'yes' | 'prerelease' | 'no' {
  let found: 'prerelease' | 'no' = 'no'
  for (const group of groups) {
    if (!isMember(group, version)) continue
    if (prereleases || group.prereleases || !isPrerelease(version)) return 'yes'
    found = 'prerelease'
  }
  return found
}

function isMember({ span, holes }: Group, version: Version): boolean {
  if (!contains(span, version)) return false
  for (const hole of holes) if (isIn(hole, version)) return false
  return true
}

function isIn(hole: Hole, version: Version): boolean {
  return contains(hole, version) && !(hole.releasesOnly && isPrerelease(version))
}

/** Goes up from the lower bound, past every hole in the way, to the least member if there is one. */
function hasMember({ span, holes }: Group, prereleases: boolean): boolean {
  const settle = (version: Version): Version => (prereleases ? version : { ...version, prerelease: [] })
  let least = settle(span.from ?? leastOf(0, 0, 0))
  for (;;) {
    const reached = least
    const hole = holes.find((candidate) => isIn(candidate, reached))
    if (hole === undefined) return contains(span, least)
    least = settle(prereleases && hole.releasesOnly ? next(least) : hole.below)
  }
}
