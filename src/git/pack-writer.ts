import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { GitObject } from './git-object.ts'

const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const

/** A pack of these objects, without deltas: what is pushed is small, and servers repack. */
export function writePack(objects: readonly GitObject[]): Buffer {
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  header.writeUInt32BE(objects.length, 8)
  const body = Buffer.concat([
    header,
    ...objects.flatMap(({ type, content }) => [entryHead(type, content.length), deflateSync(content)]),
  ])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function entryHead(type: GitObject['type'], size: number): Buffer {
  const bytes = [(typeNumbers[type] << 4) | (size & 0x0f)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 0x7f)
  }
  return Buffer.from(bytes)
}
