import { readCommit, type Commit } from './commit-object.ts'
import { GitFault } from '../wire/git-fault.ts'
import type { GitObject } from './git-object.ts'
import { createObjectFetcher, type FetcherParts } from './object-fetcher.ts'
import { writePack } from './pack-writer.ts'

/** The objects of one remote repository: what is not in the store yet is fetched. */
export interface ObjectSource {
  /** A commit that some branch holds or held. */
  commit(oid: string): Promise<Commit>
  /** Trees of commits that were asked for; all that are missing come in one request. */
  trees(oids: readonly string[]): Promise<ReadonlyMap<string, GitObject>>
  /** The same for files. One that is larger than can be read is left out. */
  blobs(oids: readonly string[]): Promise<ReadonlyMap<string, GitObject>>
  /** The commits from this one backwards, newest first, at most `count`. */
  history(oid: string, count: number): Promise<readonly Commit[]>
  /** Takes in a commit of ours that the server has now, and what is new in it. */
  keep(oid: string, objects: readonly GitObject[]): Promise<void>
}

/** Opens a source over a store, which must be empty. */
export function openObjectSource(parts: FetcherParts): ObjectSource {
  const { store } = parts
  const fetcher = createObjectFetcher(parts)

  async function held(oid: string): Promise<GitObject> {
    const object = await store.read(oid)
    if (object === undefined) throw new GitFault('broke', 'it did not send all that was asked for')
    return object
  }

  async function commit(oid: string): Promise<Commit> {
    if (!store.has(oid)) await fetcher.bringCommit(oid)
    const found = readCommit(await held(oid))
    fetcher.addBase(oid)
    return found
  }

  async function objects(oids: readonly string[]): Promise<ReadonlyMap<string, GitObject>> {
    await fetcher.bringObjects(oids)
    const found = new Map<string, GitObject>()
    for (const oid of new Set(oids)) found.set(oid, await held(oid))
    return found
  }

  async function blobs(oids: readonly string[]): Promise<ReadonlyMap<string, GitObject>> {
    try {
      return await objects(oids)
    } catch (error) {
      if (!(error instanceof GitFault) || error.kind !== 'tooLarge') throw error
      // One of them is too large to be read: the others must not suffer from it.
      if (oids.length <= 1) return new Map()
      const middle = Math.ceil(oids.length / 2)
      return new Map([...(await blobs(oids.slice(0, middle))), ...(await blobs(oids.slice(middle)))])
    }
  }

  async function history(oid: string, count: number): Promise<readonly Commit[]> {
    const begun = await walk(oid, count)
    if (begun.complete) return begun.commits
    await fetcher.bringHistory(oid, count)
    return (await walk(oid, count)).commits
  }

  /** As far as the store reaches. Newest first by the committers' clocks, as `git log` does, but never before a child. */
  async function walk(oid: string, count: number): Promise<{ commits: readonly Commit[]; complete: boolean }> {
    const commits: Commit[] = []
    const seen = new Set([oid])
    let complete = true
    let front = [await commit(oid)]
    for (let next = front.shift(); next !== undefined && commits.length < count; next = front.shift()) {
      commits.push(next)
      const parents = next.parents.filter((parent) => !seen.has(parent))
      for (const parent of parents) seen.add(parent)
      const known = parents.filter((parent) => store.has(parent))
      complete &&= known.length === parents.length
      const commitsOfParents = (await Promise.all(known.map(held))).map(readCommit)
      front = [...front, ...commitsOfParents].toSorted((one, other) => other.time - one.time)
    }
    return { commits, complete: complete || commits.length >= count }
  }

  async function keep(oid: string, objects: readonly GitObject[]): Promise<void> {
    await store.add(writePack(objects))
    fetcher.addBase(oid)
  }

  return { commit, trees: objects, blobs, history, keep }
}
