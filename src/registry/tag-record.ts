import type { TagMetadata } from '../core/candidate.ts'
import { creationTime } from './creation-time.ts'
import type { ReadTimes } from './image-times.ts'
import type { SharedAnswer } from './shared-answer.ts'

/** What is known of one tag of a repository, as somebody sees it. */
export interface TagRecord {
  readonly digest: SharedAnswer<string | undefined>
  /** The image that the tag pointed to when its times were read. */
  times: { readonly digest: string; readonly read: ReadTimes } | undefined
  /** What is to be asked and has not been answered yet: where the tag points to, or that and anew what was missing of its image. */
  question: 'digest' | 'everything' | undefined
  /** When somebody last wanted to know (ms since the epoch), and in how many intervals so far. */
  wanted: number
  intervals: number
}

/** Makes a record of which nothing is known yet. */
export function createTagRecord(digest: SharedAnswer<string | undefined>): TagRecord {
  return { digest, times: undefined, question: undefined, wanted: Number.NEGATIVE_INFINITY, intervals: 0 }
}

/** In so many intervals every tag is asked about once. */
const sweep = 12
const newest = 5

/**
 * Puts the questions that are due (contract "Strategies"): about new tags, in each interval about the five newest (`records` are sorted by tag), in every twelfth about all, so
 * that tags that move are seen. An interval begins for a tag when somebody wants to know at `notBefore` or later what was last wanted before.
 */
export function putQuestions(
  records: readonly TagRecord[],
  { notBefore, now }: { notBefore: number; now: number },
): void {
  const leaders = newestOf(records, now)
  for (const record of records) {
    if (record.wanted >= notBefore) continue
    // The first look is the first sweep.
    if (record.intervals % sweep === 0) record.question = 'everything'
    else if (leaders.has(record)) record.question ??= 'digest'
    record.wanted = now
    record.intervals += 1
  }
}

/** What is known of a tag now; undefined when it points to nothing. */
export function metadataOf({ digest, times }: TagRecord, now: number): TagMetadata | undefined {
  const known = digest.last()?.value
  if (known === undefined) return undefined
  if (times?.digest !== known) return { digest: known, createdAt: undefined }
  const { platforms, complete } = times.read
  if (platforms.length === 0 && complete) return { digest: known, createdAt: undefined, artifact: true }
  return { digest: known, createdAt: creationTime(platforms, now) }
}

/** Of equal times the last in the list, which is what would be chosen. */
function newestOf(records: readonly TagRecord[], now: number): ReadonlySet<TagRecord> {
  let best: readonly { readonly record: TagRecord; readonly time: number }[] = []
  for (const record of records) {
    const time = metadataOf(record, now)?.createdAt
    if (time === undefined || time < (best[newest - 1]?.time ?? Number.NEGATIVE_INFINITY)) continue
    best = [{ record, time }, ...best].toSorted((a, b) => b.time - a.time).slice(0, newest)
  }
  return new Set(best.map(({ record }) => record))
}
