import { reasons } from '../../api/conditions.ts'
import { atInterval, ReconcileError } from '../../errors.ts'

/** The error of what a target does not write to, in a sentence that says why. */
export function unsupported(message: string): ReconcileError {
  return new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}
