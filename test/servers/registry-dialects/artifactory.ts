import { paged } from './paging.ts'
import type { Dialect } from './server.ts'

/** Artifactory's virtual repositories: the link lacks the repository's key, digests stand among the tags. */
export const artifactory = (tags: readonly string[]): Dialect =>
  paged({
    tags: [...tags, `sha256:${'a'.repeat(64)}`],
    size: 2,
    link: (path, start) => `<${path.replace('/v2/docker/', '/v2/')}?n=2&last=${start - 1}>; rel="next"`,
  })
