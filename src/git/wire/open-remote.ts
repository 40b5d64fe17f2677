import { addressOf, type GitAccess } from '../access.ts'
import { openHttpRemote } from './http-remote.ts'
import type { Remote, RemoteParts } from './remote.ts'
import { openSshRemote } from '../ssh/ssh-remote.ts'

/** Opens a repository by whatever its address says; nothing is sent yet. */
export function openRemote(access: GitAccess, parts: RemoteParts): Remote {
  const address = addressOf(access)
  return address.kind === 'http' ? openHttpRemote(access, address, parts) : openSshRemote(access, address, parts)
}
