import type { Candidate, Rejection, Scan } from './candidate.ts'
import type { TagFilterSpec } from '../policy.ts'
import { filterTags } from './tag-filter.ts'

/** The tags of a scan after the filters. */
export interface Filtered {
  readonly candidates: readonly Candidate[]
  readonly rejected: readonly Rejection[]
}

/** The tags of one scan after filters, by the filters; the least lately used first. */
type ByFilters = Map<string, Filtered>

/** Policies on one repository mostly share their filters; more is not kept, for the sake of memory. */
const mostFilters = 4

/** Candidates take several times the memory of their tags: those of scans with so many tags together are kept, and of scans that nobody asks for twice none. */
const mostTags = 100_000
/** Among more scans than fit, one in so many new ones is kept for the one not used for longest: what all come and go through grows old, and is collected late. */
const turnover = 8

// What filters leave does not depend on the policy, and a scan stays the same object until its list changes.
// The least lately used comes first.
const kept = new Map<Scan, ByFilters>()
const askedBefore = new WeakSet<Scan>()
let keptTags = 0
let passedOver = 0
let inUse: { readonly scan: Scan; readonly filtered: ByFilters } | undefined

/** The tags of a scan after the filters; asked again soon with equal filters, the answer is the same object, and so are its candidates. */
export function filteredTags(scan: Scan, filters: TagFilterSpec): Filtered {
  const filtered = filteredOf(scan)
  const { ignoreTags, allowTags, extract } = filters
  const key = JSON.stringify([ignoreTags.map(({ source }) => source), allowTags?.source, extract?.source])
  const tags = filtered.get(key) ?? filterTags(filters, scan.tags)
  filtered.delete(key)
  filtered.set(key, tags)
  const [oldest] = filtered.keys()
  if (filtered.size > mostFilters && oldest !== undefined) filtered.delete(oldest)
  return tags
}

function filteredOf(scan: Scan): ByFilters {
  if (inUse?.scan === scan) return inUse.filtered
  const known = kept.get(scan)
  const filtered: ByFilters = known ?? new Map()
  if (known !== undefined) forget(scan)
  if (askedBefore.has(scan)) keep(scan, filtered)
  askedBefore.add(scan)
  inUse = { scan, filtered }
  return filtered
}

function keep(scan: Scan, filtered: ByFilters): void {
  if (keptTags + scan.tags.length > mostTags) {
    passedOver += 1
    if (passedOver % turnover !== 0 || scan.tags.length > mostTags) return
  }
  for (const oldest of kept.keys()) {
    if (keptTags + scan.tags.length <= mostTags) break
    forget(oldest)
  }
  kept.set(scan, filtered)
  keptTags += scan.tags.length
}

function forget(scan: Scan): void {
  if (kept.delete(scan)) keptTags -= scan.tags.length
}
