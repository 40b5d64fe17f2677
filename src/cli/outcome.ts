import type { Answer } from './command.ts'

/** Faults for standard error, and the status that goes with them. */
export interface Refusal {
  readonly status: 1 | 2
  readonly faults: readonly string[]
}

/** What a step of a command came to. */
export type Outcome<T> = { readonly value: T } | Refusal

/** The answer when steps are refused: all their faults. */
export function refusal(...refused: readonly Refusal[]): Answer {
  const status = refused.some((each) => each.status === 2) ? 2 : 1
  return { status, err: refused.flatMap(({ faults }) => faults).join('\n') }
}
