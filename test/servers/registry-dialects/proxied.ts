import type { TokenDialect } from './tokens.ts'

/** A registry behind a proxy that would take Kerberos: several headers, a relative realm without quotes, only `access_token`. */
export const proxied = (repository: string): TokenDialect => ({
  tokenPath: '/auth',
  scope: `repository:${repository}:pull`,
  challenge: () => ['Negotiate', 'bearer realm=/auth, service=proxied'],
  reply: (token) => ({ access_token: token }),
})
