import type { Objection } from '../candidate.ts'
import type { StrategySpec, TagFilterSpec } from '../../policy.ts'
import { comparableOf } from '../tag-filter.ts'
import { compareVersions, isPrerelease, parseVersion, type Version } from '../version.ts'
import type { Strategy } from './strategy.ts'

type SemverSpec = Extract<StrategySpec, { type: 'semver' }>

const smallestDateLike = 10_000_000
const noVersion: Objection = {
  reason: 'NotAVersion',
  message: 'is no version: one to three numbers below 2^64, then -prerelease or +build',
}
const prerelease: Objection = { reason: 'Prerelease', message: 'is a prerelease, and the constraints admit none' }

function objectionTo(version: Version, { range, prereleases }: SemverSpec): Objection | undefined {
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
  objection: ({ version }, spec) => (version === undefined ? noVersion : objectionTo(version, spec)),
  compare: (a, b) =>
    a.version === undefined || b.version === undefined ? undefined : compareVersions(a.version, b.version),
}

/** Whether a tag's version begins with a number of 8 or more digits, as dates and build numbers do: those beat every `1.x`. */
export function isDateLike(tag: string, filters: TagFilterSpec): boolean {
  const version = parseVersion(comparableOf(tag, filters) ?? '')
  return version !== undefined && version.major >= smallestDateLike
}
