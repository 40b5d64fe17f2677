import { Claims, conflictMessage } from '../core/conflicts.ts'
import type { PolicyIdentity, PolicyKey } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { WriteBackMethod } from '../writeback/place.ts'
import type { KnownPolicies } from './known-policies.ts'
import type { Link, Linker } from './linker.ts'

/** Which policy writes which key: judged over all policies that are known, whether they have run yet or not. */
export interface Ownership {
  /** Reads anew what a policy would write; answers the other policies that this concerns. */
  refresh(key: PolicyKey): readonly PolicyKey[]
  /** Takes a policy's claims away; answers the other policies that this concerns. */
  forget(key: PolicyKey): readonly PolicyKey[]
  /** Says which older policy writes the same key; undefined: the policy may write. */
  conflictAt(policy: PolicyIdentity, link: Link): string | undefined
}

/** Makes the register of claims. */
export function createOwnership(deps: {
  policies: KnownPolicies
  linker: Linker
  methods: Readonly<Record<'argocd' | 'git', WriteBackMethod>>
}): Ownership {
  const claims = new Claims()
  // Policies whose Applications could not be read: they claim nothing yet, and must before anything is judged.
  const unread = new Set<PolicyKey>()
  const keysOf = ({ target }: Link) =>
    target instanceof ReconcileError ? [] : deps.methods[target.spec.writeBack.method].claims(target)
  const aliasesOf = ({ target }: Link) =>
    target instanceof ReconcileError ? [] : deps.methods[target.spec.writeBack.method].aliases(target)
  const forget = (key: PolicyKey): readonly PolicyKey[] => {
    unread.delete(key)
    return claims.delete(key)
  }
  const refresh = (key: PolicyKey): readonly PolicyKey[] => {
    const policy = deps.policies.get(key)
    if (policy === undefined || !policy.parsed.ok) return forget(key)
    try {
      const { links } = deps.linker.linksOf(policy, policy.parsed.spec, policy.stored.status ?? {})
      unread.delete(key)
      return claims.set(policy.stored.identity, links.flatMap(keysOf))
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error
      unread.add(key)
      return []
    }
  }
  return {
    refresh,
    forget,
    conflictAt: (policy, link) => {
      for (const key of unread) refresh(key)
      const rival = claims.rivalOf(policy, [...keysOf(link), ...aliasesOf(link)])
      return rival === undefined ? undefined : conflictMessage(rival)
    },
  }
}
