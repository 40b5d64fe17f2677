import { reasons } from '../api/conditions.ts'
import type { Origin } from '../core/choosing/origin.ts'
import type { Action, Verdict } from '../core/decide.ts'
import type { Result, WaitsOn } from '../core/outcome.ts'
import { waitsForMergeMessage } from '../core/proposal.ts'
import { ReconcileError } from '../errors.ts'
import type { Place, Written } from '../writeback/place.ts'
import { caught } from './caught.ts'
import { judge, type Judged, type Matter } from './judge.ts'
import type { Run } from './run.ts'
import { noteRepair } from './repairs.ts'
import { noteUndone } from './runtime-memory.ts'

/** How it ended for a linked source, and what was last known of it. */
export interface Acted {
  readonly judged: Judged
  readonly result: Result
  /** The value desired afterwards; undefined: nothing, or not known. */
  readonly value: string | undefined
}

/** Looks at a place again, as it is now. */
export type LookAgain = () => Promise<Place | ReconcileError>

/** How often a value that moves while it is written is decided upon anew in one run. */
const attempts = 3

/** Whether a verdict makes us write. */
export function isWork({ repair, action }: Verdict): boolean {
  return repair || action.kind === 'write'
}

/** Carries a verdict out. Where somebody else changed the value meanwhile, it is decided anew upon what stands there then. */
export async function act(run: Run, matter: Matter, first: Judged, lookAgain: LookAgain): Promise<Acted> {
  let judged = first
  for (let attempt = 1; ; attempt += 1) {
    const written = await attemptWrite(run, judged, originOf(matter))
    if (written instanceof ReconcileError) return acted(judged, { kind: 'failed', error: written })
    if (written.kind === 'written') noteRepair(run.runtime, judged.link.key, judged.verdict.action, written)
    if (written.kind !== 'moved') return afterWrite(judged, written)
    if (attempt === attempts) return acted(judged, { kind: 'failed', error: keepsMoving() })
    judged = await judge(run, matter, { link: judged.link, place: await lookAgain() })
  }
}

async function attemptWrite(
  run: Run,
  { link, place, verdict }: Judged,
  origin: Origin | undefined,
): Promise<Written | { kind: 'nothing' } | ReconcileError> {
  const { action } = verdict
  if (action.kind === 'refused' && action.undone) noteUndone(run.runtime, link.key, run.now)
  if (!isWork(verdict) || place instanceof ReconcileError) return { kind: 'nothing' }
  return await caught(action.kind === 'write' ? place.write(action.from, action.to, origin) : place.repair())
}

function originOf({ choice, metadata }: Matter): Origin | undefined {
  return choice === undefined ? undefined : metadata.get(choice.tag)?.origin
}

function afterWrite(judged: Judged, written: Exclude<Written, { kind: 'moved' }> | { kind: 'nothing' }): Acted {
  const { action } = judged.verdict
  if (action.kind !== 'write') return acted(judged, resultOf(action))
  const { push } = judged.facts
  if (push !== undefined) return acted(judged, proposedBy(action, push, written))
  // Somebody else wrote the same: it stands there, and that is what counts.
  if (written.kind !== 'written') return { judged, result: { kind: 'upToDate' }, value: action.to }
  return { judged, result: { ...action, kind: 'written', revision: written.revision }, value: action.to }
}

/** What is written to a push branch is not desired before it is merged; nor is what somebody else wrote there already. */
function proposedBy(
  action: Extract<Action, { kind: 'write' }>,
  { branch, base }: WaitsOn,
  written: { readonly kind: string; readonly revision?: string | undefined },
): Result {
  const { to } = action
  if (written.kind !== 'written')
    return { kind: 'held', gate: 'Merge', message: waitsForMergeMessage(to, { branch, base }), proposed: to }
  return { ...action, kind: 'written', revision: written.revision, waitsOn: { branch, base } }
}

function acted(judged: Judged, result: Result): Acted {
  const { desired } = judged.facts
  return { judged, result, value: desired.kind === 'known' ? desired.value : undefined }
}

function resultOf(action: Exclude<Action, { kind: 'write' }>): Result {
  return action.kind === 'refused' ? { kind: 'failed', error: action.error } : action
}

function keepsMoving(): ReconcileError {
  return new ReconcileError(
    reasons.writeBackConflict,
    'the value kept changing while it was being written; tried again later',
  )
}
