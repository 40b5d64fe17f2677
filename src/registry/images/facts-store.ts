import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { originIn, revisionLabel, sourceLabel, type Origin } from '../../core/choosing/origin.ts'
import { fieldsOf } from '../../core/fields.ts'
import type { Logger } from '../../log.ts'
import { isDigest } from './digest.ts'
import type { ImageFacts, PlatformImage } from './image-facts.ts'

/** What is known of digests for ever: in memory, and in a folder if there is one. */
export interface FactsStore {
  get(digest: string): Promise<ImageFacts | undefined>
  set(digest: string, facts: ImageFacts): void
  /** Fulfilled when all is on disk. */
  close(): Promise<void>
}

/** What a store needs. */
export interface FactsStoreOptions {
  /** Undefined: nothing is kept on disk. */
  readonly folder: string | undefined
  readonly log: Pick<Logger, 'warn'>
}

/** The most digests kept, and images: with all that they say some 30 MB in memory, and as much on disk. */
const most = 50_000
const mostImages = 200_000
const name = 'image-facts.jsonl'

/**
 * Opens a store. The file is a journal, one JSON array `[digest, [platform or null, times or null], …, {source, revision}?]` a line, written anew when it has become
 * twice as long as what it tells. Lines that can't be read (a crash, a full disk) are passed over; a failure is logged once, and what it lost is written as soon as
 * something can be.
 */
export function openFactsStore({ folder, log }: FactsStoreOptions): FactsStore {
  const sizeCalculation = ({ images }: ImageFacts): number => 1 + images.length
  const facts = new LRUCache<string, ImageFacts>({ max: most, maxSize: mostImages, sizeCalculation })
  let lines = 0
  let due: string[] = []
  /** The file lacks something that is known. */
  let lacking = false
  const loaded = folder === undefined ? Promise.resolve() : load(folder)
  let written = loaded

  async function load(from: string): Promise<void> {
    const left = await readdir(from).catch(() => [])
    for (const other of left) if (isLeftOver(other)) await rm(join(from, other), { force: true }).catch(() => undefined)
    const text = await readFile(join(from, name), 'utf8').catch(unreadable)
    for (const line of text.split('\n')) {
      if (line !== '') lines += 1
      const entry = parseLine(line)
      if (entry !== undefined) facts.set(...entry)
    }
  }

  function unreadable(cause: unknown): string {
    const code = codeOf(cause)
    // No folder yet, or something else in its place, of which writing will tell.
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    lacking = true
    log.warn('image metadata could not be read from the cache folder', { code })
    return ''
  }

  async function write(to: string): Promise<void> {
    const added = due
    due = []
    if (added.length === 0) return
    lines += added.length
    try {
      await mkdir(to, { recursive: true })
      // The first line end sets apart what a crash left unfinished.
      await appendFile(join(to, name), `\n${added.join('\n')}\n`, { mode: 0o600 })
      if (lacking || lines > 2 * facts.size + 1000) await writeAnew(to)
      lacking = false
    } catch (cause) {
      if (!lacking) log.warn('image metadata could not be written to the cache folder', { code: codeOf(cause) })
      lacking = true
    }
  }

  /** Under a name of its own: another operator may do the same. */
  async function writeAnew(to: string): Promise<void> {
    const all = [...facts].toReversed().map(([digest, entry]) => lineFor(digest, entry))
    const half = join(to, `${name}.${randomUUID()}.new`)
    try {
      await writeFile(half, `${all.join('\n')}\n`, { mode: 0o600 })
      await rename(half, join(to, name))
      lines = all.length
    } catch (cause) {
      await rm(half, { force: true })
      throw cause
    }
  }

  return {
    get: async (digest) => {
      await loaded
      return facts.get(digest)
    },
    set: (digest, entry) => {
      facts.set(digest, entry)
      if (folder === undefined) return
      due.push(lineFor(digest, entry))
      written = written.then(() => write(folder))
    },
    close: () => written,
  }
}

/** What a crash left of a file that was written anew. */
function isLeftOver(file: string): boolean {
  return file.startsWith(`${name}.`) && file.endsWith('.new')
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}

function lineFor(digest: string, { images, origin }: ImageFacts): string {
  const entries = images.map(({ platform, times }) => [platform ?? null, times ?? null])
  return JSON.stringify([digest, ...entries, ...(origin === undefined ? [] : [origin])])
}

function parseLine(line: string): [string, ImageFacts] | undefined {
  try {
    const [digest, ...entries] = JSON.parse(line) as readonly unknown[]
    if (typeof digest !== 'string' || !isDigest(digest)) return undefined
    const last = entries.at(-1)
    const origin = Array.isArray(last) ? undefined : parseOrigin(last)
    const images = (origin === undefined ? entries : entries.slice(0, -1)).map(parseImage)
    if (images.includes(undefined)) return undefined
    const facts = { images: images.filter((image) => image !== undefined) }
    return [digest, origin === undefined ? facts : { ...facts, origin }]
  } catch {
    return undefined
  }
}

/** As it was written, which is as it may be shown. */
function parseOrigin(entry: unknown): Origin | undefined {
  const { source, revision } = fieldsOf(entry)
  return originIn({ [sourceLabel]: source, [revisionLabel]: revision })
}

function parseImage(entry: unknown): PlatformImage | undefined {
  const [platform, times] = Array.isArray(entry) ? (entry as readonly unknown[]) : []
  if (platform !== null && typeof platform !== 'string') return undefined
  if (times === null) return { platform: platform ?? undefined, times: undefined }
  const isValid = Array.isArray(times) && times.every(Number.isSafeInteger)
  return isValid ? { platform: platform ?? undefined, times: times as number[] } : undefined
}
