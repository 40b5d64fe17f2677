import { digestsOf, stocked, type Stock } from './stock.ts'
import type { TokenDialect } from './tokens.ts'

/** How Google's registry gives tokens: to whoever shows a token of Google Cloud as the password. */
export const garTokens = (authorization: string): TokenDialect => ({
  tokenPath: '/v2/token',
  scope: 'repository:shop/web:pull',
  challenge: (url) => `Bearer realm="${url}/v2/token",service="eu-docker.pkg.dev"`,
  authorization,
})

/** Google's registry: everything on one page, and much besides the tags. */
export const gar = (images: Stock['images']) => {
  const inner = stocked({ images })
  return (...asked: Parameters<typeof inner>): ReturnType<typeof inner> => {
    const answer = inner(...asked)
    if (!asked[0].path.endsWith('/tags/list')) return answer
    const manifest = Object.fromEntries(
      [...digestsOf(images)].map(([tag, digest]) => [
        digest,
        { imageSizeBytes: '1', mediaType: '', timeCreatedMs: '0', timeUploadedMs: '1767225600000', tag: [tag] },
      ]),
    )
    return answer && { ...answer, body: { ...(answer.body as object), child: ['nested'], manifest } }
  }
}
