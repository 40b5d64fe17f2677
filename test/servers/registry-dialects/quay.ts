import { paged } from './paging.ts'
import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'
import type { TokenDialect } from './tokens.ts'

/** How Quay gives tokens: the service is its own host. */
export const quayTokens = (authorization?: string): TokenDialect => ({
  tokenPath: '/v2/auth',
  scope: 'repository:shop/web:pull',
  challenge: (url) => `Bearer realm="${url}/v2/auth",service="${new URL(url).host}",scope="repository:shop/web:pull"`,
  ...(authorization !== undefined && { authorization }),
})

/** All of Quay: whoever does not accept a manifest's type gets an older one with another digest, and who lists too fast 429 without a word. */
export function quayRegistry(images: Stock['images']): Dialect {
  const list = quay(Object.keys(images))
  const inner = stocked({ images })
  let lists = 0
  return (request, server) => {
    if (request.path.endsWith('/tags/list')) {
      lists += 1
      return lists === 2 ? { status: 429, body: '<html><h1>429 Too Many Requests</h1></html>' } : list(request, server)
    }
    const isAccepted = request.headers.accept?.includes('application/vnd.oci.image.manifest.v1+json') === true
    if (isAccepted || !request.path.includes('/manifests/')) return inner(request, server)
    return { headers: { 'docker-content-digest': `sha256:${'1'.repeat(64)}` }, body: { schemaVersion: 1 } }
  }
}

/** Quay: absolute links, a page size of its own. */
export const quay = (tags: readonly string[]): Dialect =>
  paged({ tags, size: 2, link: (path, start, { url }) => `<${url}${path}?n=2&last=${start - 1}>; rel="next"` })
