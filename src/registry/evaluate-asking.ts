import type { TagMetadata } from '../core/choosing/candidate.ts'
import { evaluate, type Admitted, type Evaluation } from '../core/choosing/evaluate.ts'
import type { SeenAt } from '../core/choosing/gates.ts'
import type { PolicySpec } from '../core/policy.ts'

/** Tells what is known of tags; one that is left out points to nothing. */
export type AskAbout = (tags: readonly string[]) => Promise<ReadonlyMap<string, TagMetadata>>

/** What is known at first. */
export interface KnownBefore {
  readonly metadata: ReadonlyMap<string, TagMetadata>
  /** Since when tags are known, by what is known of them so far. */
  readonly seenAt: (metadata: ReadonlyMap<string, TagMetadata>) => SeenAt
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An evaluation that holds, with all that was asked for it. */
export interface Asked {
  readonly evaluation: Evaluation
  readonly metadata: ReadonlyMap<string, TagMetadata>
}

/** Listed, and yet not to be found. */
const gone: TagMetadata = { digest: '', createdAt: undefined, platforms: [] }

/**
 * Evaluates, and asks about tags until a choice can be made: of those below it nothing needs to be known. Mostly the first will do; after
 * it twice as many are asked about each time, so that a long list is soon through. Rejects as `ask` does.
 */
export async function evaluateAsking(
  spec: PolicySpec,
  admitted: Admitted,
  { metadata: before, seenAt, now }: KnownBefore,
  ask: AskAbout,
): Promise<Asked> {
  const metadata = new Map(before)
  for (let asks = 1; ; asks *= 2) {
    const evaluation = evaluate(spec, admitted, { now, metadata, seenAt: seenAt(metadata), asks })
    if (evaluation.wanted.length === 0) return { evaluation, metadata }
    const told = await ask(evaluation.wanted)
    for (const tag of evaluation.wanted) metadata.set(tag, told.get(tag) ?? gone)
  }
}
