import { hash } from 'node:crypto'
import { reasons } from '../api/conditions.ts'
import { ReconcileError, type Retry } from '../errors.ts'
import type { AuthorizedHttp } from './login/authorized-http.ts'
import type { HttpResponse } from './wire/exchange.ts'
import { jsonIn } from './wire/decode-body.ts'
import { tagsAPage, whatIsLeftOut } from './listings/left-out.ts'
import { toldAlong } from './listings/told-along.ts'
import { tellsAlong } from './listings/vendors.ts'
import { nextPage } from './wire/next-page.ts'
import { refusal } from './refusal.ts'
import { apiUrl, repositoryName, type RepositoryAccess } from './repository-access.ts'

const largestPage = 16 * 1024 * 1024
const mostPages = 1000
const mostTags = 250_000
/** Page sizes are multiples of it: the last page may be full, and get a successor while its own bytes stay the same. */
const roundPage = 5
/** Pages in a row that may tell nothing new. */
const mostIdlePages = 3
/** What a tag takes besides its characters, and a digest with its place in a map (bytes). */
const [perTag, perDigest] = [32, 160]
const interval: Retry = { kind: 'interval' }
const nothingAlong: ReadonlyMap<string, string> = new Map()

/** What is remembered of a list from one time to the next. */
export interface TagListMemory {
  /** The pages as they were, by query, in their order: one that has not changed is not read again. */
  pages: ReadonlyMap<string, Page>
  /** What they came to. */
  tags: readonly string[]
  /** The page size that the registry takes, where that is not the usual one. */
  size: PageSize | undefined
  /** The digests that the list told along, when it was read last. */
  digests: ReadonlyMap<string, string>
}

interface Page {
  /** Pages differ in their queries alone. */
  readonly query: string
  readonly tags: readonly string[]
  readonly digests: ReadonlyMap<string, string>
  /** The query of the page after it. */
  readonly next: string | undefined
  /** Equal for equal answers: a hash of the body, and the headers that count. */
  readonly content: string
  /** An `ETag`, by which the registry can say that the page is still so. */
  readonly validator: string | undefined
}

/** `none`: it is not said. */
type PageSize = number | 'none'

interface Reading {
  readonly http: AuthorizedHttp
  readonly access: RepositoryAccess
  readonly memory: TagListMemory
}

/** A memory in which nothing is yet. */
export function createTagListMemory(): TagListMemory {
  return { pages: new Map(), tags: [], size: undefined, digests: new Map() }
}

/** About how much of memory it takes. */
export function bytesOf({ tags, digests }: TagListMemory): number {
  return tags.reduce((sum, tag) => sum + perTag + tag.length, digests.size * perDigest)
}

/**
 * All tags of a repository (OCI distribution-spec, "Listing Tags"): sorted by bytes, each once, without what can't be a tag; the same object as
 * the last time if no page has changed. Throws a ReconcileError; ScanIncomplete when the pages don't come to an end.
 */
export async function listTags(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  memory: TagListMemory = createTagListMemory(),
): Promise<readonly string[]> {
  const reading = { http, access, memory }
  // Zot does not know a page any more that began after a tag which was deleted meanwhile.
  const pages = (await walkPages(reading)) ?? (await walkPages(reading))
  if (pages === undefined) throw incomplete(access, 'a page of its tag list was not found, twice')
  if (!isSame(pages, memory.pages)) remember(memory, [...pages.values()])
  memory.pages = pages
  return memory.tags
}

function remember(memory: TagListMemory, pages: readonly Page[]): void {
  memory.tags = joined(pages.map(({ tags }) => tags))
  memory.digests = new Map(pages.flatMap(({ digests }) => [...digests]))
}

async function walkPages(reading: Reading): Promise<ReadonlyMap<string, Page> | undefined> {
  const { access } = reading
  const pages = new Map<string, Page>()
  const gathered = createGathering()
  let page: Page | undefined = await firstPage(reading)
  for (;;) {
    pages.set(page.query, page)
    const { idlePages, tags } = gathered.add(page.tags)
    if (tags > mostTags) throw incomplete(access, `it has more than ${mostTags} tags, which are not read`, interval)
    if (page.next === undefined) return pages
    if (pages.has(page.next) || idlePages > mostIdlePages)
      throw incomplete(access, `the pages of its tag list lead in a circle (${tags} tags)`)
    if (pages.size >= mostPages) throw incomplete(access, `its tag list has no end (${tags} tags so far)`, interval)
    page = await laterPage(reading, page.next)
    if (page === undefined) return undefined
  }
}

/** Counts tags page by page, and the pages in a row that told nothing new. Most lists are one page: nothing is looked up for these. */
function createGathering(): { add(page: readonly string[]): { readonly idlePages: number; readonly tags: number } } {
  let first: readonly string[] = []
  let seen: Set<string> | undefined
  let idlePages = 0
  return {
    add: (page) => {
      const before = seen?.size ?? first.length
      if (first.length === 0) first = page
      else if (page.length > 0) {
        seen ??= new Set(first)
        for (const tag of page) seen.add(tag)
      }
      const tags = seen?.size ?? first.length
      idlePages = tags > before ? 0 : idlePages + 1
      return { idlePages, tags }
    },
  }
}

function isSame(pages: ReadonlyMap<string, Page>, before: ReadonlyMap<string, Page>): boolean {
  return pages.size === before.size && [...pages].every(([query, page]) => before.get(query) === page)
}

/** Most registries sort, and most lists are one page: that is the list then, without a copy. */
function joined(pages: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = pages.filter(({ length }) => length > 0)
  const tags = others.length === 0 ? first : [first, ...others].flat()
  const isSorted = tags.every((tag, index) => index === 0 || (tags[index - 1] ?? '') < tag)
  return isSorted ? tags : [...new Set(tags)].toSorted()
}

async function firstPage(reading: Reading): Promise<Page> {
  const { access, memory } = reading
  const size = memory.size ?? tagsAPage(access)
  const asked = await begin(reading, size)
  const other = otherSize(size, asked.response, access)
  if (other === undefined) return pageOf(reading, asked.at, asked.response)
  const { at, response } = await begin(reading, other)
  const page = pageOf(reading, at, response)
  memory.size = other
  return page
}

async function begin(reading: Reading, size: PageSize): Promise<{ readonly at: URL; readonly response: HttpResponse }> {
  const at = apiUrl(reading.access, 'tags/list')
  if (size !== 'none') at.search = `n=${size}`
  return { at, response: await pageAt(reading, at) }
}

/** Some refuse a page size they find too large instead of taking their own; some lead to where it has to be larger. */
function otherSize(size: PageSize, { status, url }: HttpResponse, access: RepositoryAccess): PageSize | undefined {
  if (size === 'none') return undefined
  if (status === 400 || status === 405) return 'none'
  const there = tagsAPage(access, url)
  return there > size ? there : undefined
}

async function laterPage(reading: Reading, query: string): Promise<Page | undefined> {
  const at = apiUrl(reading.access, 'tags/list')
  at.search = query
  const response = await pageAt(reading, at)
  return response.status === 404 ? undefined : pageOf(reading, at, response)
}

function pageAt({ http, access, memory }: Reading, url: URL): Promise<HttpResponse> {
  const validator = memory.pages.get(url.search)?.validator
  const ask = { method: 'GET', kind: 'tags', url, accept: 'application/json', limit: largestPage } as const
  return http.send(access, { ...ask, validator })
}

function pageOf({ access, memory }: Reading, at: URL, response: HttpResponse): Page {
  const kept = memory.pages.get(at.search)
  if (response.status === 304 && kept?.validator !== undefined) return kept
  if (response.status !== 200) throw refusal(response, access)
  const { etag, link } = response.headers
  const content = JSON.stringify([hash('sha256', response.body, 'base64'), link, etag])
  if (kept?.content === content) return kept
  return { ...readPage(response, access, at), content }
}

function readPage(response: HttpResponse, access: RepositoryAccess, at: URL): Omit<Page, 'content'> {
  const { etag, link } = response.headers
  const list = parseList(response, access)
  const listed = tagsIn(list, response, access)
  const next = nextPage(link, at)?.search
  const leftOut = next === undefined ? whatIsLeftOut(list, response.url, access) : undefined
  if (leftOut !== undefined) throw incomplete(access, leftOut, interval)
  const mayGetNext = next === undefined && listed.length % roundPage === 0
  return {
    query: at.search,
    tags: listed.every(isTag) ? listed : listed.filter(isTag),
    digests: tellsAlong(access) ? toldAlong(list) : nothingAlong,
    next,
    validator: etag === '' || mayGetNext ? undefined : etag,
  }
}

function parseList({ body, url }: HttpResponse, access: RepositoryAccess): { readonly tags?: unknown } {
  const list = jsonIn({ body })
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

const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && tagPattern.test(tag)
}

function incomplete(access: RepositoryAccess, why: string, retry?: Retry): ReconcileError {
  const message = `${repositoryName(access)}: ${why}; the choice stays`
  return new ReconcileError(reasons.scanIncomplete, message, retry && { retry })
}
