import type { CommitAuthor } from '../core/policy.ts'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { claimCacheFolder } from './objects/cache-folder.ts'
import { accessKey, laneKey, type GitAccess, type LaneBranches } from './access.ts'
import type { FileText } from './file-text.ts'
import type { GuardPool } from '../http/guard-pool.ts'
import { createInstallationTokens } from './wire/installation-tokens.ts'
import { openLane, type Lane, type LaneResult } from './lanes/lane.ts'
import { createObjectMemory } from './objects/object-memory.ts'
import type { LaneEdit } from './lanes/plan-commits.ts'
import type { BranchStanding } from './lanes/standings.ts'
import type { GitRequestObserver, RemoteTimeouts } from './wire/remote.ts'
import { openRepository, type Message, type Repository } from './repository.ts'
import type { Tip } from './shared-tips.ts'

/** All git repositories that policies name. Failures are ReconcileErrors. */
export interface GitRepositories {
  /**
   * The tip of a branch; undefined, '' and HEAD mean the remote's HEAD. An answer of the server not older than `notBefore`
   * (ms since the epoch) is shared by all who ask. `beside` names a second branch, which need not be there.
   */
  tip(
    access: GitAccess,
    requested: string | undefined,
    options: { readonly notBefore: number; readonly beside?: string | undefined },
  ): Promise<Tip>
  /**
   * What stands at paths of a commit; all who ask at the same moment share one fetch, and so do those who asked on the same
   * `branch` before. Only text files of at most 1 MiB are read.
   */
  read(
    access: GitAccess,
    tip: string,
    paths: readonly string[],
    branch?: string,
  ): Promise<ReadonlyMap<string, FileText>>
  /** The YAML (and JSON) files at a path of a commit: itself, or all in the folder and below it; links are not followed. */
  list(access: GitAccess, tip: string, path: string): Promise<readonly string[]>
  /** The newest commits' messages, from this one backwards. */
  recentMessages(access: GitAccess, tip: string, count: number): Promise<readonly Message[]>
  /** Whose commits stand on a lane's push branch at this tip, and whether these may be taken off. */
  standing(access: GitAccess, tip: string, lane: LaneBranches): Promise<BranchStanding>
  /** Has an edit committed to a branch, or to its push branch to be merged there, together with all that is due at that moment. */
  submit(access: GitAccess, branch: string, edit: LaneEdit): Promise<LaneResult>
  /** Commits what was submitted, waits until it is pushed, and removes what is on disk. */
  close(): Promise<void>
}

/** What the repositories need; the guards stay theirs to close. */
export interface GitRepositoriesOptions {
  readonly guards: Pick<GuardPool, 'lend'>
  /** Objects are kept below it. */
  readonly cacheFolder: string
  /** How long edits are gathered at most, in ms. */
  readonly commitWindow: number
  /** Resolves as soon as nobody runs, or waits to run, who could still submit an edit. */
  readonly settled: () => Promise<void>
  readonly author: CommitAuthor
  /** Told of policies (`namespace/name`) whose changes were not carried over when a push branch began anew. */
  readonly onDropped?: (policies: readonly string[]) => void
  readonly now: () => number
  /** Draws from [0, 1). */
  readonly random: () => number
  readonly timeouts?: RemoteTimeouts
  readonly onRequest?: GitRequestObserver
}

const defaultTimeouts: RemoteTimeouts = { read: 60_000, push: 120_000 }
const objectMemory = 32 * 1024 * 1024
const mostIdle = 60 * 60_000

interface Used {
  readonly repository: Repository
  at: number
}

/** Makes an empty set of repositories; nothing is sent yet. What earlier processes left in the cache folder is removed. */
export function createGitRepositories(options: GitRepositoriesOptions): GitRepositories {
  const { commitWindow, settled, now } = options
  const used = new Map<string, Used>()
  const lanes = new Map<string, Lane>()
  const ownFolder = claimCacheFolder(join(options.cacheFolder, 'git'))
  const open = createOpener(options, ownFolder)

  function repositoryFor(access: GitAccess): Repository {
    const key = accessKey(access)
    const known = used.get(key)
    if (known !== undefined) {
      known.at = now()
      return known.repository
    }
    sweep()
    const repository = open(access, key)
    used.set(key, { repository, at: now() })
    return repository
  }

  /** Credentials change and policies go: what nobody has used for long is let go. */
  function sweep(): void {
    for (const [key, { repository, at }] of used) {
      if (now() - at < mostIdle || !repository.isIdle()) continue
      used.delete(key)
      void repository.close().catch(() => undefined)
    }
  }

  async function submit(access: GitAccess, branch: string, edit: LaneEdit): Promise<LaneResult> {
    const branches: LaneBranches = { base: branch, push: edit.push?.branch }
    const key = laneKey(access, branches)
    const lane = lanes.get(key) ?? openLaneOf(access, branches, () => lanes.delete(key))
    lanes.set(key, lane)
    return lane.submit(edit)
  }

  /** A lane that was idle is opened anew: it goes by the address and credential of who submits first. */
  function openLaneOf(access: GitAccess, branches: LaneBranches, onIdle: () => void): Lane {
    const repository = repositoryFor(access)
    return openLane({ commit: (edits) => repository.commit(branches, edits), settled, commitWindow, onIdle })
  }

  async function close(): Promise<void> {
    await Promise.all([...lanes.values()].map((lane) => lane.drain()))
    await Promise.all([...used.values()].map(({ repository }) => repository.close()))
    used.clear()
    await rm(ownFolder, { recursive: true, force: true, maxRetries: 3 })
  }

  return {
    tip: async (access, requested, { notBefore, beside }) => repositoryFor(access).tip(requested, notBefore, beside),
    read: async (access, tip, paths, branch) => repositoryFor(access).read(tip, paths, branch),
    list: async (access, tip, path) => repositoryFor(access).list(tip, path),
    recentMessages: async (access, tip, count) => repositoryFor(access).recentMessages(tip, count),
    standing: async (access, tip, lane) => repositoryFor(access).standing(tip, lane),
    submit,
    close,
  }
}

/** Opens repositories, each with a folder of its own; what they remember of objects and tokens they share. */
function createOpener(options: GitRepositoriesOptions, ownFolder: string) {
  const { guards, author, now, random, onRequest, onDropped, timeouts = defaultTimeouts } = options
  const memory = createObjectMemory(objectMemory)
  const tokens = createInstallationTokens(now)
  const shared = { author, now, random, onRequest, onDropped, timeouts, memory, tokens }
  return (access: GitAccess, key: string): Repository => {
    const folder = join(ownFolder, key.slice(0, 32))
    return openRepository(access, { ...shared, ...guards.lend({ ...access, insecureTls: access.insecure }), folder })
  }
}
