import type { ListingName } from '../../core/parse-registries.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import { acr } from './acr.ts'
import { dockerHub } from './docker-hub.ts'
import { gitlab } from './gitlab.ts'
import { harbor } from './harbor.ts'
import type { Listing } from './listing.ts'
import { quay } from './quay.ts'

/** A vendor who tells more of tags than the OCI way does. */
type Vendor = Exclude<ListingName, 'none'> | 'dockerHub'

/** Google's registries have no listing of their own: they tell digests along with their tags. */
const listings: Readonly<Record<Exclude<Vendor, 'gar'>, Listing>> = { acr, dockerHub, gitlab, harbor, quay }

const hosts: readonly (readonly [host: RegExp, vendor: Vendor])[] = [
  [/^docker\.io$/, 'dockerHub'],
  [/^quay\.io$/, 'quay'],
  [/^registry\.gitlab\.com$/, 'gitlab'],
  [/^[a-z0-9-]+\.azurecr\.(io|cn|us|de)$/, 'acr'],
  [/^([a-z0-9-]+-docker\.pkg\.dev|((us|eu|asia)\.)?gcr\.io)$/, 'gar'],
]

/** The listing of a repository; undefined: nothing is known but the OCI way. */
export function listingFor(access: RepositoryAccess): Listing | undefined {
  const vendor = vendorOf(access)
  return vendor === undefined || vendor === 'gar' ? undefined : listings[vendor]
}

/** Whether the tag list of a repository tells digests along. */
export function tellsAlong(access: RepositoryAccess): boolean {
  return vendorOf(access) === 'gar'
}

/** By what the registries file says, else by the host; not where somebody else answers for it. What a header says opens nothing. */
function vendorOf({ host, dialect, mirrors = [] }: RepositoryAccess): Vendor | undefined {
  if (mirrors.length > 0 || dialect?.listing === 'none') return undefined
  if (dialect?.listing !== undefined) return dialect.listing
  return dialect?.api === undefined ? hosts.find(([pattern]) => pattern.test(host))?.[1] : undefined
}
