import { paged } from './paging.ts'
import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'

/** distribution 3 before 2026: refuses a page size above its own, and ends a list of whole pages with one that is null. */
export function distribution3(tags: readonly string[]): Dialect {
  const inner = paged({ tags: [...tags, ''], size: 2, page: (page, start) => (start >= tags.length ? null : page) })
  return (request, server) =>
    new URLSearchParams(request.query).get('n') === '1000'
      ? { status: 400, body: { errors: [{ code: 'PAGINATION_NUMBER_INVALID' }] } }
      : inner(request, server)
}

/** All of it: manifests have validators. */
export function distribution3Registry(images: Stock['images']): Dialect {
  const list = distribution3(Object.keys(images))
  const told = (_: string, digest: string) => ({ 'docker-content-digest': digest, etag: `"${digest}"` })
  const inner = stocked({ images, told })
  return (request, server) => (request.path.endsWith('/tags/list') ? list(request, server) : inner(request, server))
}
