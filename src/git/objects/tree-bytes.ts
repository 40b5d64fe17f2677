import { GitFault } from '../wire/git-fault.ts'

/** Mode of a folder, as trees spell it. */
export const folderMode = '40000'
/** Mode of a new file. */
export const fileMode = '100644'

/** Whether an entry is a folder; ancient writers put a zero before the mode. */
export function isFolderMode(mode: string): boolean {
  return mode === folderMode || mode === `0${folderMode}`
}

/** One entry of a tree. `name` holds a byte in each character: git's names need not be UTF-8. */
export interface TreeEntry {
  readonly mode: string
  readonly name: string
  readonly oid: string
}

/** The name of a path's segment as trees are searched for it. */
export function treeName(segment: string): string {
  return Buffer.from(segment, 'utf8').toString('latin1')
}

/** The entries of these names, in one pass. Throws a GitFault for what is no tree. */
export function findEntries(tree: Buffer, names: ReadonlySet<string>): ReadonlyMap<string, TreeEntry> {
  const found = new Map<string, TreeEntry>()
  for (const { entry } of entriesOf(tree)) if (names.has(entry.name)) found.set(entry.name, entry)
  return found
}

/** All entries of a tree. Throws a GitFault for what is no tree. */
export function allEntries(tree: Buffer): readonly TreeEntry[] {
  return [...entriesOf(tree)].map(({ entry }) => entry)
}

/** A name of a tree as text; undefined: it is none in UTF-8. */
export function textOfName(name: string): string | undefined {
  const text = Buffer.from(name, 'latin1').toString('utf8')
  return treeName(text) === name ? text : undefined
}

/**
 * The tree with these entries put in place of, or added to, its own; every other byte stays as it was. Trees are not
 * printed anew, for other writers' names and modes may be none that we would write.
 */
export function putEntries(tree: Buffer, entries: readonly TreeEntry[]): Buffer {
  const rest = new Map(entries.map((entry) => [entry.name, entry]))
  const kept = [...entriesOf(tree)].map(({ entry, bytes }) => {
    const replacement = rest.get(entry.name)
    rest.delete(entry.name)
    return replacement === undefined ? { key: sortKey(entry), bytes } : written(replacement)
  })
  const added = [...rest.values()].map(written)
  const before = (one: { key: string }, other: { key: string }) => (one.key < other.key ? -1 : 1)
  // What is there keeps its order, even a wrong one: only what is added is sorted in.
  for (const entry of added.toSorted(before)) {
    const at = kept.findIndex(({ key }) => key > entry.key)
    kept.splice(at < 0 ? kept.length : at, 0, entry)
  }
  return Buffer.concat(kept.map(({ bytes }) => bytes))
}

function written(entry: TreeEntry): { key: string; bytes: Buffer } {
  const bytes = Buffer.concat([Buffer.from(`${entry.mode} ${entry.name}\0`, 'latin1'), Buffer.from(entry.oid, 'hex')])
  return { key: sortKey(entry), bytes }
}

/** Git sorts a folder as if its name ended in a slash. */
function sortKey({ mode, name }: TreeEntry): string {
  return isFolderMode(mode) ? `${name}/` : name
}

function* entriesOf(tree: Buffer): Generator<{ entry: TreeEntry; bytes: Buffer }> {
  let at = 0
  while (at < tree.length) {
    const space = tree.indexOf(0x20, at)
    const zero = tree.indexOf(0, space)
    const end = zero + 21
    if (space < 0 || zero < 0 || end > tree.length) throw new GitFault('broke', 'it sent a tree that is damaged')
    const mode = tree.toString('latin1', at, space)
    const name = tree.toString('latin1', space + 1, zero)
    yield { entry: { mode, name, oid: tree.toString('hex', zero + 1, end) }, bytes: tree.subarray(at, end) }
    at = end
  }
}
