import type { AuthorizedHttp } from './login/authorized-http.ts'
import { createListedDigests } from './listings/listed-digests.ts'
import { readFacts, type ReadFacts, type Wanted } from './images/image-facts.ts'
import { resolveDigest } from './images/manifest-reader.ts'
import { askInOrder } from './mirrors.ts'
import { createReadingTime } from './reading-time.ts'
import { repositoryName, type RepositoryAccess } from './repository-access.ts'
import { bytesOf, createTagListMemory, listTags } from './tag-list.ts'

/** Reads a repository, from its mirrors where it has some. */
export interface RepositoryReader {
  /** As `listTags`. */
  tags(): Promise<readonly string[]>
  /** About how much is remembered of tag lists. */
  bytes(): number
  /** The digests that the last tag list told along, of whichever tags. */
  toldAlong(): ReadonlyMap<string, string>
  /** As `ListedDigests.of`: what costs less by a listing of the vendor. */
  listed(tags: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** As `resolveDigest`. */
  digest(tag: string): Promise<string | undefined>
  /** As `readFacts`. */
  facts(digest: string, wanted?: Wanted): Promise<ReadFacts>
}

/** Makes one; it remembers the pages of each tag list. `now` is in ms since the epoch. */
export function createRepositoryReader(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  now: () => number,
): RepositoryReader {
  const own = createTagListMemory()
  const lists = new Map([...(access.mirrors ?? []).map((one) => [one, createTagListMemory()] as const), [access, own]])
  const listing = createListedDigests({ http, access, now })

  /** A list is read page by page, and a slow registry may have many. */
  function inTime(one: RepositoryAccess): AuthorizedHttp {
    const checkTime = createReadingTime(now, `the tags of ${repositoryName(one)}`)
    return {
      send: async (...asked) => {
        checkTime()
        return await http.send(...asked)
      },
    }
  }

  return {
    tags: () => askInOrder(access, (one) => listTags(inTime(one), one, lists.get(one))),
    bytes: () => [...lists.values()].reduce((sum, list) => sum + bytesOf(list), 0),
    toldAlong: () => own.digests,
    listed: listing.of,
    digest: (tag) =>
      askInOrder(
        access,
        (one) => resolveDigest(http, one, tag),
        (digest) => digest !== undefined,
      ),
    facts: (digest, wanted) =>
      askInOrder(
        access,
        (one) => readFacts(http, one, digest, wanted),
        ({ complete }) => complete,
      ),
  }
}
