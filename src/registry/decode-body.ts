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
export type Decoded = Buffer | 'tooLarge' | 'broken'

/**
 * We ask for bodies as they are (`identity`), and some proxies pack them all the same. What unpacks to more than `limit` bytes is not unpacked to
 * its end.
 */
export async function decodeBody(body: Buffer, encoding: string | undefined, limit: number): Promise<Decoded> {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity' || body.length === 0) return body
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (decode === undefined) return 'broken'
  try {
    return await decode(body, { maxOutputLength: limit })
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE' ? 'tooLarge' : 'broken'
  }
}

/** What a body in JSON holds; undefined: it is none. */
export function jsonIn({ body }: { readonly body: string | Buffer }): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
