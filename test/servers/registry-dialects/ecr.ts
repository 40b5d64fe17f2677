import type { Dialect } from './server.ts'
import { configsOf, stocked, type Stock } from './stock.ts'

/** Amazon's private registry: Basic, at most 1,000 tags a page, cursors that nobody can read, no digest with GET, blobs elsewhere. */
export function ecr(
  images: Stock['images'],
  { authorization, storage }: { authorization: string; storage: string },
): Dialect {
  const inner = stocked({
    images,
    paging: { size: 2, link: (path, start) => `<${path}?n=2&last=${start - 1}&cursor=${'x'.repeat(500)}>; rel="next"` },
    told: (method, digest) => (method === 'HEAD' ? { 'docker-content-digest': digest } : {}),
    blob: (digest) => ({ status: 307, headers: { location: `${storage}/layer/${digest}?X-Amz-Signature=abc` } }),
  })
  return (request, server) => {
    if (request.authorization !== authorization)
      return {
        status: 401,
        headers: { 'www-authenticate': `Basic realm="${server.url}/",service="ecr.amazonaws.com"` },
        body: 'Not Authorized\n',
      }
    if (Number(new URLSearchParams(request.query).get('n')) > 1000)
      return { status: 405, body: { errors: [{ code: 'UNSUPPORTED', message: 'less than or equal to 1000' }] } }
    return inner(request, server)
  }
}

/** Where its blobs are: whoever shows two proofs is refused. */
export const ecrStorage =
  (images: Stock['images']): Dialect =>
  ({ path, authorization }) =>
    authorization === undefined
      ? { body: configsOf(images).get(path.replace('/layer/', '')) ?? '' }
      : {
          status: 400,
          body: '<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>',
        }
