import { Claims, conflictMessage, type ClaimKey } from '../core/applications/conflicts.ts'
import type { PolicyIdentity, PolicyKey } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import { claimsSeen, createClaimReader, type ClaimSources } from './claim-reader.ts'
import type { Looked } from './judge.ts'
import { createPossibleClaims } from './possible-claims.ts'

/** Which policy writes which key: judged over all policies that are known, whether they have run yet or not. */
export interface Ownership {
  /** Reads anew what a policy would write; answers the other policies that this concerns. */
  refresh(key: PolicyKey): readonly PolicyKey[]
  /** Takes a policy's claims away; answers the other policies that this concerns. */
  forget(key: PolicyKey): readonly PolicyKey[]
  /**
   * Says which older policy writes the same key; undefined: the policy may write. What the look has found is claimed from then
   * on, and where older policies may write that have not looked yet it is looked for them: who is judged first must not write first.
   */
  conflictAt(policy: PolicyIdentity, looked: Looked): Promise<string | undefined>
}

/** Makes the register of claims. `concern` hears of policies that a look of another concerns. */
export function createOwnership(
  deps: ClaimSources & { readonly concern: (keys: readonly PolicyKey[]) => void },
): Ownership {
  const claims = new Claims()
  // What only looks have found, by policy and link.
  const found = new Map<PolicyKey, ReadonlyMap<string, readonly ClaimKey[]>>()
  // Policies whose Applications could not be read: they claim nothing yet, and must before anything is judged.
  const unread = new Set<PolicyKey>()
  const reader = createClaimReader(deps)
  const { linksOf, keysOf, aliasesOf, lookAt } = reader
  const possible = createPossibleClaims(reader)
  const forget = (key: PolicyKey): readonly PolicyKey[] => {
    unread.delete(key)
    found.delete(key)
    possible.forget(key)
    return claims.delete(key)
  }
  const refresh = (key: PolicyKey): readonly PolicyKey[] => {
    const policy = deps.policies.get(key)
    if (policy === undefined || !policy.parsed.ok) return forget(key)
    try {
      const links = linksOf(key)
      unread.delete(key)
      const seen = found.get(key)
      possible.refresh(policy.stored.identity, links, (link) => seen?.has(link) === true)
      const still = links.flatMap(({ key: link }) =>
        seen?.has(link) === true ? [[link, seen.get(link) ?? []] as const] : [],
      )
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
    const isSame = keys.join() === (seen?.get(link) ?? []).join()
    if (isSame && seen?.has(link) === true) return
    found.set(key, new Map(seen).set(link, keys))
    possible.seen(key, link)
    if (!isSame) deps.concern(refresh(key))
  }
  return {
    refresh,
    forget,
    conflictAt: async (policy, { link, place }) => {
      for (const key of unread) refresh(key)
      const key = `${policy.namespace}/${policy.name}`
      const seen = claimsSeen(place)
      if (seen !== undefined) note(key, link.key, seen)
      for (const [rival, other] of possible.unseenRivals(policy, link)) note(rival, other.key, await lookAt(other))
      const known = found.get(key)?.get(link.key) ?? []
      const rival = claims.rivalOf(policy, [...keysOf(link), ...aliasesOf(link), ...known])
      return rival === undefined ? undefined : conflictMessage(rival)
    },
  }
}
