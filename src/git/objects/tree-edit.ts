import { gitObject } from './git-object.ts'
import type { ObjectSource } from './object-source.ts'
import type { NewObject } from './pack-writer.ts'
import { findEntries, folderMode, putEntries, treeName, type TreeEntry } from './tree-bytes.ts'

/** A file's new content and its mode. */
export interface FileContent {
  readonly mode: string
  readonly blob: NewObject
}

/** The tree that results, and all objects that are new. */
export interface EditedTree {
  readonly root: string
  readonly created: readonly NewObject[]
}

interface Change {
  readonly segments: readonly string[]
  readonly file: FileContent
}

/**
 * Puts files into a tree; folders that are missing are made. Only the trees on the way to the files are written anew. The
 * paths must have been found to be files or absent.
 */
export async function editTree(
  source: Pick<ObjectSource, 'trees'>,
  root: string,
  files: ReadonlyMap<string, FileContent>,
): Promise<EditedTree> {
  const created = new Map<string, NewObject>()
  const keep = (object: NewObject): string => {
    created.set(object.oid, object)
    return object.oid
  }

  async function edit(tree: string | undefined, changes: readonly Change[]): Promise<string> {
    const madeOf = tree === undefined ? undefined : (await source.trees([tree])).get(tree)
    const content = madeOf?.content ?? Buffer.alloc(0)
    const byName = groupByName(changes)
    const there = findEntries(content, new Set(byName.keys()))
    const entries: TreeEntry[] = []
    for (const [name, inside] of byName) {
      const direct = inside.find(({ segments }) => segments.length === 1)
      const deeper = inside.map(({ segments, file }) => ({ segments: segments.slice(1), file }))
      if (direct === undefined)
        entries.push({ name, mode: there.get(name)?.mode ?? folderMode, oid: await edit(there.get(name)?.oid, deeper) })
      else entries.push({ name, mode: direct.file.mode, oid: keep(direct.file.blob) })
    }
    const edited = gitObject('tree', putEntries(content, entries))
    return keep(madeOf === undefined ? edited : { ...edited, madeOf })
  }

  const changes = [...files].map(([path, file]) => ({ segments: path.split('/'), file }))
  return { root: await edit(root, changes), created: [...created.values()] }
}

function groupByName(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const name = treeName(change.segments[0] ?? '')
    groups.set(name, [...(groups.get(name) ?? []), change])
  }
  return groups
}
