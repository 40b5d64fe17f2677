import { setImmediate as moment } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { readTexts, type FileText } from './file-text.ts'
import { listYamlFiles } from './list-files.ts'
import type { RepositoryObjects } from './objects/repository-objects.ts'

/** Reads of files at commits, shared by all who ask. */
export interface SharedReads {
  /** What stands at paths of a commit of a branch. */
  read(tip: string, paths: readonly string[], branch?: string): Promise<Texts>
  /** The YAML files at a path of a commit: itself, or all below it. */
  list(tip: string, path: string): Promise<readonly string[]>
}

type Texts = ReadonlyMap<string, FileText>

const mostPaths = 5_000
const mostLists = 1_000
const keptTexts = 8 * 1024 * 1024

/** Opens the reads of one repository. Askers of the same moment share one fetch, and what was read at a commit is not read again. */
export function openSharedReads(objects: Pick<RepositoryObjects, 'using'>): SharedReads {
  const texts = new LRUCache<string, FileText>({ maxSize: keptTexts, sizeCalculation: sizeOf })
  // Who reads first after a branch has moved brings what others asked for on it before, and will ask for now.
  const known = new LRUCache<string, { readonly branch: string; readonly path: string }>({ max: mostPaths })
  const lists = new LRUCache<string, readonly string[]>({ max: mostLists })
  const joining = new Map<string, { readonly paths: Set<string>; readonly found: Promise<Texts> }>()

  function readTogether(tip: string, paths: readonly string[], branch: string): Promise<Texts> {
    const wanted = new Set<string>()
    const reading = joining.get(tip) ?? { paths: wanted, found: readAfterAMoment(tip, wanted, branch) }
    joining.set(tip, reading)
    for (const path of paths) reading.paths.add(path)
    return reading.found
  }

  async function readAfterAMoment(tip: string, wanted: Set<string>, branch: string): Promise<Texts> {
    await moment()
    joining.delete(tip)
    for (const one of known.values())
      if (one.branch === branch && !texts.has(`${tip}:${one.path}`)) wanted.add(one.path)
    const found = await objects.using(async (source) => readTexts(source, (await source.commit(tip)).tree, wanted))
    for (const [path, text] of found) texts.set(`${tip}:${path}`, text)
    return found
  }

  async function list(tip: string, path: string): Promise<readonly string[]> {
    const key = `${tip}:${path}`
    const kept = lists.get(key)
    if (kept !== undefined) return kept
    const found = await objects.using(async (source) => listYamlFiles(source, (await source.commit(tip)).tree, path))
    lists.set(key, found)
    return found
  }

  return {
    list,
    async read(tip, paths, branch = '') {
      for (const path of paths) known.set(`${branch}:${path}`, { branch, path })
      const kept = new Map(paths.map((path) => [path, texts.get(`${tip}:${path}`)]))
      const missing = paths.filter((path) => kept.get(path) === undefined)
      const found = missing.length === 0 ? kept : await readTogether(tip, missing, branch)
      return new Map(paths.map((path) => [path, kept.get(path) ?? found.get(path) ?? { kind: 'absent' }]))
    },
  }
}

function sizeOf(found: FileText): number {
  return 200 + (found.kind === 'text' ? found.text.length * 2 : 0)
}
