import { ReconcileError } from '../errors.ts'
import type { RepositoryAccess } from './repository-access.ts'

/**
 * Asks the mirrors in order, then the registry itself, until an answer is enough. A mirror that fails, for whatever reason, is passed
 * over: what the registry says counts in the end.
 */
export async function askInOrder<T>(
  access: RepositoryAccess,
  ask: (one: RepositoryAccess) => Promise<T>,
  isEnough: (answer: T) => boolean = () => true,
): Promise<T> {
  for (const mirror of access.mirrors ?? []) {
    try {
      const answer = await ask(mirror)
      if (isEnough(answer)) return answer
    } catch (cause) {
      if (!(cause instanceof ReconcileError)) throw cause
    }
  }
  return await ask(access)
}
