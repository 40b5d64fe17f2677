import type { CommitAuthor } from '../core/policy.ts'
import type { GitAccess, LaneBranches } from './access.ts'
import { explainFault } from './wire/explain-fault.ts'
import type { Tips } from './lanes/ground.ts'
import type { FileText } from './file-text.ts'
import type { WaitingEdit } from './lanes/lane.ts'
import type { ObjectMemory } from './objects/object-memory.ts'
import { openReceivePack } from './wire/receive-pack.ts'
import { openRemote } from './wire/open-remote.ts'
import type { RemoteParts } from './wire/remote.ts'
import { openRepositoryObjects, type RepositoryObjects } from './objects/repository-objects.ts'
import { commitRound } from './lanes/round.ts'
import { openSharedReads } from './shared-reads.ts'
import { openSharedTips, type Tip } from './shared-tips.ts'
import { openStandings, type BranchStanding } from './lanes/standings.ts'
import { openUploadSession } from './wire/upload-session.ts'

/** A commit's message and id; `time` in ms since the epoch. */
export interface Message {
  readonly oid: string
  readonly time: number
  readonly message: string
}

/** One repository as seen with one credential. Failures are ReconcileErrors. */
export interface Repository {
  tip(requested: string | undefined, notBefore: number, beside?: string): Promise<Tip>
  read(tip: string, paths: readonly string[], branch?: string): Promise<ReadonlyMap<string, FileText>>
  list(tip: string, path: string): Promise<readonly string[]>
  recentMessages(tip: string, count: number): Promise<readonly Message[]>
  /** Whose commits stand on a lane's push branch at this tip, and whether these may be taken off. */
  standing(tip: string, lane: LaneBranches): Promise<BranchStanding>
  /** Commits and pushes edits; settles each, never rejects. */
  commit(lane: LaneBranches, edits: readonly WaitingEdit[]): Promise<void>
  isIdle(): boolean
  close(): Promise<void>
}

/** What a repository needs; `folder` is its own. */
export interface RepositoryParts extends RemoteParts {
  readonly folder: string
  /** Told when the guard is no longer needed. */
  readonly giveBack: () => Promise<void>
  readonly memory: ObjectMemory
  readonly author: CommitAuthor
  readonly now: () => number
  /** Draws from [0, 1). */
  readonly random: () => number
  /** Told of policies (`namespace/name`) whose changes were not carried over when a push branch began anew. */
  readonly onDropped?: ((policies: readonly string[]) => void) | undefined
}

/** Opens a repository; nothing is sent yet. */
export function openRepository(access: GitAccess, parts: RepositoryParts): Repository {
  const { folder, memory, author, now, random } = parts
  const remote = openRemote(access, parts)
  const { name } = remote
  const session = openUploadSession(remote)
  const objects = openRepositoryObjects(session, folder, memory)
  const tips = openSharedTips({
    listRefs: (prefixes) => session.talk((upload) => upload.listRefs(prefixes)),
    name,
    now,
  })
  const reads = openSharedReads(objects)
  const standings = openStandings(objects, now)
  const receive = openReceivePack(remote)

  async function explained<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw explainFault(error, name)
    }
  }

  async function tipsOf({ base, push }: LaneBranches, notBefore: number): Promise<Tips> {
    const { tip, beside } = await explained(tips.tip(base, notBefore, push))
    return { base: tip, head: push === undefined ? tip : beside }
  }

  function commit(lane: LaneBranches, edits: readonly WaitingEdit[]): Promise<void> {
    return commitRound(edits, {
      lane,
      author,
      now,
      random,
      name,
      repository: access.url,
      tips: (age) => tipsOf(lane, age === undefined ? Infinity : now() - age),
      standing: (tip) => explained(standings.at(tip, lane)),
      fixed: standings.fixed,
      pushed: (tip) => tips.pushed({ branch: lane.push ?? lane.base, tip }),
      dropped: (policies) => parts.onDropped?.(policies),
      using: (work) => explained(objects.using(work)),
      push: (push) => explained(receive.push(push)),
    })
  }

  return {
    tip: (requested, notBefore, beside) => explained(tips.tip(requested, notBefore, beside)),
    standing: (tip, lane) => explained(standings.at(tip, lane)),
    read: (tip, paths, branch) => explained(reads.read(tip, paths, branch)),
    list: (tip, path) => explained(reads.list(tip, path)),
    recentMessages: (tip, count) => explained(recentMessages(objects, tip, count)),
    commit,
    isIdle: () => objects.isIdle(),
    close: async () => {
      remote.close()
      await objects.close()
      await parts.giveBack()
    },
  }
}

async function recentMessages(
  objects: Pick<RepositoryObjects, 'using'>,
  tip: string,
  count: number,
): Promise<readonly Message[]> {
  const commits = await objects.using((source) => source.history(tip, count))
  return commits.map(({ oid, time, message }) => ({ oid, time: time * 1000, message }))
}
