import { reasons, type Reason } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { GitFault } from './git-fault.ts'
import { serverWords } from './server-words.ts'

const meanings: readonly { readonly words: RegExp; readonly reason: Reason }[] = [
  {
    words: /not found|not be found|does not exist|no such|not exported|not appear to be a git repository/i,
    reason: reasons.gitRepositoryNotFound,
  },
  {
    words: /denied|permission|not permitted|not allowed|forbidden|unauthori[sz]ed|authenticat/i,
    reason: reasons.gitAuthFailed,
  },
]

/** Whether the server said that it does not have, or does not hand out, an object. */
export function isUnknownObject(error: unknown): boolean {
  return (
    error instanceof GitFault &&
    error.kind === 'said' &&
    /not our ref|unadvertised|not advertised|not valid|no such remote ref|missing|bad object/i.test(error.message)
  )
}

/** Whether the server said that it does not filter, or not so. */
export function isFilterRefusal(error: unknown): boolean {
  return (
    error instanceof GitFault &&
    error.kind === 'said' &&
    /filter|unexpected line|unknown capability/i.test(error.message)
  )
}

/** What is told to users of a fault in a conversation about a repository (`host/path`); other errors pass unchanged. */
export function explainFault(error: unknown, repository: string): unknown {
  if (!(error instanceof GitFault)) return error
  if (error.kind !== 'said')
    return new ReconcileError(reasons.gitUnavailable, `the git server of ${repository} failed: ${error.message}`)
  const reason = meanings.find(({ words }) => words.test(error.message))?.reason ?? reasons.gitUnavailable
  return new ReconcileError(reason, `the git server of ${repository} answered: ${serverWords(error.message)}`)
}
