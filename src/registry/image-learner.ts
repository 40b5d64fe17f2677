import type { FactsStore } from './images/facts-store.ts'
import { suffices, type ReadFacts, type Wanted } from './images/image-facts.ts'
import type { RepositoryAccess } from './repository-access.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { isAbsent, isEnough, type MetadataQuestion, type TagRecord } from './tag-record.ts'
import { absentImage, unreadImage } from './unread.ts'

/** Answers the question about a tag, if there is one. Throws ScanIncomplete, among others, where its image can't be read, or is known not to be there. */
export type LearnImage = (tag: string, record: TagRecord, question: MetadataQuestion) => Promise<void>

/** What it needs. */
export interface ImageLearnerOptions {
  readonly access: RepositoryAccess
  readonly reader: Pick<RepositoryReader, 'facts'>
  readonly store: FactsStore
}

/** Makes one for a repository. */
export function createImageLearner({ access, reader, store }: ImageLearnerOptions): LearnImage {
  const factsOf = createFactsReader(reader, store)

  const learn: LearnImage = async (tag, record, question) => {
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

  return learn
}

/** What belongs to a digest is read once, whoever resolved it: the digest came by this credential, and the bytes are verified. */
function createFactsReader(
  reader: ImageLearnerOptions['reader'],
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
