import fs from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { GitObject, ObjectType } from './git-object.ts'
import type { ObjectMemory } from './object-memory.ts'
import { writePackIndex, type IndexEntry } from './pack-index.ts'
import { readPack, type PackLimits } from './pack-reader.ts'
import { createTurns } from '../lanes/turns.ts'

/** Git objects on disk, in a bare repository without refs. */
export interface ObjectStore {
  has(oid: string): boolean
  /** Undefined: it is not here. */
  read(oid: string): Promise<GitObject | undefined>
  /** Takes in all objects of a pack. Throws a GitFault for a pack that is damaged or too large, and keeps nothing of it. */
  add(pack: Buffer): Promise<void>
  /** How much has gathered. */
  size(): { readonly packs: number; readonly bytes: number }
  /** Lets go of what is held in memory of packs on disk; call it when nobody reads. */
  rest(): void
}

/** Opens an empty store in this folder; what was in the folder is removed. What is used last is in `memory` as well. */
export async function openObjectStore(folder: string, limits: PackLimits, memory: ObjectMemory): Promise<ObjectStore> {
  const known = new Set<string>()
  // isomorphic-git keeps the indexes and packs that it has read in here.
  let cache = {}
  let packs = 0
  let bytes = 0
  let drafts = 0
  // Who writes to no repository needs none of it.
  const { default: git } = await import('isomorphic-git')
  await onDisk(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    await git.init({ fs, gitdir: folder, dir: folder, bare: true })
    await mkdir(join(folder, 'objects', 'pack'), { recursive: true })
  })

  async function add(pack: Buffer): Promise<void> {
    const { index, small } = await unpack(pack, limits, memory.maxSize / 2)
    if (index.length === 0) return
    const hash = pack.subarray(-20)
    const path = join(folder, 'objects', 'pack', `pack-${hash.toString('hex')}`)
    drafts += 1
    const draft = `${path}.${drafts}.new`
    await onDisk(async () => {
      await writeWhole(`${path}.pack`, pack, draft)
      await writeWhole(`${path}.idx`, writePackIndex(index, hash), draft)
    })
    for (const { oid } of index) known.add(oid)
    for (const object of small) memory.set(object.oid, object)
    packs += 1
    bytes += pack.length
  }

  async function read(oid: string): Promise<GitObject | undefined> {
    // Memory is shared: what another repository brought is not to be had here.
    if (!known.has(oid)) return undefined
    const kept = memory.get(oid)
    if (kept !== undefined) return kept
    const { type, object } = await onDisk(() => git.readObject({ fs, gitdir: folder, oid, format: 'content', cache }))
    const content = Buffer.from(object as Uint8Array)
    const found: GitObject = { oid, type: type as ObjectType, content }
    memory.set(oid, found)
    return found
  }

  return {
    has: (oid) => known.has(oid),
    read,
    add,
    size: () => ({ packs, bytes }),
    rest: () => void (cache = {}),
  }
}

/** What the pack holds: where everything stands, and as many of its first objects as memory takes. */
async function unpack(
  pack: Buffer,
  limits: PackLimits,
  memory: number,
): Promise<{ index: IndexEntry[]; small: GitObject[] }> {
  const index: IndexEntry[] = []
  const small: GitObject[] = []
  let room = memory
  const turn = createTurns()
  for (const { oid, type, content, offset, crc } of readPack(pack, limits)) {
    index.push({ oid, offset, crc })
    room -= content.length
    // A copy, so that a small object does not hold the large buffer from which it was cut.
    if (room > 0) small.push({ oid, type, content: Buffer.from(content) })
    await turn()
  }
  return { index, small }
}

/** Nobody ever sees half of the file, also where the same is written twice at the same time; and half of one takes no room. */
async function writeWhole(path: string, content: Buffer, draft: string): Promise<void> {
  try {
    await writeFile(draft, content)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** A disk that is full or may not be written to is told of in words. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
    const message = `git objects can't be kept in the folder that --cache-dir names (${code}); it needs room and the right to write`
    throw new ReconcileError(reasons.internalError, message, { cause: error })
  }
}
