import type { TokenDialect } from './tokens.ts'

/** Harbor: whoever shows any Authorization that is not valid is asked for Basic, even after an expired token. */
export const harbor = (repository: string, authorization?: string): TokenDialect => ({
  tokenPath: '/service/token',
  scope: `repository:${repository}:pull`,
  challenge: (url, request) =>
    request.authorization === undefined
      ? `Bearer realm="${url}/service/token",service="harbor-registry",scope="repository:${repository}:pull,push repository:other/thing:pull"`
      : 'Basic realm="harbor"',
  ...(authorization === undefined ? {} : { authorization }),
})
