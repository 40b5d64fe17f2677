import type { Dialect, DialectRequest } from './server.ts'

/** How a registry with tokens of its own says what it wants. */
export interface TokenDialect {
  /** The header, given the address of this server. */
  readonly challenge: (url: string, request: DialectRequest) => string | readonly string[]
  /** Where its tokens come from. */
  readonly tokenPath: string
  /** The scope without which a token opens nothing. */
  readonly scope: string
  /** Whom the token server knows; undefined: everybody gets a token. */
  readonly authorization?: string
  /** The token that it gives to those whom it does not know, instead of refusing them. */
  readonly nobodys?: string
  /** The answer of the token server, given the token. */
  readonly reply?: (token: string) => object
}

/** A registry and its token server on one port: `inner` is asked only with a token for the right scope that was not taken back. */
export function withTokens(
  { challenge, tokenPath, scope, authorization, nobodys, reply }: TokenDialect,
  inner: Dialect,
) {
  const valid = new Set<string>()
  let count = 0
  const dialect: Dialect = (request, server) => {
    if (request.path === tokenPath) {
      if (authorization !== undefined && request.authorization !== authorization)
        return nobodys === undefined ? { status: 401, body: { details: 'wrong' } } : { body: { token: nobodys } }
      const token = `token-${++count}`
      if (new URLSearchParams(request.query).getAll('scope').includes(scope)) valid.add(token)
      return { body: reply?.(token) ?? { token, expires_in: 300 } }
    }
    if (valid.has(request.authorization?.replace('Bearer ', '') ?? '')) return inner(request, server)
    const errors = [{ code: 'UNAUTHORIZED', message: 'authentication required' }]
    return { status: 401, headers: { 'www-authenticate': challenge(server.url, request) }, body: { errors } }
  }
  return { dialect, takeBackTokens: () => valid.clear(), issued: () => count }
}
