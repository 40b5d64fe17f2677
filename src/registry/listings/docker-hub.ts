import { jsonIn } from '../wire/decode-body.ts'
import { hubApi } from '../login/hub-tokens.ts'
import { repositoryPath } from '../repository-access.ts'
import { listedTag, memberOf, objectsIn, type HttpListing } from './listing.ts'

/**
 * Docker Hub, newest pushes first. It is another host than the registry, so it is shown credentials for private repositories only.
 * https://docs.docker.com/reference/api/hub/latest/
 */
export const dockerHub: HttpListing = {
  shows: 'nothing',
  orShows: 'hub token',
  first: (access) => {
    const [namespace, name, ...more] = repositoryPath(access).split('/')
    if (namespace === undefined || name === undefined || more.length > 0) return undefined
    const url = new URL(`/v2/namespaces/${namespace}/repositories/${name}/tags`, hubApi)
    url.search = 'page_size=100&ordering=last_updated'
    return url
  },
  read: (response) => {
    const body = jsonIn(response)
    const tags = objectsIn(memberOf(body, 'results'))
    if (tags === undefined) return undefined
    return {
      tags: tags.flatMap(({ name, digest }) => listedTag(name, digest)),
      next: pageAfter(memberOf(body, 'next'), response.url),
    }
  },
}

/** Only its query counts: the page is where the others are. */
function pageAfter(next: unknown, at: URL): URL | undefined {
  if (typeof next !== 'string' || !URL.canParse(next, at.href)) return undefined
  const url = new URL(at)
  url.search = new URL(next, at).search
  return url
}
