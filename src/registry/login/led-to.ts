import { apiUrl, repositoryPath, type RepositoryAccess } from '../repository-access.ts'

/** No name that could say more in a scope than which repository is meant. */
const name = /^[a-z0-9._/-]{1,255}$/

/**
 * The repository to which a registry leads from the one that was asked about: caches of Docker Hub have `library/nginx` for `nginx`. Undefined: it does
 * not lead, or not to the same thing of another repository of its own.
 */
export function ledTo(access: RepositoryAccess, asked: URL, answered: URL): string | undefined {
  const own = apiUrl(access, '')
  const above = own.pathname.slice(0, -`${repositoryPath(access)}/`.length)
  const what = asked.pathname.slice(own.pathname.length - 1)
  const isOwn = answered.origin === own.origin && answered.pathname.startsWith(above)
  if (!isOwn || !asked.pathname.startsWith(own.pathname) || !answered.pathname.endsWith(what)) return undefined
  const other = answered.pathname.slice(above.length, -what.length)
  return name.test(other) && other !== repositoryPath(access) ? other : undefined
}
