import { jsonIn } from '../wire/decode-body.ts'
import { apiBase, repositoryPath } from '../repository-access.ts'
import { listedTag, memberOf, objectsIn, type HttpListing } from './listing.ts'

/** Quay, newest pushes first. Robots are not let in; what is public is for everybody. https://docs.quay.io/api/swagger/ */
export const quay: HttpListing = {
  shows: 'nothing',
  first: (access) => {
    const url = new URL(`${apiBase(access)}/api/v1/repository/${repositoryPath(access)}/tag/`)
    url.search = 'limit=100&page=1&onlyActiveTags=true'
    return url
  },
  read: (response) => {
    const body = jsonIn(response)
    const tags = objectsIn(memberOf(body, 'tags'))
    if (tags === undefined) return undefined
    return {
      tags: tags.flatMap(({ name, manifest_digest }) => listedTag(name, manifest_digest)),
      next: memberOf(body, 'has_additional') === true ? pageAfter(response.url) : undefined,
    }
  },
}

function pageAfter(at: URL): URL {
  const url = new URL(at)
  url.searchParams.set('page', String(Number(at.searchParams.get('page')) + 1))
  return url
}
