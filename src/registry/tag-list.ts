import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import type { AuthorizedHttp } from './authorized-http.ts'
import type { HttpResponse } from './exchange.ts'
import { nextPage } from './next-page.ts'
import { refusal } from './refusal.ts'
import { apiUrl, repositoryName, type RepositoryAccess } from './repository-access.ts'

/** Every registry takes it, or says so. */
const pageSize = 1000
const largestPage = 32 * 1024 * 1024
const mostPages = 1000
const mostTags = 250_000
/** Pages in a row that may tell nothing new. */
const mostIdlePages = 3

/**
 * All tags of a repository (OCI distribution-spec, "Listing Tags"): sorted by bytes, each once, without what can't be a tag. Throws a
 * ReconcileError; ScanIncomplete when the pages don't come to an end.
 */
export async function listTags(http: AuthorizedHttp, access: RepositoryAccess): Promise<readonly string[]> {
  // Zot does not know a page any more that began after a tag which was deleted meanwhile.
  const tags = (await walkPages(http, access)) ?? (await walkPages(http, access))
  if (tags === undefined) throw incomplete(access, 'a page of its tag list was not found, twice')
  return [...tags].toSorted()
}

async function walkPages(http: AuthorizedHttp, access: RepositoryAccess): Promise<ReadonlySet<string> | undefined> {
  const tags = new Set<string>()
  const visited = new Set<string>()
  let idlePages = 0
  let page = await firstPage(http, access)
  for (;;) {
    visited.add(page.at.search)
    const before = tags.size
    for (const tag of parseTags(page.response, access)) tags.add(tag)
    idlePages = tags.size > before ? 0 : idlePages + 1
    const next = nextPage(page.response.headers['link'], page.at)
    if (next === undefined) return tags
    if (visited.has(next.search) || idlePages > mostIdlePages)
      throw incomplete(access, `the pages of its tag list lead in a circle (${tags.size} tags)`)
    if (visited.size >= mostPages || tags.size > mostTags)
      throw incomplete(access, `its tag list has no end (${tags.size} tags so far)`)
    page = { at: next, response: await pageAt(http, access, next) }
    if (page.response.status === 404) return undefined
    if (page.response.status !== 200) throw refusal(page.response, access)
  }
}

async function firstPage(http: AuthorizedHttp, access: RepositoryAccess): Promise<{ at: URL; response: HttpResponse }> {
  const plain = apiUrl(access, 'tags/list')
  const sized = new URL(`?n=${pageSize}`, plain)
  const response = await pageAt(http, access, sized)
  if (response.status === 200) return { at: sized, response }
  // Some refuse a page size they find too large instead of taking their own.
  const again = response.status === 400 || response.status === 405 ? await pageAt(http, access, plain) : response
  if (again.status === 200) return { at: plain, response: again }
  throw refusal(again, access)
}

function pageAt(http: AuthorizedHttp, access: RepositoryAccess, url: URL): Promise<HttpResponse> {
  return http.send(access, { method: 'GET', kind: 'tags', url, accept: 'application/json', limit: largestPage })
}

/** Null, a missing list, numbers, digests and other impossible tags have all been seen. */
function parseTags({ body, url }: HttpResponse, access: RepositoryAccess): readonly string[] {
  const list = jsonOf(body)
  if (typeof list !== 'object' || list === null || Array.isArray(list)) {
    const message = `${url.host} answers with something that is no tag list of ${access.repository} (a login page?)`
    throw new ReconcileError(reasons.registryProtocolError, message)
  }
  const { tags }: { tags?: unknown } = list
  if (tags === undefined || tags === null) return []
  if (Array.isArray(tags)) return tags.filter(isTag)
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
