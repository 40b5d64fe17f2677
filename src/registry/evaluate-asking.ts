import type { TagMetadata } from '../core/candidate.ts'
import { evaluate, type Admitted, type Evaluation, type Known } from '../core/evaluate.ts'
import type { PolicySpec } from '../core/policy.ts'

/** Tells what is known of tags; one that is left out points to nothing. */
export type AskAbout = (tags: readonly string[]) => Promise<ReadonlyMap<string, TagMetadata>>

/** An evaluation that holds, with all that was asked for it. */
export interface Asked {
  readonly evaluation: Evaluation
  readonly metadata: ReadonlyMap<string, TagMetadata>
}

/** Listed, and yet not to be found. */
const gone: TagMetadata = { digest: '', createdAt: undefined, platforms: [] }

/** Evaluates, and asks about tags until a choice can be made: of those below it nothing needs to be known. Rejects as `ask` does. */
export async function evaluateAsking(
  spec: PolicySpec,
  admitted: Admitted,
  known: Omit<Known, 'asks'>,
  ask: AskAbout,
): Promise<Asked> {
  const metadata = new Map(known.metadata)
  for (;;) {
    const evaluation = evaluate(spec, admitted, { ...known, metadata, asks: true })
    if (evaluation.wanted.length === 0) return { evaluation, metadata }
    const told = await ask(evaluation.wanted)
    for (const tag of evaluation.wanted) metadata.set(tag, told.get(tag) ?? gone)
  }
}
