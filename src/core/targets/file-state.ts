import type { ReconcileError } from '../../errors.ts'
import type { Desired } from './desired.ts'

/** What files say of a policy's image, or why that can't be told. `carriedDue`: what is carried over differs from where it comes from. */
export type FileState =
  | ({ readonly kind: 'known'; readonly carriedDue: boolean } & Desired)
  | { readonly kind: 'failed'; readonly error: ReconcileError }

/** What to write: `to`, where the files still say what was decided upon. */
export interface FileWish {
  readonly to: string
  readonly decidedUpon: Pick<Desired, 'values'>
}

/** Whether somebody else has changed what was decided upon, to something else than what is wished. */
export function hasMoved({ value, values }: Desired, { to, decidedUpon }: FileWish): boolean {
  return value !== to && !sameValues(values, decidedUpon.values)
}

/** Whether places say the same, each for itself. */
export function sameValues(a: Desired['values'], b: Desired['values']): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}
