import type { Dialect } from './server.ts'

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
