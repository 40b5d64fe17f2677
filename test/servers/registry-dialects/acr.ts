import { stocked, type Stock } from './stock.ts'
import type { TokenDialect } from './tokens.ts'

/** How Azure's registry gives tokens: to whoever shows a refresh token as the password of nobody. Its own challenge does not name what a tag list needs. */
export const acrTokens = (authorization: string): TokenDialect => ({
  tokenPath: '/oauth2/token',
  scope: 'repository:shop/web:pull,metadata_read,content_read',
  challenge: (url) => `Bearer realm="${url}/oauth2/token",service="shop.azurecr.io",scope="repository:shop/web:pull"`,
  authorization,
  // It does not say how long one lasts.
  reply: (token) => ({ access_token: token }),
})

/** Azure's registry: links are relative and hold what was not asked for. */
export const acr = (images: Stock['images']) =>
  stocked({
    images,
    paging: { size: 2, link: (path, start) => `<${path}?last=${start - 1}&n=2&orderby=>; rel="next"` },
  })
