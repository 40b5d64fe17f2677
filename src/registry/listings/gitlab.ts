import { jsonIn } from '../wire/decode-body.ts'
import { nextPage } from '../wire/next-page.ts'
import { apiBase, repositoryPath } from '../repository-access.ts'
import { listedTag, objectsIn, type HttpListing } from './listing.ts'

/** GitLab's registry, where it has a database: what was published last first. https://gitlab.com/gitlab-org/container-registry/-/blob/master/docs/spec/gitlab/api.md */
export const gitlab: HttpListing = {
  shows: 'token',
  first: (access) =>
    new URL(`${apiBase(access)}/gitlab/v1/repositories/${repositoryPath(access)}/tags/list/?n=100&sort=-published_at`),
  read: (response) => {
    const tags = objectsIn(jsonIn(response))
    if (tags === undefined) return undefined
    return {
      tags: tags.flatMap(({ name, digest }) => listedTag(name, digest)),
      next: nextPage(response.headers['link'], response.url),
    }
  },
}
