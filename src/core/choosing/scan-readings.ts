import type { Candidate, Rejection, Scan } from './candidate.ts'
import type { TagFilterSpec } from '../policy.ts'
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

/** Readings take several times the memory of the tags: those of scans with so many tags together are kept, and of scans that nobody asks for twice none. */
const mostTags = 100_000
/** Among more scans than fit, one in so many new ones is kept for the one not used for longest: what all come and go through grows old, and is collected late. */
const turnover = 8

// What can be told of a scan's tags does not depend on the policy, and a scan stays the same object until its list changes.
// The least lately used comes first.
const kept = new Map<Scan, Readings>()
const askedBefore = new WeakSet<Scan>()
let keptTags = 0
let passedOver = 0
let inUse: { readonly scan: Scan; readonly readings: Readings } | undefined

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
  if (inUse?.scan === scan) return inUse.readings
  const known = kept.get(scan)
  const readings = known ?? { readVersion: memoised(scan.tags.length * mostFilters), filtered: new Map() }
  if (known !== undefined) forget(scan)
  if (askedBefore.has(scan)) keep(scan, readings)
  askedBefore.add(scan)
  inUse = { scan, readings }
  return readings
}

function keep(scan: Scan, readings: Readings): void {
  if (keptTags + scan.tags.length > mostTags) {
    passedOver += 1
    if (passedOver % turnover !== 0 || scan.tags.length > mostTags) return
  }
  for (const oldest of kept.keys()) {
    if (keptTags + scan.tags.length <= mostTags) break
    forget(oldest)
  }
  kept.set(scan, readings)
  keptTags += scan.tags.length
}

function forget(scan: Scan): void {
  if (kept.delete(scan)) keptTags -= scan.tags.length
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
