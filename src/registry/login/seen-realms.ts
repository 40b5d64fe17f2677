import { LRUCache } from 'lru-cache'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { accessKey, apiUrl, type RepositoryAccess } from '../repository-access.ts'

/** The token servers that registries named first. */
export interface SeenRealms {
  /** Throws a ReconcileError where credentials would go to another host than the registry's and the one that it named first. */
  check(access: RepositoryAccess, realm: URL): void
}

/** Makes a memory of them, which lasts as long as the process. Whose word it is that changes, it may not be the registry's any more. */
export function createSeenRealms(): SeenRealms {
  const seen = new LRUCache<string, URL>({ max: 10_000 })
  return {
    check: (access, realm) => {
      // A token for the registry itself is shown to no token server.
      if (access.credentials === undefined || 'registryToken' in access.credentials) return
      const key = accessKey(access)
      const first = seen.get(key) ?? realm
      seen.set(key, first)
      if ([first.origin, apiUrl(access, '').origin].includes(realm.origin)) return
      const named = `${access.host} names another token server (${realm.host}) than before (${first.host})`
      const message = `${named}; no credentials are sent there. If that is right, restart the operator`
      throw new ReconcileError(reasons.registryProtocolError, message, { retry: { kind: 'interval' } })
    },
  }
}
