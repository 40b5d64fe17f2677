import { reasons, type Reason } from '../api/conditions.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import { pathFault } from '../core/targets/edit-path.ts'
import type { ObjectSource } from './objects/object-source.ts'
import { findEntries, isFolderMode, treeName } from './objects/tree-bytes.ts'

/** What stands at a path of a commit; `refused`: something that is neither read nor written, and why. */
export type Place =
  | { readonly kind: 'file'; readonly mode: string; readonly oid: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

interface Search {
  readonly path: string
  /** The folder's own path, and its tree. */
  readonly folder: string
  readonly tree: string
  readonly segments: readonly string[]
}

const kinds: Readonly<Record<string, string>> = {
  '120000': 'a symbolic link, which is not followed',
  '160000': 'a submodule',
}

/** Finds paths below a root tree, level by level: each level's trees come in one request, whatever the number of paths. */
export async function locate(
  source: Pick<ObjectSource, 'trees'>,
  root: string,
  paths: Iterable<string>,
): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>()
  let searches: Search[] = []
  for (const path of new Set(paths)) {
    const fault = pathFault(path)
    if (fault === undefined) searches.push({ path, folder: '', tree: root, segments: path.split('/') })
    else places.set(path, refused(reasons.targetUnsupported, `the path "${path}" ${fault}`))
  }
  while (searches.length > 0) {
    const trees = await source.trees(searches.map(({ tree }) => tree))
    const found = findIn(trees, searches)
    searches = searches.flatMap((search) => {
      const step = follow(search, found.get(search.tree)?.get(treeName(search.segments[0] ?? '')))
      if ('path' in step) return [step]
      places.set(search.path, step)
      return []
    })
  }
  return places
}

/** What stands at one path, as trees have it; undefined: nothing. Throws a ReconcileError for what is not followed. */
export async function locateEntry(
  source: Pick<ObjectSource, 'trees'>,
  root: string,
  path: string,
): Promise<{ readonly mode: string; readonly oid: string } | undefined> {
  let tree = root
  const segments = path.split('/')
  for (const [depth, segment] of segments.entries()) {
    const content = (await source.trees([tree])).get(tree)?.content ?? Buffer.alloc(0)
    const entry = findEntries(content, new Set([treeName(segment)])).get(treeName(segment))
    if (entry === undefined) return undefined
    const oddity = kinds[entry.mode]
    const here = segments.slice(0, depth + 1).join('/')
    if (oddity !== undefined) throw unsupported(`${here} is ${oddity}`)
    if (depth === segments.length - 1) return entry
    if (!isFolderMode(entry.mode)) return undefined
    tree = entry.oid
  }
  return undefined
}

type Entries = ReturnType<typeof findEntries>

/** Each tree is gone through once, for all names that are looked for in it. */
function findIn(trees: Awaited<ReturnType<ObjectSource['trees']>>, searches: readonly Search[]): Map<string, Entries> {
  const names = new Map<string, Set<string>>()
  for (const { tree, segments } of searches) {
    const wanted = names.get(tree) ?? new Set()
    names.set(tree, wanted.add(treeName(segments[0] ?? '')))
  }
  return new Map(
    [...names].map(([tree, wanted]) => [tree, findEntries(trees.get(tree)?.content ?? Buffer.alloc(0), wanted)]),
  )
}

function follow(search: Search, entry: { mode: string; oid: string } | undefined): Search | Place {
  const [segment = '', ...rest] = search.segments
  if (entry === undefined) return { kind: 'absent' }
  const here = search.folder === '' ? segment : `${search.folder}/${segment}`
  const oddity = kinds[entry.mode]
  if (oddity !== undefined) return refused(reasons.targetUnsupported, `${here} is ${oddity}`)
  const isFolder = isFolderMode(entry.mode)
  if (rest.length === 0)
    return isFolder
      ? refused(reasons.targetNotFound, `${here} is a folder, not a file`)
      : { kind: 'file', mode: entry.mode, oid: entry.oid }
  if (!isFolder) return refused(reasons.targetNotFound, `${here} is a file, not a folder`)
  return { path: search.path, folder: here, tree: entry.oid, segments: rest }
}

function unsupported(message: string): ReconcileError {
  return new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}

function refused(reason: Reason, message: string): Place {
  return { kind: 'refused', reason, message }
}
