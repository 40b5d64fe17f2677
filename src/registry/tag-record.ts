import type { TagMetadata } from '../core/choosing/candidate.ts'
import type { Platform } from '../core/choosing/platform.ts'
import { creationTime } from './images/creation-time.ts'
import { suffices, type ReadFacts, type Wanted } from './images/image-facts.ts'
import type { SharedAnswer } from './shared-answer.ts'

/** What is known of one tag of a repository, as somebody sees it. */
export interface TagRecord {
  readonly digest: SharedAnswer<string | undefined>
  /** The digest that a listing told last. */
  listed: string | undefined
  /** The image that the tag pointed to when its facts were read. */
  image: { readonly digest: string; readonly read: ReadFacts } | undefined
  /** What is to be asked and has not been answered yet: where the tag points to, or that and anew what was missing of its image. */
  question: 'digest' | 'everything' | undefined
  /** When a question was put last (ms since the epoch). */
  asked: number
  /** When an interval began in which somebody wanted to know (ms since the epoch), and how many there were so far. */
  counted: number
  intervals: number
}

/** What is asked of tags. */
export interface MetadataQuestion {
  /** An answer that was asked for then (ms since the epoch) or later is taken, whoever asked. */
  readonly notBefore: number
  /** Whose images' creation times count, where a tag has images for several platforms; none: all. */
  readonly platforms?: readonly Platform[]
  /** Each tag is asked about in each interval, and not the newest alone. */
  readonly each?: boolean
  /** Default: times, and the platforms with them. */
  readonly wanted?: Wanted
}

/** Makes a record of which nothing is known yet. */
export function createTagRecord(digest: SharedAnswer<string | undefined>): TagRecord {
  return {
    digest,
    listed: undefined,
    image: undefined,
    question: undefined,
    asked: never,
    counted: never,
    intervals: 0,
  }
}

/** In so many intervals every tag is asked about once. */
const sweep = 12
const never = Number.NEGATIVE_INFINITY
const newest = 5

/**
 * Puts the questions that are due: about new tags, in each interval about the five newest (`records` are sorted by tag) or, with `each`, about all of
 * them, in every twelfth about all, so that tags that move are seen. An interval begins for a tag when somebody wants to know at `notBefore` or later what was last wanted before.
 */
export function putQuestions(
  records: readonly TagRecord[],
  { notBefore, each = false, wanted = 'times' }: MetadataQuestion,
  now: number,
): void {
  const leaders = each ? new Set<TagRecord>() : newestOf(records, now)
  // What is of a time that has not come yet is of a clock that was put back since.
  const isDue = (last: number): boolean => last < notBefore || last > now
  for (const record of records) {
    if (isDoubtful(record, wanted)) record.question = 'everything'
    // What is listed and not there may be on its way.
    if ((each || isMissing(record)) && isDue(record.asked)) record.question = 'everything'
    if (!each && isDue(record.counted)) countInterval(record, leaders.has(record), now)
    if (record.question !== undefined) record.asked = now
  }
}

function countInterval(record: TagRecord, isLeader: boolean, now: number): void {
  // The first look is the first sweep.
  if (record.intervals % sweep === 0) record.question = 'everything'
  else if (isLeader) record.question ??= 'digest'
  record.counted = now
  record.intervals += 1
}

/**
 * What is known of a tag at `now` (ms since the epoch); undefined when it points to nothing. Its creation time is the newest among the `platforms` that it
 * has; among all of its own where these are none.
 */
export function metadataOf(
  { digest, image }: TagRecord,
  { platforms = [] }: Pick<MetadataQuestion, 'platforms'>,
  now: number,
): TagMetadata | undefined {
  const known = digest.last()?.value
  if (known === undefined) return undefined
  if (image === undefined) return { digest: known, createdAt: undefined }
  // Where it points elsewhere by now, this is what was read of it; the next question is about that.
  const { digest: read } = image
  const { images, complete } = image.read
  if (images.length === 0 && complete) return { digest: read, createdAt: undefined, artifact: true }
  const asked = images.filter(({ platform }) => platform !== undefined && platforms.includes(platform))
  return {
    digest: read,
    createdAt: creationTime(asked.length === 0 ? images : asked, now),
    platforms: images.flatMap(({ platform }) => platform ?? []),
    ...(image.read.origin === undefined ? {} : { origin: image.read.origin }),
  }
}

/** Whether what was read of a tag's image, if anything was, tells what is wanted now. */
export function isEnough({ image }: TagRecord, wanted: Wanted): boolean {
  return image === undefined || suffices(image.read, wanted)
}

function isMissing(record: TagRecord): boolean {
  return isGone(record) || isAbsent(record)
}

/** Whether the registry finds nothing to which the tag points. */
export function isGone({ digest }: TagRecord): boolean {
  const known = digest.last()
  return known !== undefined && known.value === undefined
}

/** Whether nothing is there of the image to which the tag points. An index that lacks some of its images is there. */
export function isAbsent(record: TagRecord): boolean {
  const read = isGone(record) ? undefined : record.image?.read
  return read !== undefined && read.images.length === 0 && !read.complete
}

function isDoubtful(record: TagRecord, wanted: Wanted): boolean {
  return isMoved(record) || !isEnough(record, wanted)
}

/** Whether somebody else has found that the tag points to another image now. */
function isMoved({ digest, image }: TagRecord): boolean {
  const known = digest.last()?.value
  return image !== undefined && known !== undefined && image.digest !== known
}

/** Of equal times the last in the list, which is what would be chosen. */
function newestOf(records: readonly TagRecord[], now: number): ReadonlySet<TagRecord> {
  let best: readonly { readonly record: TagRecord; readonly time: number }[] = []
  for (const record of records) {
    const time = metadataOf(record, {}, now)?.createdAt
    if (time === undefined || time < (best[newest - 1]?.time ?? Number.NEGATIVE_INFINITY)) continue
    best = [{ record, time }, ...best].toSorted((a, b) => b.time - a.time).slice(0, newest)
  }
  return new Set(best.map(({ record }) => record))
}
