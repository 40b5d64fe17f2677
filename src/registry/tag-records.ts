import type { RepositoryReader } from './repository-reader.ts'
import { createSharedAnswer } from './shared-answer.ts'
import { createTagRecord, type TagRecord } from './tag-record.ts'

/** What is known of the tags of a repository, and where listings say that they point to. */
export interface TagRecords {
  of(tag: string): TagRecord
  forget(tag: string): void
  /** Takes what the tag list told along that was asked for then (ms since the epoch). */
  learnTold(at: number): void
  /** Takes what a listing tells of those about which there is a question, where that saves requests; never fails for what a registry does. */
  learnListed(records: ReadonlyMap<string, TagRecord>, notBefore: number): Promise<void>
}

/** What records need; `now` is in ms since the epoch. */
export interface TagRecordsOptions {
  readonly reader: Pick<RepositoryReader, 'digest' | 'toldAlong' | 'listed'>
  readonly now: () => number
}

/** Makes them, with nothing known yet. */
export function createTagRecords({ reader, now }: TagRecordsOptions): TagRecords {
  const records = new Map<string, TagRecord>()
  let told: { readonly digests: ReadonlyMap<string, string>; readonly at: number } = { digests: new Map(), at: 0 }
  let reading: Promise<unknown> = Promise.resolve()

  function of(tag: string): TagRecord {
    const known = records.get(tag)
    if (known !== undefined) return known
    const record = createTagRecord(createSharedAnswer(() => reader.digest(tag), now))
    records.set(tag, record)
    learn(record, told.digests.get(tag), told.at)
    return record
  }

  function learnTold(at: number): void {
    told = { digests: reader.toldAlong(), at }
    for (const [tag, record] of records) learn(record, told.digests.get(tag), at)
  }

  async function readListing(wanted: ReadonlyMap<string, TagRecord>, notBefore: number): Promise<void> {
    const open = [...wanted].filter(([, { question, digest }]) => question !== undefined && !digest.isKnown(notBefore))
    const at = now()
    const digests = await reader.listed(open.map(([tag]) => tag))
    for (const [tag, record] of open) if (mayLearn(record, digests.get(tag))) learn(record, digests.get(tag), at)
  }

  /** Who asks at the same time waits, and finds answered what the others asked. */
  async function learnListed(wanted: ReadonlyMap<string, TagRecord>, notBefore: number): Promise<void> {
    const mine = reading.then(() => readListing(wanted, notBefore))
    reading = mine.catch(() => undefined)
    await mine
  }

  return { of, forget: (tag) => void records.delete(tag), learnTold, learnListed }
}

/** A listing may lag behind: where it says something else than what was known, the registry itself is asked which of them holds. */
function mayLearn({ digest }: TagRecord, listed: string | undefined): boolean {
  const known = digest.last()?.value
  return known === undefined || known === listed
}

function learn(record: TagRecord, digest: string | undefined, at: number): void {
  if (digest === undefined) return
  record.digest.learn(digest, at)
  record.listed = digest
}
