import type { Shown } from '../authorized-http.ts'
import type { HttpResponse } from '../exchange.ts'
import type { RepositoryAccess } from '../repository-access.ts'

/** A vendor's own list of a repository's tags, with the digest that each points to: what HEAD tells of one, it tells of a hundred. */
export interface Listing {
  /** What opens it. */
  readonly shows: Shown
  /** Where it begins; undefined: nothing that this access has opens it. */
  readonly first: (access: RepositoryAccess) => URL | undefined
  /** What a page tells; undefined: it is none. */
  readonly page: (response: HttpResponse) => ListedPage | undefined
}

/** A page of a listing. */
export interface ListedPage {
  /** Pairs of tag and digest; what says neither is left out. */
  readonly tags: readonly ListedTag[]
  readonly next: URL | undefined
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

/** What a body in JSON holds; undefined: it is none. */
export function jsonIn({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** The member of a JSON object; undefined also for what is no object. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
