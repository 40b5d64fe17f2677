import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NeedsMirror } from './object-fetcher.ts'
import type { ObjectMemory } from './object-memory.ts'
import { openObjectSource, type ObjectSource } from './object-source.ts'
import { openObjectStore, type ObjectStore } from './object-store.ts'
import type { UploadPack } from '../wire/upload-pack.ts'
import type { UploadSession } from '../wire/upload-session.ts'

/** The objects of one remote repository, whatever the server can do. */
export interface RepositoryObjects {
  /** Lends the objects out. `work` is done again from its beginning if the server turns out not to hand out parts of commits. */
  using<T>(work: (source: ObjectSource) => Promise<T>): Promise<T>
  isIdle(): boolean
  close(): Promise<void>
}

interface Opened {
  readonly store: ObjectStore
  readonly source: ObjectSource
  readonly whole: boolean
  readonly folder: string
  users: number
}

const megabyte = 1024 * 1024
const ofParts = {
  limit: 64 * megabyte,
  inflated: 512 * megabyte,
  object: 64 * megabyte,
  packs: 200,
  bytes: 64 * megabyte,
}
// With whole commits a beginning is dear: what came since may grow to much more before it is thrown away.
const ofWholes = {
  limit: 256 * megabyte,
  inflated: 4096 * megabyte,
  object: 256 * megabyte,
  packs: 2000,
  bytes: 768 * megabyte,
}

/** Opens a repository whose objects are kept in `folder`, a folder of its own. Nothing is sent or written yet. */
export function openRepositoryObjects(session: UploadSession, folder: string, memory: ObjectMemory): RepositoryObjects {
  let current: Promise<Opened> | undefined
  let refusesParts = false
  let count = 0
  let users = 0

  async function open(whole: boolean): Promise<Opened> {
    count += 1
    const own = join(folder, String(count))
    const { limit, ...limits } = whole ? ofWholes : ofParts
    const store = await openObjectStore(own, limits, memory)
    const fetch: UploadPack['fetch'] = (request) => session.talk((upload) => upload.fetch(request))
    return { store, source: openObjectSource({ store, whole, limit, fetch }), whole, folder: own, users: 0 }
  }

  async function opened(): Promise<Opened> {
    const whole = refusesParts || !(await session.talk(async ({ filters }) => filters))
    if (current !== undefined && (await current).whole !== whole) current = undefined
    const opening = current ?? open(whole)
    current = opening
    opening.catch(() => void (current = current === opening ? undefined : current))
    return opening
  }

  async function once<T>(work: (source: ObjectSource) => Promise<T>): Promise<T> {
    const used = await opened()
    used.users += 1
    try {
      return await work(used.source)
    } finally {
      used.users -= 1
      await tidy(used)
    }
  }

  /** What has grown too large, or is no longer the current one, goes when nobody uses it. */
  async function tidy(used: Opened): Promise<void> {
    if (used.users > 0) return
    const bounds = used.whole ? ofWholes : ofParts
    const { packs, bytes } = used.store.size()
    const isCurrent = (await current) === used
    if (isCurrent && packs <= bounds.packs && bytes <= bounds.bytes) return used.store.rest()
    if (used.users > 0) return
    if (isCurrent) current = undefined
    await remove(used.folder)
  }

  async function using<T>(work: (source: ObjectSource) => Promise<T>): Promise<T> {
    users += 1
    try {
      return await once(work)
    } catch (error) {
      if (!(error instanceof NeedsMirror)) throw error
      refusesParts = true
      return await once(work)
    } finally {
      users -= 1
    }
  }

  return { using, isIdle: () => users === 0, close: () => remove(folder) }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
