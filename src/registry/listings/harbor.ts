import { jsonIn } from '../wire/decode-body.ts'
import { nextPage } from '../wire/next-page.ts'
import { apiBase, repositoryPath } from '../repository-access.ts'
import { listedTag, objectsIn, type HttpListing } from './listing.ts'

/** Harbor: artifacts, those pushed last first, each with its tags. https://goharbor.io/docs/main/build-customize-contribute/configure-swagger/ */
export const harbor: HttpListing = {
  shows: 'login',
  first: (access) => {
    const [project = '', ...rest] = repositoryPath(access).split('/')
    if (rest.length === 0) return undefined
    // A proxy before it takes one of the encodings away.
    const name = encodeURIComponent(encodeURIComponent(rest.join('/')))
    const url = new URL(`${apiBase(access)}/api/v2.0/projects/${project}/repositories/${name}/artifacts`)
    url.search = 'with_tag=true&q=tags%3D*&sort=-push_time&page_size=100&page=1'
    return url
  },
  read: (response) => {
    const artifacts = objectsIn(jsonIn(response))
    if (artifacts === undefined) return undefined
    return {
      tags: artifacts.flatMap(({ digest, tags }) =>
        (objectsIn(tags) ?? []).flatMap(({ name }) => listedTag(name, digest)),
      ),
      next: nextPage(response.headers['link'], response.url),
    }
  },
}
