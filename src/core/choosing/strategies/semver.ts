import type { Candidate, Objection } from '../candidate.ts'
import type { StrategySpec, TagFilterSpec } from '../../policy.ts'
import { comparableOf } from '../tag-filter.ts'
import { compareVersions, isPrerelease, parseVersion } from '../version.ts'
import type { ReadVersion, Strategy } from './strategy.ts'

type SemverSpec = Extract<StrategySpec, { type: 'semver' }>
type Check = (candidate: Candidate, spec: SemverSpec, readVersion: ReadVersion) => Objection | undefined

const smallestDateLike = 10_000_000
const noVersion: Objection = {
  reason: 'NotAVersion',
  message: 'is no version: one to three numbers below 2^64, then -prerelease or +build',
}
const prerelease: Objection = { reason: 'Prerelease', message: 'is a prerelease, and the constraints admit none' }

const notAVersion: Check = ({ comparable }, _spec, readVersion) =>
  readVersion(comparable) === undefined ? noVersion : undefined

const outOfRange: Check = ({ comparable }, { range, prereleases }, readVersion) => {
  const version = readVersion(comparable)
  if (version === undefined) return undefined
  if (range === undefined) return isPrerelease(version) && !prereleases ? prerelease : undefined
  switch (range.admits(version, prereleases)) {
    case 'yes':
      return undefined
    case 'prerelease':
      return prerelease
    case 'no':
      return { reason: 'OutOfRange', message: `is outside ${range.source}` }
  }
}

/** Versions within `constraints.version`, by SemVer's precedence. */
export const semver: Strategy<SemverSpec> = {
  needs: 'tags',
  comparesText: true,
  objection: (candidate, spec, readVersion) =>
    notAVersion(candidate, spec, readVersion) ?? outOfRange(candidate, spec, readVersion),
  compare: (a, b, readVersion) => {
    const versionOfA = readVersion(a.comparable ?? '')
    const versionOfB = readVersion(b.comparable ?? '')
    if (versionOfA === undefined || versionOfB === undefined) return undefined
    return compareVersions(versionOfA, versionOfB)
  },
}

/** Whether a tag's version begins with a number of 8 or more digits, as dates and build numbers do: those beat every `1.x`. */
export function isDateLike(tag: string, filters: TagFilterSpec): boolean {
  const version = parseVersion(comparableOf(tag, filters) ?? '')
  return version !== undefined && version.major >= smallestDateLike
}
