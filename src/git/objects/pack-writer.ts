import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { createDelta } from './delta-writer.ts'
import type { GitObject } from './git-object.ts'

/** A new object, and one that it was made of. */
export interface NewObject extends GitObject {
  readonly madeOf?: GitObject
}

const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const
const deltaByReference = 7

/** A pack of these objects, each in full. */
export function writePack(objects: readonly GitObject[]): Buffer {
  return sealed(objects.map(whole))
}

/**
 * A pack of these objects for somebody who has what they were made of: objects that are large and much like that one are
 * sent as their differences (a "thin pack").
 */
export function writeThinPack(objects: readonly NewObject[]): Buffer {
  return sealed(objects.map((object) => (object.madeOf === undefined ? whole(object) : thin(object, object.madeOf))))
}

function sealed(entries: readonly Buffer[]): Buffer {
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  header.writeUInt32BE(entries.length, 8)
  const body = Buffer.concat([header, ...entries])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function whole({ type, content }: GitObject): Buffer {
  return Buffer.concat([entryHead(typeNumbers[type], content.length), deflateSync(content)])
}

function thin(object: GitObject, madeOf: GitObject): Buffer {
  const delta = createDelta(madeOf.content, object.content)
  if (delta.length * 2 > object.content.length) return whole(object)
  return Buffer.concat([entryHead(deltaByReference, delta.length), Buffer.from(madeOf.oid, 'hex'), deflateSync(delta)])
}

function entryHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 0x0f)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 0x7f)
  }
  return Buffer.from(bytes)
}
