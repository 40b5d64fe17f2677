import type { TokenDialect } from './tokens.ts'

/** Gitea and Forgejo: two challenges in one header, one scope for everything. */
export const gitea: TokenDialect = {
  tokenPath: '/v2/token',
  scope: '*',
  challenge: (url) =>
    `Bearer realm="${url}/v2/token",service="container_registry",scope="*",Basic realm="${url}/v2",service="container_registry",scope="*"`,
}
