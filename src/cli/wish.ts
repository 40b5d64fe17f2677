import type { Choice } from '../core/choosing/candidate.ts'
import { told } from '../core/choosing/evaluate.ts'
import { decide, type LinkedFacts } from '../core/decide.ts'
import { imageValue } from '../core/image-value.ts'
import type { PolicySpec } from '../core/policy.ts'
import { noMatchMessage, waitingMessage } from '../core/status/summary.ts'
import type { Chosen } from './choose-among.ts'
import { factsOf } from './verdict.ts'

type Known = Extract<LinkedFacts['desired'], { kind: 'known' }>

/** The value to write where this is desired; undefined: none. Throws a ReconcileError where it is refused. */
export type Wish = (desired: Known) => string | undefined

/** Wishes for a choice whatever stands there. */
export function plainWish(choice: Choice, { writeBack }: PolicySpec): Wish {
  return () => imageValue(choice, writeBack.digest)
}

/** Wishes for what was chosen where the operator would write it; `remark` is told why it would not. */
export function guardedWish(
  { evaluation, metadata }: Chosen,
  { spec, now }: { spec: PolicySpec; now: number },
  remark: (sentence: string) => void,
): Wish {
  const { choice, waiting } = evaluation
  if (choice === undefined) remark(waiting === undefined ? noMatchMessage(told(evaluation)) : waitingMessage(waiting))
  return (desired) => {
    const { action } = decide(spec, choice, factsOf(desired), { now, metadata })
    if (action.kind === 'refused') throw action.error
    if (action.kind === 'held') remark(`gate ${action.gate} holds it: ${action.message}`)
    return action.kind === 'write' ? action.to : undefined
  }
}
