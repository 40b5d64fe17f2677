import type { GitCredential } from '../../core/git/git-credential.ts'
import type { HostGuard } from '../../http/host-guard.ts'
import type { InstallationTokens } from './installation-tokens.ts'

/** The value of the header that shows a credential over HTTP; undefined where there is nothing to show. Throws ReconcileErrors. */
export async function authorizationOf(
  credential: GitCredential | undefined,
  { tokens, guard }: { readonly tokens: InstallationTokens; readonly guard: HostGuard },
): Promise<string | undefined> {
  switch (credential?.kind) {
    case 'basic':
      return basic(credential.username, credential.password)
    case 'bearer':
      return `Bearer ${credential.token}`
    case 'githubApp':
      return basic('x-access-token', await tokens.tokenFor(credential, guard))
    case 'sshKey':
    case undefined:
      return undefined
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
