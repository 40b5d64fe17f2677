import { hash } from 'node:crypto'
import type { Scan, TagMetadata } from '../core/choosing/candidate.ts'
import { eachAtOnce } from './at-once.ts'
import type { AuthorizedHttp } from './login/authorized-http.ts'
import { createImageLearner } from './image-learner.ts'
import { createReadingTime } from './reading-time.ts'
import { repositoryName, type RepositoryAccess } from './repository-access.ts'
import { createRepositoryReader } from './repository-reader.ts'
import { createSharedAnswer, type SharedAnswer } from './shared-answer.ts'
import { isAbsent, metadataOf, putQuestions, type MetadataQuestion, type TagRecord } from './tag-record.ts'
import { createTagRecords } from './tag-records.ts'
import type { FactsStore } from './images/facts-store.ts'
import { refuseListed } from './unread.ts'

/** What has been learnt of one repository, as one credential sees it. */
export interface RepositoryState {
  readonly scan: SharedAnswer<Scan>
  digest(tag: string, notBefore: number): Promise<string | undefined>
  /** As `Scans.metadata`. */
  metadata(tags: readonly string[], question: MetadataQuestion): Promise<ReadonlyMap<string, TagMetadata>>
  /** About how much its tag lists take in memory. */
  bytes(): number
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
  const learn = createImageLearner({ access, reader, store })
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

  return {
    scan,
    digest: (tag, notBefore) => records.of(tag).digest.get(notBefore),
    metadata,
    bytes: () => reader.bytes(),
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
