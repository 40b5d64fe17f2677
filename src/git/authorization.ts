import type { GitCredential } from '../core/git-credential.ts'

/** The header that shows a credential over HTTP; none where there is nothing to show. */
export function authorizationOf(credential: GitCredential | undefined): { readonly authorization?: string } {
  switch (credential?.kind) {
    case 'basic':
      return {
        authorization: `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`,
      }
    case 'bearer':
      return { authorization: `Bearer ${credential.token}` }
    case 'sshKey':
    case undefined:
      return {}
  }
}
