import type { ImageUpdatePolicyStatus } from '../api/v1alpha1.ts'
import type { Told } from '../core/choosing/evaluate.ts'
import type { Sightings } from '../core/choosing/sightings.ts'
import type { PolicySpec } from '../core/policy.ts'

/** How many tags a repository had when somebody looked (ms since the epoch). */
export interface Count {
  readonly question: string
  readonly tags: number
  readonly at: number
}

/** What a policy made of an answer of its registry, where nothing else decides: the same answer need not be evaluated again. */
export interface Evaluated {
  readonly spec: PolicySpec
  readonly question: string
  readonly answer: string
  readonly evaluation: Told
}

/**
 * What is remembered of a policy while this process runs, and may be lost with it. Keys of maps are `linkKey`s, times
 * ms since the epoch.
 */
export interface RuntimeMemory {
  /** The status that should have been written and could not be. */
  unsaved: ImageUpdatePolicyStatus | undefined
  statusWrittenAt: number
  /** Linked sources whose history has been looked at, or needs no look: this process knows what it wrote. */
  readonly looked: Set<string>
  /** Writes that an owner undid: how often in a row, when that was seen last, and when the next is due. */
  readonly undone: Map<string, { readonly count: number; readonly seenAt: number; readonly retryAt: number }>
  /** Repairs of carried-over entries that wait on a push branch, or did so before somebody deleted the branch. */
  readonly repairs: Map<string, 'proposed' | 'takenBack'>
  /** For which write (its time) Argo CD was asked to refresh an Application. */
  readonly refreshed: Map<string, number>
  /** The tags that were seen last, and since when the young ones are known; they belong to a `clockHash`. */
  sightings: { readonly clockHash: string; readonly sightings: Sightings } | undefined
  /** How many tags the repository had: in the last list that was believed, and in one that was not. */
  believed: Count | undefined
  doubted: Count | undefined
  evaluated: Evaluated | undefined
}

/** The memories of all policies. One that was deleted and made anew begins with none. */
export interface RuntimeMemories {
  of(policy: { readonly key: string; readonly uid: string }): RuntimeMemory
  forget(key: string): void
}

/** Makes the memories, all empty. */
export function createRuntimeMemories(): RuntimeMemories {
  const memories = new Map<string, { readonly uid: string; readonly memory: RuntimeMemory }>()
  return {
    of: ({ key, uid }) => {
      const kept = memories.get(key)
      if (kept?.uid === uid) return kept.memory
      const memory = emptyMemory()
      memories.set(key, { uid, memory })
      return memory
    },
    forget: (key) => void memories.delete(key),
  }
}

function emptyMemory(): RuntimeMemory {
  return {
    unsaved: undefined,
    statusWrittenAt: 0,
    looked: new Set(),
    undone: new Map(),
    repairs: new Map(),
    refreshed: new Map(),
    sightings: undefined,
    believed: undefined,
    doubted: undefined,
    evaluated: undefined,
  }
}

const firstRetry = 10_000
const longestRetry = 300_000

/** Notes that an owner undid a write at `now`; the next write is due after a delay that grows from 10 s to 5 min. */
export function noteUndone(memory: RuntimeMemory, link: string, now: number): void {
  const before = memory.undone.get(link)
  if (before !== undefined && before.retryAt > now) return
  const isInARow = before !== undefined && now - before.retryAt < longestRetry
  const count = (isInARow ? before.count : 0) + 1
  memory.undone.set(link, { count, seenAt: now, retryAt: now + Math.min(longestRetry, firstRetry * 2 ** (count - 1)) })
}
