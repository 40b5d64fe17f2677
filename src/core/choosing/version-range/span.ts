import { compareVersions, isPrerelease, type Numeral, type Version } from '../version.ts'

/** The versions from `from` on and below `below`, by precedence; undefined: without that bound. */
export interface Span {
  readonly from: Version | undefined
  readonly below: Version | undefined
}

/** Every version. */
export const everything: Span = { from: undefined, below: undefined }

/** Whether a version is in a span. */
export function contains({ from, below }: Span, version: Version): boolean {
  if (from !== undefined && compareVersions(version, from) < 0) return false
  return below === undefined || compareVersions(version, below) < 0
}

/** What two spans share. */
export function intersection(a: Span, b: Span): Span {
  return { from: furthest(a.from, b.from, 1), below: furthest(a.below, b.below, -1) }
}

/** The least version above `version`. There always is one: `1.0.1-0` follows `1.0.0`, and `1.0.0-rc.0` follows `1.0.0-rc`. */
export function next(version: Version): Version {
  if (isPrerelease(version)) return { ...version, prerelease: [...version.prerelease, '0'] }
  return leastOf(version.major, version.minor, oneMore(version.patch))
}

/** The least version above all with the same major number, or with the same major and minor numbers. */
export function nextAfter({ major, minor }: Version, same: 'major' | 'minor'): Version {
  return same === 'major' ? leastOf(oneMore(major), 0, 0) : leastOf(major, oneMore(minor), 0)
}

/** The least version that has these numbers: a prerelease. */
export function leastOf(major: Numeral, minor: Numeral, patch: Numeral): Version {
  return { major, minor, patch, prerelease: ['0'] }
}

function oneMore(numeral: Numeral): Numeral {
  if (typeof numeral === 'bigint') return numeral + 1n
  return numeral < Number.MAX_SAFE_INTEGER ? numeral + 1 : BigInt(numeral) + 1n
}

function furthest(a: Version | undefined, b: Version | undefined, direction: 1 | -1): Version | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareVersions(a, b) * direction >= 0 ? a : b
}
