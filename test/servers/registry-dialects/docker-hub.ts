import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'
import type { TokenDialect } from './tokens.ts'

/** How Docker Hub gives tokens. */
export const dockerHubTokens: TokenDialect = {
  tokenPath: '/token',
  scope: 'repository:library/web:pull',
  challenge: (url) => `Bearer realm="${url}/token",service="registry.docker.io",scope="repository:library/web:pull"`,
}

/** Docker Hub: a GET of a manifest is a pull, of which there are so many in six hours; everything else is not counted. */
export function dockerHub(images: Stock['images'], pulls: number): Dialect {
  const inner = stocked({ images, paging: { size: 2 } })
  let left = pulls
  return (request, server) => {
    if (!request.path.includes('/manifests/')) return inner(request, server)
    if (request.method === 'GET' && left === 0)
      return {
        status: 429,
        body: { errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }] },
      }
    if (request.method === 'GET') left -= 1
    const answer = inner(request, server)
    const limits = { 'ratelimit-limit': `${pulls};w=21600`, 'ratelimit-remaining': `${left};w=21600` }
    return answer && { ...answer, headers: { ...answer.headers, ...limits } }
  }
}
