import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { reasons } from '../api/conditions.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import type { ConnectionNeeds } from './dispatcher.ts'
import { createHostGuard, type HostGuard, type HostGuardOptions } from './host-guard.ts'

/** Guards of one allow-list, by what connections need besides. Whoever needs the same shares connections. */
export interface GuardPool {
  /** Lends a guard. Throws a ReconcileError for certificates that are none. */
  lend(needs: ConnectionNeeds): LentGuard
  close(): Promise<void>
}

/** A guard until it is given back. */
export interface LentGuard {
  readonly guard: HostGuard
  readonly giveBack: () => Promise<void>
}

/** Makes a pool without connections. */
export function createGuardPool(options: Pick<HostGuardOptions, 'allowed' | 'flag'>): GuardPool {
  const lent = new Map<string, { readonly guard: HostGuard; users: number }>()

  function lend(needs: ConnectionNeeds): LentGuard {
    const key = JSON.stringify([needs.insecureTls, needs.authorities, needs.clientCertificate, needs.proxy])
    const entry = lent.get(key) ?? { guard: createHostGuard({ ...options, ...verified(needs) }), users: 0 }
    lent.set(key, entry)
    entry.users += 1
    return {
      guard: entry.guard,
      giveBack: async () => {
        entry.users -= 1
        if (entry.users > 0) return
        lent.delete(key)
        await entry.guard.close()
      },
    }
  }

  async function close(): Promise<void> {
    await Promise.all([...lent.values()].map(({ guard }) => guard.close()))
    lent.clear()
  }

  return { lend, close }
}

/** Where they are no PEM every connection would fail, in words that help nobody. */
function verified(needs: ConnectionNeeds): ConnectionNeeds {
  const { clientCertificate, authorities } = needs
  if (clientCertificate !== undefined && !works(() => createSecureContext(clientCertificate))) {
    const message = 'tlsClientCertData and tlsClientCertKey are not a certificate and its key in PEM'
    throw new ReconcileError(reasons.gitAuthFailed, message, { retry: atInterval })
  }
  if (authorities !== undefined && !works(() => [authorities].flat().map((each) => new X509Certificate(each)))) {
    const message = 'the certificates that Argo CD has for the git server (argocd-tls-certs-cm) are not PEM'
    throw new ReconcileError(reasons.tlsVerificationFailed, message, { retry: atInterval })
  }
  return needs
}

function works(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
