import { withBasic } from './basic.ts'
import type { Dialect } from './server.ts'
import { stocked, type Stock } from './stock.ts'

/** Zot: pages by name, and does not know a page that began after a tag which is gone. `tags` may change while it is asked. */
export const zot =
  (tags: string[], asked: () => void = () => undefined): Dialect =>
  ({ path, query }) => {
    if (!path.endsWith('/tags/list')) return undefined
    const last = new URLSearchParams(query).get('last')
    const position = last === null ? 0 : tags.indexOf(last) + 1
    if (last !== null && position === 0) return { status: 404, body: '' }
    const page = tags.slice(position, position + 2)
    const link = `<${path}?n=2&last=${page.at(-1) ?? ''}>; rel=next`
    const answer = { headers: position + 2 < tags.length ? { link } : {}, body: { tags: page } }
    asked()
    return answer
  }

/** All of it: a challenge without quotes, in small letters, and no error in JSON. */
export function zotRegistry(images: Stock['images'], authorization: string): Dialect {
  const list = zot(Object.keys(images).toSorted())
  const inner = stocked({ images })
  return withBasic('basic realm=zot', authorization, (request, server) =>
    request.path.endsWith('/tags/list') ? list(request, server) : inner(request, server),
  )
}
