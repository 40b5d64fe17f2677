import { jsonIn } from '../wire/decode-body.ts'
import { nextPage } from '../wire/next-page.ts'
import { apiBase, repositoryPath } from '../repository-access.ts'
import { listedTag, memberOf, objectsIn, type HttpListing } from './listing.ts'

/** Azure's registries, what changed last first, by the registry's own tokens, which allow reading metadata. https://learn.microsoft.com/rest/api/containerregistry/tag/get-list */
export const acr: HttpListing = {
  shows: 'token',
  first: (access) => new URL(`${apiBase(access)}/acr/v1/${repositoryPath(access)}/_tags?n=100&orderby=timedesc`),
  read: (response) => {
    const tags = objectsIn(memberOf(jsonIn(response), 'tags'))
    if (tags === undefined) return undefined
    return {
      tags: tags.flatMap(({ name, digest }) => listedTag(name, digest)),
      next: nextPage(response.headers['link'], response.url),
    }
  },
}
