import type { Reason } from '../../api/conditions.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { Desired } from './desired.ts'

/**
 * What files say of a policy's image, or why that can't be told. `carriedDue`: what is carried over differs from where it comes
 * from. Plain data, which goes from one thread to another as it is.
 */
export type FileState =
  | ({ readonly kind: 'known'; readonly carriedDue: boolean } & Desired)
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string }

/** What to write: `to`, where the files still say what was decided upon. */
export interface FileWish {
  readonly to: string
  readonly decidedUpon: Pick<Desired, 'values'>
}

/** Why files do not tell, as an error. They are looked at again: people may have mended them. */
export function unreadable({ reason, message }: Extract<FileState, { kind: 'failed' }>): ReconcileError {
  return new ReconcileError(reason, message, { retry: atInterval })
}

/** Whether somebody else has changed what was decided upon, to something else than what is wished. */
export function hasMoved({ value, values }: Desired, { to, decidedUpon }: FileWish): boolean {
  return value !== to && !sameValues(values, decidedUpon.values)
}

/** Whether places say the same, each for itself. */
export function sameValues(a: Desired['values'], b: Desired['values']): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}
