import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Scan, TagMetadata } from '../core/choosing/candidate.ts'
import type { HostGuard } from '../http/host-guard.ts'
import type { Logger } from '../log.ts'
import { createAuthorizedHttp } from './login/authorized-http.ts'
import type { HostLimits } from './manners/host-pace.ts'
import { createHttpClient, type RequestObserver, type Timing } from './wire/http.ts'
import type { RepositoryAccess } from './repository-access.ts'
import { createRepositoryStates, type Freshness } from './repository-states.ts'
import { openFactsStore } from './images/facts-store.ts'
import type { MetadataQuestion } from './tag-record.ts'
import { createHubTokens } from './login/hub-tokens.ts'
import { createLoginTurns } from './login/login-turns.ts'
import { renewLogin } from './login/renew-login.ts'
import { createTokens } from './login/token.ts'
import { tryCredentials } from './login/try-credentials.ts'

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
  const states = createRepositoryStates({ http: authorized, store, now })

  return {
    tags: states.tags,
    digest: (access, tag, { notBefore }) => states.of(access).digest(tag, notBefore),
    metadata: (access, tags, question) => states.of(access).metadata(tags, question),
    close: () => store.close(),
  }
}
