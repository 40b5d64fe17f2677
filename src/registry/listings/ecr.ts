import { jsonIn } from '../wire/decode-body.ts'
import { repositoryPath } from '../repository-access.ts'
import { listedTag, memberOf, objectsIn, type Listing } from './listing.ts'

/**
 * Amazon's private registries, in no order, by the API of the cloud: for policies with `provider: aws`, whose identity may `ecr:DescribeImages`.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
 */
export const ecr: Listing = {
  page: async (nextToken, { access }) => {
    const { host, cloudApi } = access
    const registryId = host.split('.')[0]
    const of = { registryId, repositoryName: repositoryPath(access), filter: { tagStatus: 'TAGGED' } }
    const answer = await cloudApi?.('DescribeImages', { ...of, maxResults: 1000, ...(nextToken && { nextToken }) })
    if (answer?.status !== 200) return undefined
    const body = jsonIn({ body: answer.text })
    const images = objectsIn(memberOf(body, 'imageDetails'))
    const next = memberOf(body, 'nextToken')
    return (
      images && {
        tags: images.flatMap(({ imageDigest, imageTags }) =>
          (Array.isArray(imageTags) ? imageTags : []).flatMap((tag) => listedTag(tag, imageDigest)),
        ),
        next: typeof next === 'string' && next !== '' ? next : undefined,
      }
    )
  },
}
