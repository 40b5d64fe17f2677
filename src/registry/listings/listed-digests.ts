import { ReconcileError } from '../../errors.ts'
import type { AuthorizedHttp } from '../authorized-http.ts'
import type { HttpResponse } from '../exchange.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import type { Listing } from './listing.ts'
import { listingFor } from './vendors.ts'

/** Digests of tags by the listing of their vendor, wherever that asks less than HEAD after HEAD. */
export interface ListedDigests {
  /** Of some of the tags, or of none; the others have to be asked about one by one. */
  readonly of: (tags: readonly string[]) => Promise<ReadonlyMap<string, string>>
}

/** What reading needs; `now` is in ms since the epoch. */
export interface ListedDigestsOptions {
  readonly http: AuthorizedHttp
  readonly access: RepositoryAccess
  readonly now: () => number
  /** The vendor's, unless given. */
  readonly listing?: Listing | undefined
}

/** A page costs as much as one HEAD: it is to answer more than that. */
const fewestTags = 3
const fewestAnswers = 2
const largestPage = 4 * 1024 * 1024
/** So long a listing that fails, makes no sense or saves nothing is left alone. */
const restMs = 3_600_000
const none: ReadonlyMap<string, string> = new Map()

/** Makes one for a repository. */
export function createListedDigests(options: ListedDigestsOptions): ListedDigests {
  const { access, now, listing = listingFor(access) } = options
  let restUntil = 0

  async function read(from: Listing, first: URL, tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const open = new Set(tags)
    const found = new Map<string, string>()
    for (let at: URL | undefined = first, visited = new Set<string>(); at !== undefined && open.size > 0;) {
      visited.add(at.search)
      const response = await pageAt(at, from, options)
      const page = response.status === 200 ? from.page(response) : undefined
      // Half a listing is none: what is odd once may have been so before.
      if (page === undefined) return none
      const answers = page.tags.filter(([tag]) => open.delete(tag))
      for (const [tag, digest] of answers) found.set(tag, digest)
      const isWorthwhile = answers.length >= fewestAnswers && open.size >= fewestAnswers
      at = isWorthwhile && page.next !== undefined && !visited.has(page.next.search) ? page.next : undefined
    }
    return found
  }

  async function of(tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (listing === undefined || tags.length < fewestTags || now() < restUntil) return none
    const first = listing.first(access)
    const found = first === undefined ? none : await read(listing, first, tags).catch(nothingFrom)
    if (found.size < fewestAnswers) restUntil = now() + restMs
    return found
  }

  return { of }
}

function pageAt(url: URL, { shows }: Listing, { http, access }: ListedDigestsOptions): Promise<HttpResponse> {
  const ask = { method: 'GET', kind: 'listing', url, accept: 'application/json', limit: largestPage } as const
  return http.send(access, { ...ask, shows })
}

/** Whatever is wrong with a listing, the registry itself is asked then. */
function nothingFrom(cause: unknown): ReadonlyMap<string, string> {
  if (cause instanceof ReconcileError) return none
  throw cause
}
