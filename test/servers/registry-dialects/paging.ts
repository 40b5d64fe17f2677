import type { Dialect } from './server.ts'

/** How a registry pages. */
export interface Paging {
  readonly tags: readonly unknown[]
  readonly size: number
  /** The `Link` header to the page that begins at an index; by default as the specification has it. */
  readonly link?: (path: string, start: number, server: { readonly url: string }) => string
  /** The list as it is written; by default as it is. */
  readonly page?: (tags: readonly unknown[], start: number) => unknown
}

/** A tag list in pages; the cursor `last` is the index of the last tag sent. */
export function paged({ tags, size, link, page = (list) => list }: Paging): Dialect {
  return ({ path, query }, server) => {
    if (!path.endsWith('/tags/list')) return undefined
    const last = new URLSearchParams(query).get('last')
    const start = last === null ? 0 : Number(last) + 1
    const end = start + size
    const next = link?.(path, end, server) ?? `<${path}?n=${size}&last=${end - 1}>; rel="next"`
    const headers = end < tags.length ? { link: next } : {}
    return {
      headers,
      body: { name: path.slice('/v2/'.length, -'/tags/list'.length), tags: page(tags.slice(start, end), start) },
    }
  }
}
