import { paged } from './paging.ts'
import { withBasic } from './basic.ts'
import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'

/** Artifactory's virtual repositories: the link lacks the repository's key, digests stand among the tags. */
export const artifactory = (tags: readonly string[]): Dialect =>
  paged({
    tags: [...tags, `sha256:${'a'.repeat(64)}`],
    size: 2,
    link: (path, start) => `<${path.replace('/v2/docker/', '/v2/')}?n=2&last=${start - 1}>; rel="next"`,
  })

/** All of a virtual repository `docker`: what does not begin with its key is not found. */
export function artifactoryRegistry(images: Stock['images'], authorization: string): Dialect {
  const list = artifactory(Object.keys(images))
  const inner = stocked({ images })
  return withBasic('Basic realm="Artifactory Realm"', authorization, (request, server) => {
    if (!request.path.startsWith('/v2/docker/')) return { status: 404, body: { errors: [{ code: 'NAME_UNKNOWN' }] } }
    const answer = request.path.endsWith('/tags/list') ? list(request, server) : inner(request, server)
    return answer && { ...answer, headers: { ...answer.headers, 'x-jfrog-version': 'Artifactory/7' } }
  })
}
