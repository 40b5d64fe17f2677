import { reasons } from '../../api/conditions.ts'
import type { SshAddress } from '../../core/git/git-address.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { GitAccess } from '../access.ts'
import type { RemoteParts } from '../wire/remote.ts'
import { fetchCertificate } from './fetch-certificate.ts'
import { anyHostKey, hostKeyCheck } from './host-key.ts'
import { connectSsh, type SshConnection } from './ssh-connection.ts'
import { readPrivateKey } from './ssh-key.ts'

const longestLogin = 20_000

/** Opens a connection to a repository's host by the key of its credential, once the host's own is verified. Rejects with a ReconcileError, or with what the client says. */
export async function openConnection(
  access: GitAccess,
  address: SshAddress,
  guard: RemoteParts['guard'],
): Promise<SshConnection> {
  const { credential, insecure, knownHosts = { text: '', from: 'nothing' } } = access
  if (credential?.kind !== 'sshKey') {
    const message = `git over SSH asks for a key: name a Secret with sshPrivateKey in writeBack.git.secretRef`
    throw new ReconcileError(reasons.gitAuthFailed, message, { retry: atInterval })
  }
  const key = readPrivateKey(credential.privateKey, credential.passphrase)
  if (!key.ok) throw new ReconcileError(reasons.gitAuthFailed, `sshPrivateKey ${key.fault}`, { retry: atInterval })
  const certificate = async () => fetchCertificate(await guard.connect(address.host, address.port))
  const check = insecure ? anyHostKey : await hostKeyCheck(address, knownHosts, { certificate, now: Date.now() })
  return connectSsh(address, { key: key.value, check, guard, timeout: longestLogin })
}
