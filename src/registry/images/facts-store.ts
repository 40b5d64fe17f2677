import { LRUCache } from 'lru-cache'
import { originIn, revisionLabel, sourceLabel, type Origin } from '../../core/choosing/origin.ts'
import { fieldsOf } from '../../core/fields.ts'
import type { Logger } from '../../log.ts'
import { isDigest } from './digest.ts'
import type { ImageFacts, PlatformImage } from './image-facts.ts'
import { openJournal, type Journal } from './journal.ts'

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
  const journal = folder === undefined ? undefined : openJournal(folder, 'image-facts.jsonl')
  const loaded = journal === undefined ? Promise.resolve() : load(journal)
  let written = loaded

  async function load(from: Journal): Promise<void> {
    const text = await from.read().catch((cause: unknown) => {
      tell('image metadata could not be read from the cache folder', cause)
      return ''
    })
    for (const line of text.split('\n')) {
      if (line !== '') lines += 1
      const entry = parseLine(line)
      if (entry !== undefined) facts.set(...entry)
    }
  }

  /** Once, until what it lacks has been written. */
  function tell(message: string, cause: unknown): void {
    if (!lacking) log.warn(message, { code: cause instanceof Error && 'code' in cause ? cause.code : undefined })
    lacking = true
  }

  async function write(to: Journal): Promise<void> {
    const added = due
    due = []
    if (added.length === 0) return
    lines += added.length
    try {
      await to.append(added)
      if (lacking || lines > 2 * facts.size + 1000) await writeAnew(to)
      lacking = false
    } catch (cause) {
      tell('image metadata could not be written to the cache folder', cause)
    }
  }

  async function writeAnew(to: Journal): Promise<void> {
    await to.replace([...facts].toReversed().map(([digest, entry]) => lineFor(digest, entry)))
    lines = facts.size
  }

  return {
    get: async (digest) => {
      await loaded
      return facts.get(digest)
    },
    set: (digest, entry) => {
      facts.set(digest, entry)
      if (journal === undefined) return
      due.push(lineFor(digest, entry))
      written = written.then(() => write(journal))
    },
    close: () => written,
  }
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
