import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Scan, TagMetadata } from '../core/choosing/candidate.ts'
import type { HostGuard } from '../http/host-guard.ts'
import type { Logger } from '../log.ts'
import { createAuthorizedHttp } from './login/authorized-http.ts'
import type { HostLimits } from './manners/host-pace.ts'
import { createHttpClient, type RequestObserver, type Timing } from './wire/http.ts'
import { accessKey, type RepositoryAccess } from './repository-access.ts'
import { createRepositoryState, type RepositoryState } from './repository-state.ts'
import { openFactsStore } from './images/facts-store.ts'
import type { MetadataQuestion } from './tag-record.ts'
import { createHubTokens } from './login/hub-tokens.ts'
import { createLoginTurns } from './login/login-turns.ts'
import { renewLogin } from './login/renew-login.ts'
import { createTokens } from './login/token.ts'
import { tryCredentials } from './login/try-credentials.ts'

/** How old an answer may be. */
export interface Freshness {
  /** An answer that was asked for then (ms since the epoch) or later is taken, whoever asked. */
  readonly notBefore: number
}

/**
 * What registries say, asked once for all who want to know: an answer is shared by (host, repository, credentials). Every
 * failure is a ReconcileError; so long as there is one, what was known before holds.
 */
export interface Scans {
  /** The tags. While the list stays the same, so does the object. */
  tags(access: RepositoryAccess, freshness: Freshness): Promise<Scan>
  /** The digest that a tag points to; undefined: there is no such tag. */
  digest(access: RepositoryAccess, tag: string, freshness: Freshness): Promise<string | undefined>
  /**
   * Digests, platforms and creation times of tags; a tag that points to nothing is left out. A tag that moves is seen at once if it is one of the
   * newest, else within twelve intervals. Throws, ScanIncomplete among others, if anything could not be read.
   */
  metadata(
    access: RepositoryAccess,
    tags: readonly string[],
    question: MetadataQuestion,
  ): Promise<ReadonlyMap<string, TagMetadata>>
  /** Fulfilled when all that was learnt is on disk. */
  close(): Promise<void>
}

/** What scanning needs. */
export interface ScansOptions {
  readonly guard: HostGuard
  readonly log: Pick<Logger, 'warn'>
  /** The operator's cache folder; undefined: nothing outlives the process. */
  readonly cacheFolder: string | undefined
  readonly onRequest?: RequestObserver
  /** Called when a host is found to be down. */
  readonly onDown?: (host: string) => void
  /** How much each host is asked; the usual limits unless given. */
  readonly limits?: (host: string) => HostLimits
  readonly timing?: Partial<Timing>
}

/** What is remembered of a repository outlives the credentials by which it was learnt. */
interface Renewable extends RepositoryAccess {
  credentials: RepositoryAccess['credentials']
  others?: RepositoryAccess['others']
  cloudApi?: RepositoryAccess['cloudApi']
  newLogin?: RepositoryAccess['newLogin']
  readonly mirrors: readonly Renewable[]
}

const mostRepositories = 10_000
const forgottenAfter = 24 * 3_600_000

/** Makes the scans of an operator. */
export function createScans({ guard, log, cacheFolder, onRequest, onDown, limits, timing = {} }: ScansOptions): Scans {
  const { now = Date.now, random = Math.random } = timing
  const tellDown = (host: string, seconds: number): void => {
    log.warn('a registry is down', { host, leftAloneForSeconds: seconds })
    onDown?.(host)
  }
  const http = createHttpClient({
    guard,
    onRequest,
    limits,
    now,
    random,
    onDown: tellDown,
    pause: timing.pause ?? pause,
  })
  const store = openFactsStore({ folder: cacheFolder === undefined ? undefined : join(cacheFolder, 'registry'), log })
  const turns = createLoginTurns(now)
  const asked = createAuthorizedHttp({
    http,
    turns,
    tokens: createTokens({ http, turns, now }),
    hubTokens: createHubTokens({ http, now }),
    now,
  })
  const authorized = tryCredentials(renewLogin(asked), now)
  const states = new LRUCache<string, { readonly state: RepositoryState; readonly access: Renewable }>({
    max: mostRepositories,
    ttl: forgottenAfter,
    updateAgeOnGet: true,
  })

  function stateOf(asked: RepositoryAccess): RepositoryState {
    const key = accessKey(asked)
    const known = states.get(key)
    if (known !== undefined) {
      renew(known.access, asked)
      return known.state
    }
    const access = renewable(asked)
    const state = createRepositoryState(access, { http: authorized, store, now })
    states.set(key, { state, access })
    return state
  }

  return {
    tags: (access, { notBefore }) => stateOf(access).scan.get(notBefore),
    digest: (access, tag, { notBefore }) => stateOf(access).digest(tag, notBefore),
    metadata: (access, tags, question) => stateOf(access).metadata(tags, question),
    close: () => store.close(),
  }
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
