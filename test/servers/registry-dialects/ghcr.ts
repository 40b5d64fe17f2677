import type { TokenDialect } from './tokens.ts'

/** GitHub's registry: its challenge holds a placeholder instead of the repository. */
export const ghcr = (repository: string): TokenDialect => ({
  tokenPath: '/token',
  scope: `repository:${repository}:pull`,
  challenge: (url) => `Bearer realm="${url}/token",service="ghcr.io",scope="repository:user/image:pull"`,
})
