import type { ObjectSource } from './object-source.ts'
import { locate, type Place } from '../snapshot.ts'
import { allEntries, isFolderMode, textOfName, type TreeEntry } from './tree-bytes.ts'

type Trees = Pick<ObjectSource, 'trees'>

interface Pair {
  /** Empty, or with a slash at its end. */
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The files that are not the same below two root trees; each level's trees come in one request, and only where they differ. */
export async function changedPaths(source: Trees, before: string, after: string): Promise<readonly string[]> {
  const paths: string[] = []
  let pairs: readonly Pair[] = before === after ? [] : [{ path: '', before, after }]
  while (pairs.length > 0) {
    const trees = await source.trees(
      pairs.flatMap((pair) => [pair.before, pair.after].filter((oid) => oid !== undefined)),
    )
    const entriesOf = (oid: string | undefined) => allEntries(trees.get(oid ?? '')?.content ?? Buffer.alloc(0))
    const changes = pairs.flatMap((pair) => changesIn(pair, entriesOf(pair.before), entriesOf(pair.after)))
    paths.push(...changes.flatMap(({ path, isFile }) => (isFile ? [path] : [])))
    pairs = changes.flatMap(({ path, folders }) => (folders === undefined ? [] : [{ path: `${path}/`, ...folders }]))
  }
  return paths
}

/** Whether something else stands at one of these paths below two root trees. */
export async function differAt(
  source: Trees,
  roots: readonly [string, string],
  paths: readonly string[],
): Promise<boolean> {
  const [before, after] = roots
  if (before === after) return false
  const [old, now] = [await locate(source, before, paths), await locate(source, after, paths)]
  return paths.some((path) => contentAt(old, path) !== contentAt(now, path))
}

function contentAt(places: ReadonlyMap<string, Place>, path: string): string {
  const place = places.get(path)
  return place?.kind === 'file' ? `${place.mode} ${place.oid}` : (place?.kind ?? '')
}

interface ChangeAt {
  readonly path: string
  /** On at least one side. */
  readonly isFile: boolean
  readonly folders: Omit<Pair, 'path'> | undefined
}

function changesIn({ path }: Pair, before: readonly TreeEntry[], after: readonly TreeEntry[]): readonly ChangeAt[] {
  const [old, now] = [before, after].map((entries) => new Map(entries.map((entry) => [entry.name, entry])))
  const names = new Set([...before, ...after].map(({ name }) => name))
  return [...names].flatMap((name) => {
    const sides = [old?.get(name), now?.get(name)] as const
    const [one, other] = sides
    if (one?.oid === other?.oid && one?.mode === other?.mode) return []
    const [from, to] = sides.map((entry) => (entry !== undefined && isFolderMode(entry.mode) ? entry.oid : undefined))
    const isFile = sides.some((entry) => entry !== undefined && !isFolderMode(entry.mode))
    const folders = from === undefined && to === undefined ? undefined : { before: from, after: to }
    return [{ path: `${path}${textOfName(name) ?? name}`, isFile, folders }]
  })
}
