import { LRUCache } from 'lru-cache'
import type { Scan } from '../core/choosing/candidate.ts'
import { accessKey, type RepositoryAccess } from './repository-access.ts'
import { createRepositoryState, type RepositoryState, type RepositoryStateOptions } from './repository-state.ts'

/** How old an answer may be. */
export interface Freshness {
  /** An answer that was asked for then (ms since the epoch) or later is taken, whoever asked. */
  readonly notBefore: number
}

/** What has been learnt of all repositories, as far as there is room for it: what was forgotten is asked for anew. */
export interface RepositoryStates {
  of(access: RepositoryAccess): RepositoryState
  /** As `Scans.tags`; the list counts from then on. */
  readonly tags: (access: RepositoryAccess, freshness: Freshness) => Promise<Scan>
}

/** What the states need. */
export interface RepositoryStatesOptions extends RepositoryStateOptions {
  /** How much the lists of all repositories may take in memory, as `RepositoryState.bytes` counts. */
  readonly mostBytes?: number
}

/** What is remembered of a repository outlives the credentials by which it was learnt. */
interface Renewable extends RepositoryAccess {
  credentials: RepositoryAccess['credentials']
  others?: RepositoryAccess['others']
  cloudApi?: RepositoryAccess['cloudApi']
  newLogin?: RepositoryAccess['newLogin']
  readonly mirrors: readonly Renewable[]
}

interface Held {
  readonly state: RepositoryState
  readonly access: Renewable
  /** The list that its size was told by. */
  readonly scan: Scan | undefined
}

const mostRepositories = 10_000
/** A thousand repositories of a thousand of the longest tags stay: together with all else that is far below what the chart lets the operator have. */
const usualMostBytes = 160 * 1024 * 1024
const forgottenAfter = 24 * 3_600_000

/** Begins with nothing known. What nobody has asked about for longest is forgotten first. */
export function createRepositoryStates({
  mostBytes = usualMostBytes,
  ...options
}: RepositoryStatesOptions): RepositoryStates {
  const states = new LRUCache<string, Held>({
    max: mostRepositories,
    maxSize: mostBytes,
    ttl: forgottenAfter,
    updateAgeOnGet: true,
  })

  function keep(key: string, held: Held): void {
    states.set(key, held, { size: Math.min(mostBytes, 1 + held.state.bytes()) })
  }

  function heldFor(key: string, asked: RepositoryAccess): Held {
    const known = states.get(key)
    if (known !== undefined) {
      renew(known.access, asked)
      return known
    }
    const access = renewable(asked)
    const held = { state: createRepositoryState(access, options), access, scan: undefined }
    keep(key, held)
    return held
  }

  async function tags(asked: RepositoryAccess, { notBefore }: Freshness): Promise<Scan> {
    const key = accessKey(asked)
    const { state, access } = heldFor(key, asked)
    const scan = await state.scan.get(notBefore)
    const now = states.peek(key)
    // Of what was forgotten meanwhile somebody else may have begun to learn.
    if (now?.state === state && now.scan !== scan) keep(key, { state, access, scan })
    return scan
  }

  return { of: (access) => heldFor(accessKey(access), access).state, tags }
}

/** One of one's own: nobody else's changes when it is renewed. */
function renewable(asked: RepositoryAccess): Renewable {
  return { ...asked, mirrors: (asked.mirrors ?? []).map(renewable) }
}

/** A login of a cloud is another one each hour, and stands for the same. Each object stays: what was learnt of a mirror is kept by it. */
function renew(known: Renewable, { credentials, others, cloudApi, newLogin, mirrors = [] }: RepositoryAccess): void {
  known.credentials = credentials
  known.others = others
  known.cloudApi = cloudApi
  known.newLogin = newLogin
  for (const [index, mirror] of mirrors.entries()) {
    const before = known.mirrors[index]
    if (before !== undefined) renew(before, mirror)
  }
}
