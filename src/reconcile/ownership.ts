import { Claims, conflictMessage, type ClaimKey } from '../core/applications/conflicts.ts'
import type { PolicyIdentity, PolicyKey } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { WriteBackMethod } from '../writeback/place.ts'
import type { Looked } from './judge.ts'
import type { KnownPolicies } from './known-policies.ts'
import type { Link, Linker } from './linker.ts'

/** Which policy writes which key: judged over all policies that are known, whether they have run yet or not. */
export interface Ownership {
  /** Reads anew what a policy would write; answers the other policies that this concerns. */
  refresh(key: PolicyKey): readonly PolicyKey[]
  /** Takes a policy's claims away; answers the other policies that this concerns. */
  forget(key: PolicyKey): readonly PolicyKey[]
  /** Says which older policy writes the same key; undefined: the policy may write. What the look has found is claimed from then on. */
  conflictAt(policy: PolicyIdentity, looked: Looked): string | undefined
}

/** Makes the register of claims. `concern` hears of policies that a look of another concerns. */
export function createOwnership(deps: {
  policies: KnownPolicies
  linker: Linker
  methods: Readonly<Record<'argocd' | 'git', WriteBackMethod>>
  concern: (keys: readonly PolicyKey[]) => void
}): Ownership {
  const claims = new Claims()
  // What only looks have found, by policy and link.
  const found = new Map<PolicyKey, ReadonlyMap<string, readonly ClaimKey[]>>()
  // Policies whose Applications could not be read: they claim nothing yet, and must before anything is judged.
  const unread = new Set<PolicyKey>()
  const keysOf = ({ target }: Link) =>
    target instanceof ReconcileError ? [] : deps.methods[target.spec.writeBack.method].claims(target)
  const aliasesOf = ({ target }: Link) =>
    target instanceof ReconcileError ? [] : deps.methods[target.spec.writeBack.method].aliases(target)
  const forget = (key: PolicyKey): readonly PolicyKey[] => {
    unread.delete(key)
    found.delete(key)
    return claims.delete(key)
  }
  const refresh = (key: PolicyKey): readonly PolicyKey[] => {
    const policy = deps.policies.get(key)
    if (policy === undefined || !policy.parsed.ok) return forget(key)
    try {
      const { links } = deps.linker.linksOf(policy, policy.parsed.spec, policy.stored.status ?? {})
      unread.delete(key)
      const seen = found.get(key)
      const still = links.map(({ key: link }) => [link, seen?.get(link) ?? []] as const)
      if (seen !== undefined) found.set(key, new Map(still))
      return claims.set(policy.stored.identity, [...links.flatMap(keysOf), ...still.flatMap(([, keys]) => keys)])
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error
      unread.add(key)
      return []
    }
  }
  const note = (key: PolicyKey, link: string, keys: readonly ClaimKey[]): void => {
    const seen = found.get(key)
    if (keys.join() === (seen?.get(link) ?? []).join()) return
    found.set(key, new Map(seen).set(link, keys))
    deps.concern(refresh(key))
  }
  return {
    refresh,
    forget,
    conflictAt: (policy, { link, place }) => {
      for (const key of unread) refresh(key)
      const key = `${policy.namespace}/${policy.name}`
      if (!(place instanceof ReconcileError)) note(key, link.key, place.claims)
      const known = found.get(key)?.get(link.key) ?? []
      const rival = claims.rivalOf(policy, [...keysOf(link), ...aliasesOf(link), ...known])
      return rival === undefined ? undefined : conflictMessage(rival)
    },
  }
}
