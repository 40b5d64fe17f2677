import { digestsOf, stocked, type Stock } from './stock.ts'
import type { TokenDialect } from './tokens.ts'

/** How Google's registry gives tokens: to whoever shows a token of Google Cloud as the password. */
export const garTokens = (authorization: string): TokenDialect => ({
  tokenPath: '/v2/token',
  scope: 'repository:shop/web:pull',
  challenge: (url) => `Bearer realm="${url}/v2/token",service="eu-docker.pkg.dev"`,
  authorization,
})

const most = 10_000

/** Google's registry: a page that names no other, whatever is left out of it, and much besides the tags. */
export const gar = (images: Stock['images']) => {
  const inner = stocked({ images })
  const digests = digestsOf(images)
  return (...asked: Parameters<typeof inner>): ReturnType<typeof inner> => {
    const answer = inner(...asked)
    if (!asked[0].path.endsWith('/tags/list')) return answer
    const size = Math.min(Number(new URLSearchParams(asked[0].query).get('n') ?? most), most)
    const listed = [...digests].slice(0, size)
    const manifest = Object.fromEntries(
      listed.map(([tag, digest]) => [
        digest,
        { imageSizeBytes: '1', mediaType: '', timeCreatedMs: '0', timeUploadedMs: '1767225600000', tag: [tag] },
      ]),
    )
    return answer && { body: { child: ['nested'], manifest, tags: listed.map(([tag]) => tag) } }
  }
}
