import { paged } from './paging.ts'
import { withBasic } from './basic.ts'
import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'

/** Nexus behind a proxy: links name its inner address, elements are null. */
export const nexus = (tags: readonly string[]): Dialect =>
  paged({
    tags: tags.flatMap((tag) => [tag, null]),
    size: 2,
    link: (path, start) => `<http://169.254.10.10:5002/repository/docker${path}?n=2&last=${start - 1}>; rel="next"`,
  })

/** All of it: Basic, and a digest for GET alone. */
export function nexusRegistry(images: Stock['images'], authorization: string): Dialect {
  const list = nexus(Object.keys(images))
  const told = (method: string, digest: string): Record<string, string> =>
    method === 'HEAD' ? {} : { 'docker-content-digest': digest }
  const inner = stocked({ images, told })
  return withBasic('BASIC realm="Sonatype Nexus Repository Manager"', authorization, (request, server) =>
    request.path.endsWith('/tags/list') ? list(request, server) : inner(request, server),
  )
}
