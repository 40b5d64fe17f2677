import { ReconcileError } from '../errors.ts'

/** A value, or the ReconcileError in its place; anything else is a fault of ours and goes on. */
export async function caught<T>(promise: Promise<T>): Promise<T | ReconcileError> {
  return await promise.catch((error: unknown) => {
    if (error instanceof ReconcileError) return error
    throw error
  })
}
