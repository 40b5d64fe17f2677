import { LRUCache } from 'lru-cache'
import type { Application } from '../core/applications/application.ts'
import { refreshModeFor } from '../core/applications/refresh.ts'
import { sameGitUrl } from '../core/git/git-url.ts'
import { ReconcileError } from '../errors.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { Logger } from '../log.ts'
import type { Found } from './git-target.ts'

/**
 * Asks Argo CD to look at a commit that changed what was found, once for each Application and commit, though several policies
 * or sources may be in it. The write is done: that Argo CD was not asked only makes it slower, and is logged.
 */
export type Refresher = (
  application: Application,
  found: Pick<Found, 'file' | 'paths'>,
  revision: string,
) => Promise<void>

interface Asked {
  readonly mode: Mode
  readonly done: Promise<void>
}

interface Asking {
  readonly mode: Mode
  /** What was asked of it before. */
  readonly after: Promise<void> | undefined
}

type Mode = ReturnType<typeof refreshModeFor>

const mostAsked = 5_000

/** Makes the refresher. */
export function createRefresher({
  applications,
  log,
}: {
  readonly applications: Pick<ApplicationStore, 'requestRefresh'>
  readonly log: Logger
}): Refresher {
  const known = new LRUCache<string, Asked>({ max: mostAsked })
  const ask = async (key: string, application: Application, { mode, after }: Asking): Promise<void> => {
    // What is asked later would stand where it is read: `normal` is not to come after `hard`.
    await after
    await applications.requestRefresh(application, mode).catch((error: unknown) => {
      known.delete(key)
      const reason = error instanceof ReconcileError ? error.message : 'failed'
      log.warn('Argo CD was not asked to refresh', {
        application: `${application.namespace}/${application.name}`,
        reason,
      })
    })
  }
  return async (application, found, revision) => {
    const mode = modeFor(application, found)
    const key = JSON.stringify([application.uid, revision])
    const before = known.get(key)
    if (before?.mode === 'hard' || before?.mode === mode) return await before.done
    const done = ask(key, application, { mode, after: before?.done })
    known.set(key, { mode, done })
    await done
  }
}

/** Paths that Argo CD is to watch belong to a source's own repository and folder. */
function modeFor(application: Application, { file: { repository }, paths }: Pick<Found, 'file' | 'paths'>): Mode {
  const sources = application.sources.filter(
    (source) => sameGitUrl(source.repoURL, repository) && source.path !== undefined,
  )
  return refreshModeFor({ ...application, sources }, paths)
}
