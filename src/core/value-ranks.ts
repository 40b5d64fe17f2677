import { dated, type Choice, type TagMetadata } from './choosing/candidate.ts'
import { ranks } from './choosing/strategies/index.ts'
import { choiceIn } from './image-value.ts'
import type { PolicySpec } from './policy.ts'

/** What ranks values that stand somewhere against a choice. */
export interface Ranking {
  readonly spec: PolicySpec
  readonly choice: Choice
  readonly metadata: ReadonlyMap<string, TagMetadata>
}

/** A value as a choice, with its creation time where that is known. */
export function choiceOf(value: string, metadata: ReadonlyMap<string, TagMetadata>): Choice | undefined {
  const choice = choiceIn(value)
  return choice && dated(choice, metadata)
}

/** Whether a desired value ranks above the choice. */
export function ranksAbove({ spec, choice, metadata }: Ranking, value: string): boolean {
  const desired = choiceOf(value, metadata)
  if (desired === undefined) return false
  // A desired tag whose build nobody knows any more can't be shown to be older: hold.
  if (spec.strategy.type === 'latest' && desired.createdAt === undefined) return desired.tag !== choice.tag
  return (ranks(spec, desired, choice) ?? 0) > 0
}

/** Whether the choice ranks below a value that was written. */
export function ranksBelow({ spec, choice, metadata }: Ranking, value: string): boolean {
  const written = choiceOf(value, metadata)
  if (written === undefined) return false
  // What was reverted and whose build nobody knows any more can't be shown to be older: hold.
  const unknown = spec.strategy.type === 'latest' && written.createdAt === undefined ? -1 : 1
  return (ranks(spec, choice, written) ?? unknown) < 0
}
