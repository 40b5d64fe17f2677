import type { AuthorizedHttp } from './authorized-http.ts'
import { readFacts, type ReadFacts, type Wanted } from './image-facts.ts'
import { resolveDigest } from './manifest-reader.ts'
import { askInOrder } from './mirrors.ts'
import type { RepositoryAccess } from './repository-access.ts'
import { createTagListMemory, listTags } from './tag-list.ts'

/** Reads a repository, from its mirrors where it has some. */
export interface RepositoryReader {
  /** As `listTags`. */
  tags(): Promise<readonly string[]>
  /** As `resolveDigest`. */
  digest(tag: string): Promise<string | undefined>
  /** As `readFacts`. */
  facts(digest: string, wanted?: Wanted): Promise<ReadFacts>
}

/** Makes one; it remembers the pages of each tag list. */
export function createRepositoryReader(http: AuthorizedHttp, access: RepositoryAccess): RepositoryReader {
  const lists = new Map([...(access.mirrors ?? []), access].map((one) => [one, createTagListMemory()]))
  return {
    tags: () => askInOrder(access, (one) => listTags(http, one, lists.get(one))),
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
