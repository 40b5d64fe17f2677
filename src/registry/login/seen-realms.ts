import { LRUCache } from 'lru-cache'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { steadily } from '../manners/steady-clock.ts'
import { accessKey, apiUrl, type RepositoryAccess } from '../repository-access.ts'

/** The token servers that registries named first, of those that gave a token. */
export interface SeenRealms {
  /**
   * Throws a ReconcileError where credentials would go to another host than the registry's and the one that it named first. It is to be told of each realm
   * that a registry names from then on: only one that is named for a whole day, and none else meanwhile, takes the place of the first.
   */
  check(access: RepositoryAccess, realm: URL): void
  /** To be told which one gave a token. What gave none, such as an address by mistake to which nothing may be sent, is in nobody's way once that is mended. */
  keep(access: RepositoryAccess, realm: URL): void
  /** Whether a realm that it did not name itself, but its registry for others, is none that `check` would refuse. */
  allows(access: RepositoryAccess, realm: URL): boolean
}

interface Seen {
  readonly origin: string
  readonly host: string
  /** What is named instead, and since when. */
  readonly instead: { readonly origin: string; readonly since: number } | undefined
}

/** Long enough for people to see it, and to mend it where the registry is not itself. */
const believedAfter = 24 * 3_600_000

/** Makes a memory of them; `clock` is in ms since the epoch. Whose word it is that changes, it may not be the registry's any more. */
export function createSeenRealms(clock: () => number): SeenRealms {
  const now = steadily(clock)
  const seen = new LRUCache<string, Seen>({ max: 10_000 })
  return {
    allows: (access, { origin }) => [undefined, origin].includes(seen.get(accessKey(access))?.origin),
    check: (access, { origin, host }) => {
      const key = accessKey(access)
      const first = seen.get(key)
      if (first === undefined || !isShown(access)) return
      const isFirst = origin === first.origin
      if (isFirst || origin === apiUrl(access, '').origin) return void seen.set(key, { ...first, instead: undefined })
      const since = first.instead?.origin === origin ? first.instead.since : now()
      if (now() - since >= believedAfter) return void seen.set(key, { origin, host, instead: undefined })
      seen.set(key, { ...first, instead: { origin, since } })
      throw anotherServer(access, { before: first.host, host })
    },
    keep: (access, { origin, host }) => {
      if (!isShown(access)) return
      const key = accessKey(access)
      if (!seen.has(key)) seen.set(key, { origin, host, instead: undefined })
    },
  }
}

/** A token for the registry itself is shown to no token server. */
function isShown({ credentials }: RepositoryAccess): boolean {
  return credentials !== undefined && !('registryToken' in credentials)
}

function anotherServer(access: RepositoryAccess, { before, host }: { before: string; host: string }): ReconcileError {
  const named = `${access.host} names another token server (${host}) than before (${before})`
  const message = `${named}; no credentials are sent there until it has done so for a day. If that is right and can't wait, renew the credentials or restart the operator`
  return new ReconcileError(reasons.registryProtocolError, message, { retry: { kind: 'interval' } })
}
