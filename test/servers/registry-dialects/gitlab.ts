import { stocked, type Stock } from './stock.ts'
import type { TokenDialect } from './tokens.ts'

/** How GitLab gives tokens: whoever names no user it knows gets one without access, and a refusal afterwards. */
export const gitlabTokens: TokenDialect = {
  tokenPath: '/jwt/auth',
  scope: 'repository:shop/web:pull',
  challenge: (url) =>
    `Bearer realm="${url}/jwt/auth",service="container_registry",scope="repository:shop/web:pull",error="invalid_token"`,
}

/** GitLab's registry: pages of its own size, whatever is asked. */
export const gitlab = (images: Stock['images']) =>
  stocked({
    images,
    paging: { size: 2, link: (path, start, { url }) => `<${url}${path}?last=${start - 1}&n=2>; rel="next"` },
  })
