import { paged } from './paging.ts'
import type { Dialect } from './server.ts'

/** Quay: absolute links, a page size of its own. */
export const quay = (tags: readonly string[]): Dialect =>
  paged({ tags, size: 2, link: (path, start, { url }) => `<${url}${path}?n=2&last=${start - 1}>; rel="next"` })
