import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import type { AuthorizedHttp } from './authorized-http.ts'
import type { HttpResponse } from './exchange.ts'
import { toldAlong } from './listings/told-along.ts'
import { tellsAlong } from './listings/vendors.ts'
import { nextPage } from './next-page.ts'
import { refusal } from './refusal.ts'
import { apiUrl, repositoryName, type RepositoryAccess } from './repository-access.ts'

/** Every registry takes it, or says so. */
const pageSize = 1000
const largestPage = 32 * 1024 * 1024
const mostPages = 1000
const mostTags = 250_000
/** Page sizes are multiples of it: the last page may be full, and get a successor while its own bytes stay the same. */
const roundPage = 5
/** Pages in a row that may tell nothing new. */
const mostIdlePages = 3
const nothingAlong: ReadonlyMap<string, string> = new Map()

/** What is remembered of a list from one time to the next. */
export interface TagListMemory {
  /** By query: pages to which the registry gave an `ETag`, by which it can say that they are still so. */
  pages: ReadonlyMap<string, KeptPage>
  /** The registry does not take our page size. */
  plain: boolean
  /** The digests that the list told along, when it was read last. */
  digests: ReadonlyMap<string, string>
}

interface Page {
  readonly at: URL
  readonly tags: readonly string[]
  readonly digests: ReadonlyMap<string, string>
  readonly next: URL | undefined
}

interface KeptPage extends Page {
  readonly validator: string
}

interface Reading {
  readonly http: AuthorizedHttp
  readonly access: RepositoryAccess
  readonly memory: TagListMemory
}

/** A memory in which nothing is yet. */
export function createTagListMemory(): TagListMemory {
  return { pages: new Map(), plain: false, digests: new Map() }
}

/**
 * All tags of a repository (OCI distribution-spec, "Listing Tags"): sorted by bytes, each once, without what can't be a tag. Throws a
 * ReconcileError; ScanIncomplete when the pages don't come to an end.
 */
export async function listTags(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  memory: TagListMemory = createTagListMemory(),
): Promise<readonly string[]> {
  const reading = { http, access, memory }
  // Zot does not know a page any more that began after a tag which was deleted meanwhile.
  const tags = (await walkPages(reading)) ?? (await walkPages(reading))
  if (tags === undefined) throw incomplete(access, 'a page of its tag list was not found, twice')
  return [...tags].toSorted()
}

async function walkPages(reading: Reading): Promise<ReadonlySet<string> | undefined> {
  const { access, memory } = reading
  const tags = new Set<string>()
  const visited = new Set<string>()
  const kept = new Map<string, KeptPage>()
  const digests = new Map<string, string>()
  let idlePages = 0
  let page: Page | undefined = await firstPage(reading)
  for (;;) {
    visited.add(page.at.search)
    if (isKept(page)) kept.set(page.at.search, page)
    const before = tags.size
    for (const tag of page.tags) tags.add(tag)
    for (const [tag, digest] of page.digests) digests.set(tag, digest)
    idlePages = tags.size > before ? 0 : idlePages + 1
    if (page.next === undefined) break
    if (visited.has(page.next.search) || idlePages > mostIdlePages)
      throw incomplete(access, `the pages of its tag list lead in a circle (${tags.size} tags)`)
    if (visited.size >= mostPages || tags.size > mostTags)
      throw incomplete(access, `its tag list has no end (${tags.size} tags so far)`)
    page = await laterPage(reading, page.next)
    if (page === undefined) return undefined
  }
  memory.pages = kept
  memory.digests = digests
  return tags
}

async function firstPage(reading: Reading): Promise<Page> {
  const { access, memory } = reading
  const plain = apiUrl(access, 'tags/list')
  if (!memory.plain) {
    const sized = new URL(`?n=${access.dialect?.pageSize ?? pageSize}`, plain)
    const response = await pageAt(reading, sized)
    // Some refuse a page size they find too large instead of taking their own.
    if (response.status !== 400 && response.status !== 405) return pageOf(reading, sized, response)
  }
  const page = pageOf(reading, plain, await pageAt(reading, plain))
  memory.plain = true
  return page
}

async function laterPage(reading: Reading, at: URL): Promise<Page | undefined> {
  const response = await pageAt(reading, at)
  return response.status === 404 ? undefined : pageOf(reading, at, response)
}

function pageAt({ http, access, memory }: Reading, url: URL): Promise<HttpResponse> {
  const validator = memory.pages.get(url.search)?.validator
  const ask = { method: 'GET', kind: 'tags', url, accept: 'application/json', limit: largestPage } as const
  return http.send(access, { ...ask, validator })
}

function pageOf({ access, memory }: Reading, at: URL, response: HttpResponse): Page | KeptPage {
  const kept = memory.pages.get(at.search)
  if (response.status === 304 && kept !== undefined) return kept
  if (response.status !== 200) throw refusal(response, access)
  const { etag, link } = response.headers
  const list = parseList(response, access)
  const listed = tagsIn(list, response, access)
  const digests = tellsAlong(access) ? toldAlong(list) : nothingAlong
  const page = { at, tags: listed.filter(isTag), digests, next: nextPage(link, at) }
  const mayGetNext = page.next === undefined && listed.length % roundPage === 0
  return etag === undefined || etag === '' || mayGetNext ? page : { ...page, validator: etag }
}

function isKept(page: Page): page is KeptPage {
  return 'validator' in page
}

function parseList({ body, url }: HttpResponse, access: RepositoryAccess): { readonly tags?: unknown } {
  const list = jsonOf(body)
  if (typeof list === 'object' && list !== null && !Array.isArray(list)) return list
  const message = `${url.host} answers with something that is no tag list of ${access.repository} (a login page?)`
  throw new ReconcileError(reasons.registryProtocolError, message)
}

/** Null, a missing list, numbers, digests and other impossible tags have all been seen. */
function tagsIn(
  { tags }: { readonly tags?: unknown },
  { url }: HttpResponse,
  access: RepositoryAccess,
): readonly unknown[] {
  if (tags === undefined || tags === null) return []
  if (Array.isArray(tags)) return tags
  throw new ReconcileError(
    reasons.registryProtocolError,
    `${url.host} answers with a broken tag list of ${access.repository}`,
  )
}

function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function incomplete(access: RepositoryAccess, why: string): ReconcileError {
  return new ReconcileError(reasons.scanIncomplete, `${repositoryName(access)}: ${why}; the choice stays`)
}
