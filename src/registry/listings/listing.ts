import type { AuthorizedHttp, Shown } from '../login/authorized-http.ts'
import type { HttpResponse } from '../wire/exchange.ts'
import type { RepositoryAccess } from '../repository-access.ts'

/** A vendor's own list of a repository's tags, with the digest that each points to: what HEAD tells of one, it tells of a hundred. */
export interface Listing {
  /** The page that the one before it named, or the first; undefined: what this access has opens none, or it makes no sense. Throws a ReconcileError when no answer comes. */
  readonly page: (at: string | undefined, from: ListingSource) => Promise<ListedPage | undefined>
}

/** What a listing is read from. */
export interface ListingSource {
  readonly http: AuthorizedHttp
  readonly access: RepositoryAccess
}

/** A page of a listing. */
export interface ListedPage {
  /** Pairs of tag and digest; what says neither is left out. */
  readonly tags: readonly ListedTag[]
  /** What names the next page. */
  readonly next: string | undefined
}

/** A listing that is at an address, its pages too. */
export interface HttpListing {
  /** What opens it. */
  readonly shows: Shown
  /** What opens it for those who have credentials, where it is closed otherwise. */
  readonly orShows?: Shown
  /** Where it begins; undefined: nothing that this access has opens it. */
  readonly first: (access: RepositoryAccess) => URL | undefined
  /** What a page tells, and where the next one is; undefined: it is none. */
  readonly read: (
    response: HttpResponse,
  ) => { readonly tags: readonly ListedTag[]; readonly next: URL | undefined } | undefined
}

const largestPage = 4 * 1024 * 1024

/** Reads such a listing. Once it has shown itself closed, what opens it is shown for all further pages. */
export function httpListing({ shows, orShows, first, read }: HttpListing): Listing {
  let showing = shows
  return {
    page: async (at, { http, access }) => {
      const url = at === undefined ? first(access) : new URL(at)
      if (url === undefined) return undefined
      const ask = { method: 'GET', kind: 'listing', url, accept: 'application/json', limit: largestPage } as const
      let response = await http.send(access, { ...ask, shows: showing })
      const isClosed = [401, 403, 404].includes(response.status) && access.credentials !== undefined
      if (isClosed && orShows !== undefined && showing !== orShows) {
        showing = orShows
        response = await http.send(access, { ...ask, shows: showing })
      }
      // Whoever answers from elsewhere is not asked for the next page: that would show him what opens the listing.
      if (response.status !== 200 || response.url.origin !== url.origin) return undefined
      const page = read(response)
      return page && { tags: page.tags, next: page.next?.origin === url.origin ? page.next.href : undefined }
    },
  }
}

/** A tag and the digest that it points to. */
export type ListedTag = readonly [tag: string, digest: string]

/** The entry of a tag; none when a tag or digest is missing, as for images of long ago. */
export function listedTag(tag: unknown, digest: unknown): readonly ListedTag[] {
  const isListed = typeof tag === 'string' && typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)
  return isListed ? [[tag, digest]] : []
}

/** The objects of a list; undefined: it is no list of objects. */
export function objectsIn(list: unknown): readonly Readonly<Record<string, unknown>>[] | undefined {
  const isSo = Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null)
  return isSo ? (list as Readonly<Record<string, unknown>>[]) : undefined
}

/** The member of a JSON object; undefined also for what is no object. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
