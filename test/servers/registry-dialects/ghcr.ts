import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'
import { withTokens, type TokenDialect } from './tokens.ts'

/** GitHub's registry: its challenge holds a placeholder instead of the repository. */
export const ghcr = (repository: string): TokenDialect => ({
  tokenPath: '/token',
  scope: `repository:${repository}:pull`,
  challenge: (url) => `Bearer realm="${url}/token",service="ghcr.io",scope="repository:user/image:pull"`,
})

/** All of it: signatures stand among the tags, and whoever shows a password to the registry itself is denied. */
export function ghcrRegistry(images: Stock['images'], authorization?: string): Dialect {
  const signatures = Object.fromEntries(
    ['', '.sig'].map((end) => [`sha256-${'f'.repeat(64)}${end}`, '2026-03-01T00:00:00Z']),
  )
  const inner = stocked({ images: { ...images, ...signatures }, paging: { size: 2 } })
  const tokens = { ...ghcr('shop/web'), ...(authorization !== undefined && { authorization }) }
  const { dialect } = withTokens(tokens, inner)
  return (request, server) => {
    const isPassword = request.authorization?.startsWith('Basic ') === true && request.path !== tokens.tokenPath
    if (!isPassword) return dialect(request, server)
    return { status: 403, body: { errors: [{ code: 'DENIED', message: 'invalid token' }] } }
  }
}
