import { createHash } from 'node:crypto'

/** The types of git objects, by their number in a pack. */
export const objectTypes = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' } as const
/** One of {@link objectTypes}. */
export type ObjectType = (typeof objectTypes)[keyof typeof objectTypes]

/** A git object and its id (40 hex digits). */
export interface GitObject {
  readonly oid: string
  readonly type: ObjectType
  readonly content: Buffer
}

/** An object of this content. */
export function gitObject(type: ObjectType, content: Buffer): GitObject {
  const oid = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
  return { oid, type, content }
}
