import { reasons } from '../api/conditions.ts'
import { pathFault } from '../core/targets/edit-path.ts'
import { isYamlName, mostYamlFiles, tooManyYamlFiles } from '../core/targets/yaml-files.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import type { ObjectSource } from './objects/object-source.ts'
import { locateEntry } from './snapshot.ts'
import { allEntries, isFolderMode, textOfName } from './objects/tree-bytes.ts'

const mostFolders = 2_000

interface Folder {
  /** Empty, or with a slash at its end. */
  readonly path: string
  readonly tree: string
}

/**
 * The YAML and JSON files at a path below a root tree: the file itself, or all in the folder and below it, level by level, the
 * trees of one level in one request. Links and submodules are left out. Throws a ReconcileError for too many.
 */
export async function listYamlFiles(
  source: Pick<ObjectSource, 'trees'>,
  root: string,
  path: string,
): Promise<readonly string[]> {
  const start = path === '' ? { mode: '40000', oid: root } : await startAt(source, root, path)
  if (start === undefined) return []
  if (!isFolderMode(start.mode)) return [path]
  const files: string[] = []
  let folders: Folder[] = [{ path: path === '' ? '' : `${path}/`, tree: start.oid }]
  let seen = 0
  while (folders.length > 0) {
    seen += folders.length
    if (seen > mostFolders) throw tooManyYamlFiles(path, `${mostFolders} folders`)
    const trees = await source.trees(folders.map(({ tree }) => tree))
    const entries = folders.flatMap((folder) => entriesIn(folder, trees.get(folder.tree)?.content ?? Buffer.alloc(0)))
    files.push(...entries.flatMap(({ at, mode }) => (isFileMode(mode) && isYamlName(at) ? [at] : [])))
    if (files.length > mostYamlFiles) throw tooManyYamlFiles(path, `${mostYamlFiles} YAML files`)
    folders = entries.flatMap(({ at, mode, oid }) => (isFolderMode(mode) ? [{ path: `${at}/`, tree: oid }] : []))
  }
  return files.toSorted()
}

async function startAt(source: Pick<ObjectSource, 'trees'>, root: string, path: string) {
  const wrong = pathFault(path)
  if (wrong !== undefined) throw unsupported(`the path "${path}" ${wrong}`)
  return await locateEntry(source, root, path)
}

function entriesIn({ path }: Folder, tree: Buffer) {
  return allEntries(tree).flatMap(({ name, mode, oid }) => {
    const text = textOfName(name)
    return text === undefined || pathFault(text) !== undefined ? [] : [{ at: `${path}${text}`, mode, oid }]
  })
}

function isFileMode(mode: string): boolean {
  return mode.startsWith('100')
}

function unsupported(message: string): ReconcileError {
  return new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}
