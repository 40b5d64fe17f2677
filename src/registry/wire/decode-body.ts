import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

type Decode = (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

const decoders: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/** A body without its content encoding; or what is wrong with it. */
export type Decoded = Buffer | 'tooLarge' | 'broken' | 'unknown'

/**
 * We ask for bodies as they are (`identity`), and some proxies pack them all the same. What unpacks to more than `limit` bytes is not unpacked to
 * its end.
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, limit: number): Promise<Decoded> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity' || body.length === 0) return body
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (decode === undefined) return 'unknown'
  try {
    return await decode(body, { maxOutputLength: limit })
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE' ? 'tooLarge' : 'broken'
  }
}

/** More than the longest list of tags has, or an index with all its annotations. */
export const mostValues = 500_000
/** So much can be read whatever it holds. */
const shortBody = 1024 * 1024

/** Whether a body that is read as JSON would become more values than any answer has: a few bytes each, they take up to thirty times as much memory. */
export function hasTooManyValues(body: Uint8Array): boolean {
  if (body.length <= shortBody) return false
  let values = 0
  // By index: an iterator is four times as slow.
  for (let at = 0; at < body.length && values <= mostValues; at += 1) if (begins(body[at])) values += 1
  return values > mostValues
}

/** A comma, a bracket or a brace. Those within texts count, too: no answer has so many. */
function begins(byte: number | undefined): boolean {
  return byte === 0x2c || byte === 0x5b || byte === 0x7b
}

/** What a body in JSON holds; undefined: it is none. */
export function jsonIn({ body }: { readonly body: string | Buffer }): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
