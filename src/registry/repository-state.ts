import { hash } from 'node:crypto'
import type { Scan, TagMetadata } from '../core/choosing/candidate.ts'
import { eachAtOnce } from './at-once.ts'
import type { AuthorizedHttp } from './login/authorized-http.ts'
import { suffices, type ReadFacts, type Wanted } from './images/image-facts.ts'
import { createReadingTime } from './reading-time.ts'
import { repositoryName, type RepositoryAccess } from './repository-access.ts'
import { createRepositoryReader, type RepositoryReader } from './repository-reader.ts'
import { createSharedAnswer, type SharedAnswer } from './shared-answer.ts'
import { isAbsent, isEnough, metadataOf, putQuestions, type MetadataQuestion, type TagRecord } from './tag-record.ts'
import { createTagRecords } from './tag-records.ts'
import type { FactsStore } from './images/facts-store.ts'
import { absentImage, refuseListed, unreadImage } from './unread.ts'

/** What has been learnt of one repository, as one credential sees it. */
export interface RepositoryState {
  readonly scan: SharedAnswer<Scan>
  digest(tag: string, notBefore: number): Promise<string | undefined>
  /** As `Scans.metadata`. */
  metadata(tags: readonly string[], question: MetadataQuestion): Promise<ReadonlyMap<string, TagMetadata>>
}

/** What a state needs; `now` is in ms since the epoch. */
export interface RepositoryStateOptions {
  readonly http: AuthorizedHttp
  readonly store: FactsStore
  readonly now: () => number
}

const tagsAtOnce = 8

/** Begins to learn about a repository. */
export function createRepositoryState(
  access: RepositoryAccess,
  { http, store, now }: RepositoryStateOptions,
): RepositoryState {
  const reader = createRepositoryReader(http, access, now)
  const records = createTagRecords({ reader, now })
  const factsOf = createFactsReader(reader, store)
  const scan = createSharedAnswer(scanAnew, now)

  // The same list is the same object, so that whoever evaluates it can tell.
  async function scanAnew(): Promise<Scan> {
    const at = now()
    const tags = await reader.tags()
    records.learnTold(at)
    const before = scan.last()?.value
    if (before?.tags === tags) return before
    const revision = hash('sha256', tags.join('\n'))
    if (before?.revision === revision) return before
    const listed = new Set(before === undefined ? [] : tags)
    for (const tag of before?.tags ?? []) if (!listed.has(tag)) records.forget(tag)
    return { tags, revision, at }
  }

  async function metadata(
    tags: readonly string[],
    question: MetadataQuestion,
  ): Promise<ReadonlyMap<string, TagMetadata>> {
    const wanted = new Map(tags.toSorted().map((tag) => [tag, records.of(tag)]))
    putQuestions([...wanted.values()], question, now())
    await records.learnListed(wanted, question.notBefore)
    const due = [...wanted].filter(([, record]) => record.question !== undefined || isAbsent(record))
    const checkTime = createReadingTime(now, `the images of ${repositoryName(access)}`)
    await eachAtOnce(due, tagsAtOnce, async ([tag, record]) => {
      // What has been read is known when it goes on.
      checkTime()
      await learn(tag, record, question)
    })
    await refuseListed(wanted, { access, scan })
    return knownOf(wanted, question, now())
  }

  async function learn(tag: string, record: TagRecord, question: MetadataQuestion): Promise<void> {
    try {
      if (record.question !== undefined) await answer(record, question)
    } catch (cause) {
      throw unreadImage(cause, access, tag)
    }
    if (isAbsent(record)) throw absentImage(access, tag)
  }

  async function answer(record: TagRecord, { notBefore, wanted = 'times' }: MetadataQuestion): Promise<void> {
    const digest = await record.digest.get(notBefore)
    const lacks = record.question === 'everything' && record.image?.read.complete === false
    const anew = record.image?.digest !== digest || lacks || !isEnough(record, wanted)
    if (digest !== undefined && anew) record.image = await imageOf(record, digest, wanted)
    record.question = undefined
  }

  /** A listing may lag behind, and name what is gone: then the registry itself says where the tag points to. */
  async function imageOf(record: TagRecord, digest: string, wanted: Wanted): Promise<NonNullable<TagRecord['image']>> {
    const read = await factsOf(digest, wanted)
    if (record.listed !== digest || read.complete || read.images.length > 0) return { digest, read }
    const own = await record.digest.get(Number.POSITIVE_INFINITY)
    return own === undefined || own === digest ? { digest, read } : { digest: own, read: await factsOf(own, wanted) }
  }

  return { scan, digest: (tag, notBefore) => records.of(tag).digest.get(notBefore), metadata }
}

/** What belongs to a digest is read once, whoever resolved it: the digest came by this credential, and the bytes are verified. */
function createFactsReader(
  reader: RepositoryReader,
  store: FactsStore,
): (digest: string, wanted: Wanted) => Promise<ReadFacts> {
  const reading = new Map<string, Promise<ReadFacts>>()
  return async (digest, wanted) => {
    const known = await store.get(digest)
    if (known !== undefined && suffices(known, wanted)) return { ...known, complete: true }
    const key = `${wanted} ${digest}`
    const pending = reading.get(key) ?? reader.facts(digest, wanted).finally(() => reading.delete(key))
    reading.set(key, pending)
    const read = await pending
    const { complete, ...facts } = read
    if (complete) store.set(digest, facts)
    return read
  }
}

function knownOf(
  wanted: ReadonlyMap<string, TagRecord>,
  question: MetadataQuestion,
  time: number,
): ReadonlyMap<string, TagMetadata> {
  return new Map(
    [...wanted].flatMap(([tag, record]) => {
      const known = metadataOf(record, question, time)
      return known === undefined ? [] : [[tag, known] as const]
    }),
  )
}
