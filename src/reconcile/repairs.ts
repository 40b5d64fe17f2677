import type { Verdict } from '../core/decide.ts'
import { ReconcileError } from '../errors.ts'
import type { Place, Written } from '../writeback/place.ts'
import type { RuntimeMemory } from './runtime-memory.ts'

type Done = Extract<Written, { kind: 'written' }>

interface Seen {
  readonly key: string
  readonly place: Place | ReconcileError
}

/** Whether somebody deleted the branch on which a repair waited. `isForgotten`: what was done before is no matter any more. */
export function isRepairTakenBack({ repairs }: RuntimeMemory, { key, place }: Seen, isForgotten: boolean): boolean {
  if (isForgotten) repairs.delete(key)
  if (place instanceof ReconcileError) return false
  if (!place.desired.carriedDue) repairs.delete(key)
  if (repairs.has(key) && place.push?.isThere === false) repairs.set(key, 'takenBack')
  return repairs.get(key) === 'takenBack'
}

/** Notes what a write to a push branch made of repairs: with a choice they are taken back as the choice is. */
export function noteRepair({ repairs }: RuntimeMemory, key: string, action: Verdict['action'], written: Done): void {
  if (written.waitsOn === undefined) return
  if (action.kind === 'write') repairs.delete(key)
  else repairs.set(key, 'proposed')
}
