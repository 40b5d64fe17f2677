import type { IncomingHttpHeaders } from 'node:http'

/** The headers of an answer, their names in lower case; each is one text, however often it was sent. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>

/** Those of which two can't both hold. */
const single: readonly string[] = ['content-type', 'etag', 'location', 'retry-after', 'x-retry-after']

/** Of a header that is sent several times a client library makes a list, whatever its types say: the first counts, or all make one list (RFC 9110, section 5.3). */
export function eachOnce(headers: IncomingHttpHeaders): ResponseHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? (single.includes(name) ? value[0] : value.join(', ')) : value,
    ]),
  )
}
