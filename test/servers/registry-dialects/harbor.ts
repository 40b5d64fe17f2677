import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'
import { withTokens, type TokenDialect } from './tokens.ts'

const nobodys = ['{}', '{"sub":"","access":[]}', 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.')

/**
 * Harbor: whoever shows any Authorization that is not valid is asked for Basic, even after an expired token; and whoever shows its token server a wrong password gets the
 * token of nobody.
 */
export const harbor = (repository: string, authorization?: string): TokenDialect => ({
  tokenPath: '/service/token',
  scope: `repository:${repository}:pull`,
  challenge: (url, request) =>
    request.authorization === undefined
      ? `Bearer realm="${url}/service/token",service="harbor-registry",scope="repository:${repository}:pull,push repository:other/thing:pull"`
      : 'Basic realm="harbor"',
  ...(authorization === undefined ? {} : { authorization, nobodys }),
})

/** All of it: manifests have validators, without quotes where it stands before another registry, and errors have codes of its own. */
export function harborRegistry(images: Stock['images'], authorization?: string): Dialect {
  const told = (_: string, digest: string) => ({ 'docker-content-digest': digest, etag: digest })
  const inner = stocked({ images, told })
  const { dialect } = withTokens(harbor('shop/web', authorization), inner)
  return (...asked) => dialect(...asked) ?? { status: 404, body: { errors: [{ code: 'NOT_FOUND' }] } }
}
