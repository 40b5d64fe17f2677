import { reasons, type Reason } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { steadily } from '../manners/steady-clock.ts'
import type { Listing, ListingSource } from './listing.ts'
import { listingFor } from './vendors.ts'

/** Digests of tags by the listing of their vendor, wherever that asks less than HEAD after HEAD. */
export interface ListedDigests {
  /** Of some of the tags, or of none; the others have to be asked about one by one. */
  readonly of: (tags: readonly string[]) => Promise<ReadonlyMap<string, string>>
}

/** What reading needs; `now` is in ms since the epoch. */
export interface ListedDigestsOptions extends ListingSource {
  readonly now: () => number
}

/** A page costs as much as one HEAD: it is to answer more than that. */
const fewestTags = 3
const fewestAnswers = 2
/** So long a listing that is closed, makes no sense or saves nothing is left alone. */
const restMs = 3_600_000
/** And so long where no answer came: it may be as good as ever. */
const unansweredMs = 60_000
const unanswered: readonly Reason[] = [reasons.registryUnavailable, reasons.registryRateLimited, reasons.scanIncomplete]
const none: ReadonlyMap<string, string> = new Map()

/** Makes one for a repository. */
export function createListedDigests(options: ListedDigestsOptions): ListedDigests {
  const { access } = options
  const now = steadily(options.now)
  let restUntil = 0

  async function read(from: Listing, tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const open = new Set(tags)
    const found = new Map<string, string>()
    const visited = new Set<string | undefined>()
    let at: string | undefined
    do {
      visited.add(at)
      const page = await from.page(at, options)
      // Half a listing is none: what is odd once may have been so before.
      if (page === undefined) return none
      const answers = page.tags.filter(([tag]) => open.delete(tag))
      for (const [tag, digest] of answers) found.set(tag, digest)
      at = answers.length >= fewestAnswers && open.size >= fewestAnswers ? page.next : undefined
    } while (at !== undefined && !visited.has(at))
    return found
  }

  function resting(found: ReadonlyMap<string, string>, ms: number): ReadonlyMap<string, string> {
    restUntil = now() + ms
    return found
  }

  async function of(tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const listing = listingFor(access)
    if (listing === undefined || tags.length < fewestTags || now() < restUntil) return none
    const found = await read(listing, tags).catch(faultIn)
    if (!(found instanceof ReconcileError)) return found.size < fewestAnswers ? resting(found, restMs) : found
    return resting(none, unanswered.includes(found.reason) ? unansweredMs : restMs)
  }

  return { of }
}

/** Whatever is wrong with a listing, the registry itself is asked then. */
function faultIn(cause: unknown): ReconcileError {
  if (cause instanceof ReconcileError) return cause
  throw cause
}
