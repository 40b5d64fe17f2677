import type { Candidate, Rejection, Scan } from './candidate.ts'
import type { TagFilterSpec } from './policy.ts'
import type { ReadVersion } from './strategies/strategy.ts'
import { filterTags } from './tag-filter.ts'
import { parseVersion, type Version } from './version.ts'

/** The tags of a scan after the filters. */
export interface Filtered {
  readonly candidates: readonly Candidate[]
  readonly rejected: readonly Rejection[]
}

interface Readings {
  readonly readVersion: ReadVersion
  /** Policies on one repository mostly have the same filters; only the last ones are kept, for memory. */
  filtered: { readonly filters: string; readonly tags: Filtered } | undefined
}

// What can be told of a scan's tags does not depend on the policy, and a scan stays the same object until its list changes.
const readings = new WeakMap<Scan, Readings>()

/** Reads texts of a scan's tags as versions, each only once however many policies ask. */
export function versionsOf(scan: Scan): ReadVersion {
  return readingsOf(scan).readVersion
}

/** The tags of a scan after the filters; asked again with equal filters, the answer is the same object. */
export function filteredTags(scan: Scan, filters: TagFilterSpec): Filtered {
  const of = readingsOf(scan)
  const { ignoreTags, allowTags, extract } = filters
  const key = JSON.stringify([ignoreTags.map(({ source }) => source), allowTags?.source, extract?.source])
  if (of.filtered?.filters !== key) of.filtered = { filters: key, tags: filterTags(filters, scan.tags) }
  return of.filtered.tags
}

function readingsOf(scan: Scan): Readings {
  const known = readings.get(scan)
  if (known !== undefined) return known
  const fresh: Readings = { readVersion: memoised(), filtered: undefined }
  readings.set(scan, fresh)
  return fresh
}

function memoised(): ReadVersion {
  const versions = new Map<string, Version | undefined>()
  return (text) => {
    const known = versions.get(text)
    if (known !== undefined || versions.has(text)) return known
    const version = parseVersion(text)
    versions.set(text, version)
    return version
  }
}
