import { isUtf8 } from 'node:buffer'
import { lstatSync, readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs'
import { join } from 'node:path'
import { reasons, type Reason } from '../api/conditions.ts'
import { attributesFault, attributesFrom, mayTurnLineEnds, type Attributes } from '../core/git/attributes.ts'
import { pathFault } from '../core/targets/edit-path.ts'
import { largestTextFile, textFileFault } from '../core/targets/text-file.ts'
import { isYamlName, mostYamlFiles, tooManyYamlFiles } from '../core/targets/yaml-files.ts'
import { atInterval, ReconcileError } from '../errors.ts'

/** A file as text; or nothing; or something that is not read, and why. Paths are from the root of the working copy. */
export type CopiedFile =
  | { readonly kind: 'text'; readonly text: string; readonly mode: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

/** A folder in the place of a git repository, read as the operator would read the commit. What is written stays in memory. */
export interface WorkingCopy {
  read(path: string): CopiedFile
  /** The YAML files at a path: itself, or all in the folder and below it. Throws ReconcileError. */
  yamlFiles(path: string): readonly string[]
  /** The names in a folder; undefined where there is none that may be looked into. */
  namesIn(path: string): readonly string[] | undefined
  /** Throws a ReconcileError for a file that can't be made. */
  write(path: string, text: string): void
  /** Every path that was asked for, and the folders on the way. */
  asked(): readonly string[]
  /** What has a commit differ from a diff of this folder, each a sentence. */
  remarks(): readonly string[]
  /** What was written, with the text that was there before; undefined: there was no such file. */
  changes(): readonly { readonly path: string; readonly before: string | undefined; readonly after: string }[]
}

type Found =
  | { readonly kind: 'file' | 'folder'; readonly at: string; readonly stats: Stats }
  | Exclude<CopiedFile, { kind: 'text' }>

/** Opens the folder. Nothing outside is read: links are not followed, and no path leads up. */
export function openWorkingCopy(root: string): WorkingCopy {
  const written = new Map<string, { before: string | undefined; after: string }>()
  const asked = new Set<string>()
  const attributesOf = attributesFrom((file) => {
    const found = readFound(file, find(root, file))
    return found.kind === 'text' ? found.text : undefined
  })
  const read = (path: string): CopiedFile => {
    asked.add(path)
    const after = written.get(path)?.after
    return after === undefined ? readAs(root, path, attributesOf(path)) : { kind: 'text', text: after, mode: plainMode }
  }
  return {
    read,
    yamlFiles: (path) => {
      asked.add(path)
      return yamlFilesAt(root, path)
    },
    namesIn: (path) => {
      const found = find(root, path)
      return found.kind === 'folder' ? readdirSync(found.at) : undefined
    },
    write: (path, text) => {
      const file = read(path)
      const fault = file.kind === 'absent' ? attributesFault(path, attributesOf(path)) : undefined
      if (fault !== undefined) throw unsupported(fault)
      const before = written.has(path) ? written.get(path)?.before : file.kind === 'text' ? file.text : undefined
      written.set(path, { before, after: text })
    },
    asked: () =>
      [...asked].flatMap((path) => path.split('/').map((_, depth, all) => all.slice(0, depth + 1).join('/'))),
    remarks: () =>
      [...written].flatMap(([path, { before = '' }]) =>
        before.includes('\r\n') && mayTurnLineEnds(attributesOf(path))
          ? [
              `${path}: by .gitattributes git keeps it with LF at its line ends, and so does the commit; here they are CRLF`,
            ]
          : [],
      ),
    changes: () => [...written].map(([path, texts]) => ({ path, ...texts })),
  }
}

const plainMode = '100644'

/** Follows a path step by step, so that no link on the way leads elsewhere. */
function find(root: string, path: string): Found {
  const fault = path === '' ? undefined : pathFault(path)
  if (fault !== undefined) return refused(reasons.targetUnsupported, `the path "${path}" ${fault}`)
  const segments = path === '' ? [] : path.split('/')
  let at = root
  let stats = statSync(root)
  for (const [depth, segment] of segments.entries()) {
    const here = segments.slice(0, depth + 1).join('/')
    if (!stats.isDirectory())
      return refused(reasons.targetNotFound, `${segments.slice(0, depth).join('/')} is a file, not a folder`)
    at = join(at, segment)
    const next = lstatSync(at, { throwIfNoEntry: false })
    if (next === undefined) return { kind: 'absent' }
    const oddity = oddityOf(next, at)
    if (oddity !== undefined) return refused(reasons.targetUnsupported, `${here} is ${oddity}`)
    stats = next
  }
  return { kind: stats.isDirectory() ? 'folder' : 'file', at, stats }
}

/** What git keeps as something else than a file or a folder, or not at all. */
function oddityOf(entry: Stats | Dirent, at: string): string | undefined {
  if (entry.isSymbolicLink()) return 'a symbolic link, which is not followed'
  if (entry.isDirectory()) return isSubmodule(at) ? 'a submodule' : undefined
  return entry.isFile() ? undefined : 'neither a file nor a folder'
}

function isSubmodule(folder: string): boolean {
  return lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined
}

function readAs(root: string, path: string, attributes: Attributes): CopiedFile {
  const file = readFound(path, find(root, path))
  const fault = file.kind === 'text' ? attributesFault(path, attributes) : undefined
  return fault === undefined ? file : refused(reasons.targetUnsupported, fault)
}

function readFound(path: string, found: Found): CopiedFile {
  if (found.kind === 'folder') return refused(reasons.targetNotFound, `${path} is a folder, not a file`)
  if (found.kind === 'absent' || found.kind === 'refused') return found
  const { size, mode } = found.stats
  const bytes = size > largestTextFile ? undefined : bytesOf(found.at)
  if (bytes === 'unreadable') return refused(reasons.targetUnsupported, `${path} can't be read`)
  const text = bytes !== undefined && isUtf8(bytes) ? bytes.toString('utf8') : undefined
  const fault = textFileFault(path, size, text)
  if (text === undefined || fault !== undefined) return refused(reasons.targetUnsupported, fault ?? '')
  return { kind: 'text', text, mode: (mode & 0o100) === 0 ? plainMode : '100755' }
}

function bytesOf(file: string): Buffer | 'unreadable' {
  try {
    return readFileSync(file)
  } catch {
    return 'unreadable'
  }
}

function yamlFilesAt(root: string, path: string): readonly string[] {
  const start = find(root, path)
  if (start.kind === 'refused' && start.reason === reasons.targetUnsupported) throw unsupported(start.message)
  if (start.kind === 'file') return [path]
  if (start.kind !== 'folder') return []
  const files: string[] = []
  const folders = [path]
  for (const folder of folders) {
    const entries = entriesIn(root, folder)
    folders.push(...entries.flatMap(({ here, isFolder }) => (isFolder ? [here] : [])))
    files.push(...entries.flatMap(({ here, isFolder }) => (!isFolder && isYamlName(here) ? [here] : [])))
    if (files.length > mostYamlFiles) throw tooManyYamlFiles(path, `${mostYamlFiles} YAML files`)
  }
  return files.toSorted()
}

function entriesIn(root: string, folder: string): readonly { readonly here: string; readonly isFolder: boolean }[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const here = folder === '' ? entry.name : `${folder}/${entry.name}`
    const isOdd = pathFault(here) !== undefined || oddityOf(entry, join(root, here)) !== undefined
    return isOdd ? [] : [{ here, isFolder: entry.isDirectory() }]
  })
}

function unsupported(message: string): ReconcileError {
  return new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}

function refused(reason: Reason, message: string): Extract<CopiedFile, { kind: 'refused' }> {
  return { kind: 'refused', reason, message }
}
