import type { TokenDialect } from './tokens.ts'

/** Amazon's public registry: one scope for everything. */
export const ecrPublic: TokenDialect = {
  tokenPath: '/token/',
  scope: 'aws',
  challenge: (url) => `Bearer realm="${url}/token/",service="public.ecr.aws",scope="aws"`,
}
