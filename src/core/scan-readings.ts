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
  /** By filters, the least lately used first. */
  readonly filtered: Map<string, Filtered>
}

/** Policies on one repository mostly share their filters; more is not kept, for the sake of memory. */
const mostFilters = 4

// What can be told of a scan's tags does not depend on the policy, and a scan stays the same object until its list changes.
const readings = new WeakMap<Scan, Readings>()

/** Reads texts of a scan's tags as versions, each only once however many policies ask. */
export function versionsOf(scan: Scan): ReadVersion {
  return readingsOf(scan).readVersion
}

/** The tags of a scan after the filters; asked again soon with equal filters, the answer is the same object. */
export function filteredTags(scan: Scan, filters: TagFilterSpec): Filtered {
  const { filtered } = readingsOf(scan)
  const { ignoreTags, allowTags, extract } = filters
  const key = JSON.stringify([ignoreTags.map(({ source }) => source), allowTags?.source, extract?.source])
  const tags = filtered.get(key) ?? filterTags(filters, scan.tags)
  filtered.delete(key)
  filtered.set(key, tags)
  const [oldest] = filtered.keys()
  if (filtered.size > mostFilters && oldest !== undefined) filtered.delete(oldest)
  return tags
}

function readingsOf(scan: Scan): Readings {
  const known = readings.get(scan)
  if (known !== undefined) return known
  const fresh: Readings = { readVersion: memoised(scan.tags.length * mostFilters), filtered: new Map() }
  readings.set(scan, fresh)
  return fresh
}

/** Remembers at most `most` texts: every policy may take other texts out of the same tags. */
function memoised(most: number): ReadVersion {
  const versions = new Map<string, Version | undefined>()
  return (text) => {
    const known = versions.get(text)
    if (known !== undefined || versions.has(text)) return known
    if (versions.size >= most) versions.clear()
    const version = parseVersion(text)
    versions.set(text, version)
    return version
  }
}
