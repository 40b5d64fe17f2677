import { apiUrl, type RepositoryAccess } from '../repository-access.ts'
import { memberOf } from './listing.ts'
import { tellsAlong } from './vendors.ts'

/** Whoever leads there: `gcr.io` and its kin, Artifact Registry, and caches in it. */
const googles = /(^|\.)(gcr\.io|pkg\.dev|s3nsregistry\.fr)$/
const most = 10_000
const usualSize = 1000

/** How many tags a page is to have where `url` answers, the registry itself or whoever it leads to: Google's leave out whatever is more, and name no page after it. */
export function tagsAPage(access: RepositoryAccess, url = apiUrl(access, '')): number {
  return access.dialect?.pageSize ?? (isGoogles(access, url) ? most : usualSize)
}

/**
 * Why the last page of a list may lack tags without a word; undefined: nothing speaks for it. `url` is who answered.
 * https://cloud.google.com/artifact-registry/quotas
 */
export function whatIsLeftOut(list: object, url: URL, access: RepositoryAccess): string | undefined {
  if (!isGoogles(access, url)) return undefined
  const asked = Number(url.searchParams.get('n'))
  const size = asked > 0 ? Math.min(asked, most) : most
  if (sizeOf(memberOf(list, 'tags')) < size && sizeOf(memberOf(list, 'manifest')) < size) return undefined
  const advice = size < most ? `set pageSize: ${most} in the registries file` : 'give the repository a cleanup policy'
  return `it has ${size} tags or images and perhaps more, which Google's registries leave out of their list; ${advice}`
}

function isGoogles(access: RepositoryAccess, { hostname }: URL): boolean {
  return tellsAlong(access) || googles.test(hostname)
}

/** How many members a list or an object has. */
function sizeOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}
