import type { PolicySpec } from './policy.ts'
import type { Desired } from './targets/desired.ts'

/** What is known of a push branch, whose values wait to be merged into its base. */
export interface PushFacts {
  readonly branch: string
  readonly base: string
  readonly isThere: boolean
  /** Every commit on it beyond the base is ours. */
  readonly isOurs: boolean
  /** What our places say there; undefined: the branch is not there, or says nothing that can be read. */
  readonly said: ({ readonly carriedDue: boolean } & Desired) | undefined
  /** The base has changed the value since the branch began, so that the branch can't be merged as it is. */
  readonly overtaken: boolean
  /** The server has shown that it lets nobody rewrite the branch as it is. */
  readonly fixed: boolean
  /** What waited to be merged when it was last looked at. */
  readonly proposed: string | undefined
  /** Somebody took `proposed` back, as history shows, or an earlier look did: others may have made the branch again since. */
  readonly takenBack: boolean
  /** Somebody deleted the branch when only entries that are carried over were made equal there. */
  readonly repairTakenBack: boolean
}

/** Whether all places say a value, and nothing that belongs to it is missing. */
export function says({ values, complete }: Pick<Desired, 'values' | 'complete'>, value: string): boolean {
  return complete && values.every((each) => each === value)
}

/** Whether nothing is left to be written to the branch: the choice waits there, and could be merged. */
export function isProposed({ said, overtaken, fixed, proposed }: PushFacts, to: string): boolean {
  // Nobody knows of a value that was not noted whether it waits, or was merged long ago: then it is written again.
  return said !== undefined && !said.carriedDue && says(said, to) && (!overtaken || fixed) && proposed === to
}

/** Whether somebody took back what waited, in one of its places or in all: with the branch, or on it. */
export function isTakenBack({ isThere, said, proposed, takenBack }: PushFacts): boolean {
  const isGone = said === undefined || said.values.some((value) => value !== proposed)
  return proposed !== undefined && isGone && (!isThere || takenBack)
}

/**
 * Whether what is carried over is to be made equal again: where the base's is not, and the branch does not mend it yet; nor did
 * so before somebody took it back, alone or with a choice, unless that is overwritten.
 */
export function isRepairDue(
  carriedDue: boolean,
  push: PushFacts | undefined,
  whenReverted: PolicySpec['whenReverted'],
): boolean {
  if (push === undefined || !carriedDue) return carriedDue
  const isHeld = whenReverted === 'hold' && (push.repairTakenBack || isTakenBack(push))
  return !isHeld && (push.said?.carriedDue ?? true)
}

/** What is said of a value that waits on a push branch. */
export function waitsForMergeMessage(
  value: string,
  { branch, base, overtaken = false }: Pick<PushFacts, 'branch' | 'base'> & { readonly overtaken?: boolean },
): string {
  if (overtaken)
    return `${value} is on branch ${branch}, ${base} has changed the same place since, and the git server lets nobody rewrite the branch: merge ${base} into it, or do by hand what it says`
  return `${value} is on branch ${branch} and waits to be merged into ${base}`
}

/** What is said of a value that somebody took back before it was merged. */
export function takenBackMessage({ branch, base, isOurs, proposed = '' }: PushFacts): string {
  // On a branch that is all ours nobody took anything back: it was deleted, and then made again.
  return isOurs
    ? `${proposed} was on branch ${branch}, which somebody deleted before it was merged into ${base}`
    : `${proposed} was on branch ${branch}, and somebody took it back there`
}
