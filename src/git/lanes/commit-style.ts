import type { CommitAuthor } from '../../core/policy.ts'
import type { CommitSigner } from './commit-signer.ts'

/** How a commit is made beyond its message. Edits share a commit only where all of it agrees. */
export interface CommitStyle {
  /** Undefined: the operator itself. */
  readonly author?: CommitAuthor | undefined
  /** The message ends with a `Signed-off-by` of the author. */
  readonly signOff?: boolean
  readonly signer?: CommitSigner | undefined
  /** Whom a commit is for, where it is not for all that is due: a policy or an Application. */
  readonly apart?: string | undefined
}

/** Equal for styles that agree. */
export function styleKey({ author, signOff = false, signer, apart }: CommitStyle): string {
  return JSON.stringify([author?.name, author?.email, signOff, signer?.id, apart])
}
