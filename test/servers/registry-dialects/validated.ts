import { createHash } from 'node:crypto'
import type { Dialect } from './server.ts'

/** A registry, or a proxy before one, that gives validators to what it answers, and says when nothing has changed. */
export const validated =
  (inner: Dialect): Dialect =>
  (request, server) => {
    const answer = inner(request, server)
    if (answer === undefined || (answer.status ?? 200) !== 200) return answer
    const etag = `W/"${createHash('sha256')
      .update(JSON.stringify([answer.body, answer.headers]))
      .digest('hex')}"`
    const headers = { ...answer.headers, etag }
    return request.validator === etag ? { status: 304, headers } : { ...answer, headers }
  }
