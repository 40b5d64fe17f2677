import { reasons } from '../../api/conditions.ts'
import type { SshAddress } from '../../core/git/git-address.ts'
import { ReconcileError } from '../../errors.ts'
import { transportError, type Asked } from '../wire/transport-error.ts'

/** By the client's word for where it failed. */
const wordsOfLevels: Readonly<Record<string, string>> = {
  'client-timeout': 'can’t be reached: it did not answer in time',
  handshake: 'and the operator found no way to speak SSH: they have no algorithms in common, or it is no SSH server',
  protocol: 'failed: it broke the SSH protocol',
}

/** What a failure on the way to an SSH server means. The client library's own message is never shown. */
export function sshError(error: unknown, { user }: SshAddress, asked: Asked): ReconcileError {
  const { host } = asked
  const unavailable = (what: string) => new ReconcileError(reasons.gitUnavailable, `the git server ${host} ${what}`)
  const level = levelOf(error)
  if (level === 'client-authentication')
    return new ReconcileError(
      reasons.gitAuthFailed,
      `${host} refused the SSH key for user ${user}; register its public half there, as one that may push`,
    )
  const words = wordsOfLevels[level]
  return words === undefined ? transportError(error, asked) : unavailable(words)
}

function levelOf(error: unknown): string {
  return error instanceof Error && 'level' in error && typeof error.level === 'string' ? error.level : ''
}
