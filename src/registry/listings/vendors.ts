import type { ListingName } from '../../core/registry-rule.ts'
import { azureHost } from '../login/azure-host.ts'
import { parseEcrHost } from '../login/providers/ecr-host.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import { acr } from './acr.ts'
import { dockerHub } from './docker-hub.ts'
import { ecr } from './ecr.ts'
import { gitlab } from './gitlab.ts'
import { harbor } from './harbor.ts'
import { httpListing, type HttpListing, type Listing } from './listing.ts'
import { quay } from './quay.ts'

/** A vendor who tells more of tags than the OCI way does. */
type Vendor = Exclude<ListingName, 'none'> | 'dockerHub'

/** Google's registries have no listing of their own: they tell digests along with their tags. */
const httpListings: Readonly<Record<Exclude<Vendor, 'gar'>, HttpListing>> = { acr, dockerHub, gitlab, harbor, quay }

const hosts: readonly (readonly [host: RegExp, vendor: Vendor])[] = [
  [/^docker\.io$/, 'dockerHub'],
  [/^quay\.io$/, 'quay'],
  [/^registry\.gitlab\.com$/, 'gitlab'],
  [azureHost, 'acr'],
  [/^([a-z0-9-]+-docker\.pkg\.dev|((us|eu|asia)\.)?gcr\.io)$/, 'gar'],
]

/** The listing of a repository; undefined: nothing is known but the OCI way. */
export function listingFor(access: RepositoryAccess): Listing | undefined {
  if (access.cloudApi !== undefined && parseEcrHost(access.host)?.service === 'ecr')
    return isOwn(access) ? ecr : undefined
  const listing = httpListingFor(access)
  return listing && httpListing(listing)
}

/** The same, where it is at an address. */
export function httpListingFor(access: RepositoryAccess): HttpListing | undefined {
  const vendor = vendorOf(access)
  return vendor === undefined || vendor === 'gar' ? undefined : httpListings[vendor]
}

/** Whether the tag list of a repository tells digests along. */
export function tellsAlong(access: RepositoryAccess): boolean {
  return vendorOf(access) === 'gar'
}

/** By what the registries file says, else by the host. What a header says opens nothing. */
function vendorOf(access: RepositoryAccess): Vendor | undefined {
  const { host, dialect, mirrors = [] } = access
  const { listing } = dialect ?? {}
  if (listing !== undefined && listing !== 'none' && mirrors.length === 0) return listing
  return isOwn(access) ? hosts.find(([pattern]) => pattern.test(host))?.[1] : undefined
}

/** Whether it is the host itself that answers, and nobody says otherwise. */
function isOwn({ dialect, mirrors = [] }: RepositoryAccess): boolean {
  return mirrors.length === 0 && dialect?.listing === undefined && dialect?.api === undefined
}
