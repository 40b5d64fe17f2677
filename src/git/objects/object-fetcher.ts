import { isFilterRefusal, isUnknownObject } from '../wire/explain-fault.ts'
import { GitFault } from '../wire/git-fault.ts'
import type { ObjectStore } from './object-store.ts'
import type { FetchRequest, UploadPack } from '../wire/upload-pack.ts'

/** Thrown when the server does not hand out parts of commits after all: everything must begin again with whole commits. */
export class NeedsMirror extends Error {
  override readonly name = 'NeedsMirror'
}

/** Brings into a store what is missing there. */
export interface ObjectFetcher {
  /** A commit, and what is new in it since commits that are here. */
  bringCommit(oid: string): Promise<void>
  /** The commits before one, so deep. */
  bringHistory(oid: string, depth: number): Promise<void>
  /** Trees and files, all in one request. */
  bringObjects(oids: readonly string[]): Promise<void>
  /** Notes a commit that is here with its trees, as far as they are ever needed. */
  addBase(oid: string): void
}

/** What a fetcher stands on. `whole`: commits come with all their files, as servers without filters want it. */
export interface FetcherParts {
  readonly fetch: UploadPack['fetch']
  readonly store: ObjectStore
  readonly whole: boolean
  /** Longest answer in bytes. */
  readonly limit: number
}

const mostBases = 4

/** Makes a fetcher for a store, which must be empty or have been filled by it. */
export function createObjectFetcher({ fetch, store, whole, limit }: FetcherParts): ObjectFetcher {
  let bases: readonly string[] = []
  const underWay = new Map<string, Promise<void>>()

  /** False: the server can't begin at what is here. */
  async function bring({ filter, ...request }: Omit<FetchRequest, 'limit'>): Promise<boolean> {
    try {
      const pack = await fetch({ ...request, ...(whole || filter === undefined ? {} : { filter }), limit })
      if (pack !== undefined) await store.add(pack)
      return pack !== undefined
    } catch (error) {
      throw !whole && isFilterRefusal(error) ? new NeedsMirror() : error
    }
  }

  /** What came since a commit that is here is little; without such a commit it is the commit alone or, whole, with all its files. */
  async function bringOnce(oid: string): Promise<void> {
    if (bases.length > 0) {
      const since = bring({ wants: [oid], bases, filter: 'blob:none' })
      if ((await since.catch(falseIfTooLarge)) && store.has(oid)) return
    }
    await bring({ wants: [oid], deepen: 1, filter: 'tree:0' })
  }

  return {
    bringCommit(oid) {
      const running = underWay.get(oid) ?? bringOnce(oid).finally(() => underWay.delete(oid))
      underWay.set(oid, running)
      return running
    },

    async bringHistory(oid, depth) {
      await bring({ wants: [oid], deepen: depth, filter: 'tree:0', ...(whole ? { bases: [oid] } : {}) })
    },

    async bringObjects(oids) {
      const wants = [...new Set(oids)].filter((oid) => !store.has(oid))
      if (wants.length === 0) return
      if (whole) throw new GitFault('broke', 'it did not send all files of a commit')
      try {
        // The filter leaves out what the wanted trees hold, not what is wanted.
        await bring({ wants, filter: 'tree:0' })
      } catch (error) {
        throw isUnknownObject(error) ? new NeedsMirror() : error
      }
    },

    addBase: (oid) => void (bases = [oid, ...bases.filter((base) => base !== oid)].slice(0, mostBases)),
  }
}

function falseIfTooLarge(error: unknown): false {
  if (error instanceof GitFault && error.kind === 'tooLarge') return false
  throw error
}
