import { Claims, type ClaimKey, type Rival } from '../core/applications/conflicts.ts'
import type { PolicyIdentity, PolicyKey } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { ClaimReader } from './claim-reader.ts'
import type { KnownPolicies } from './known-policies.ts'
import { createPossibleClaims, type PossibleClaims } from './possible-claims.ts'

/** What policies claim: what their specs tell, and what looks have found. */
export interface ClaimRegister {
  /** Reads anew what a policy would write; answers the other policies that this concerns. */
  readonly refresh: (key: PolicyKey) => readonly PolicyKey[]
  /** Takes a policy's claims away; answers the other policies that this concerns. */
  readonly forget: (key: PolicyKey) => readonly PolicyKey[]
  /** Reads those whose Applications could not be read before. */
  readonly readUnread: () => void
  /** Notes what a look has found to be written at a link. */
  readonly note: (key: PolicyKey, link: string, keys: readonly ClaimKey[]) => void
  /** What was noted last; undefined: nobody has looked. */
  readonly foundAt: (key: PolicyKey, link: string) => readonly ClaimKey[] | undefined
  readonly rivalOf: (policy: PolicyIdentity, keys: Iterable<ClaimKey>) => Rival | undefined
  readonly unseenRivals: PossibleClaims['unseenRivals']
}

/** Makes an empty register. `concern` hears of policies that a look of another concerns. */
export function createClaimRegister(
  reader: ClaimReader,
  deps: { readonly policies: KnownPolicies; readonly concern: (keys: readonly PolicyKey[]) => void },
): ClaimRegister {
  const claims = new Claims()
  // What only looks have found, by policy and link.
  const found = new Map<PolicyKey, ReadonlyMap<string, readonly ClaimKey[]>>()
  // Policies whose Applications could not be read: they claim nothing yet, and must before anything is judged.
  const unread = new Set<PolicyKey>()
  const { linksOf, keysOf } = reader
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
    readUnread: () => {
      for (const key of unread) refresh(key)
    },
    note,
    foundAt: (key, link) => found.get(key)?.get(link),
    rivalOf: (policy, keys) => claims.rivalOf(policy, keys),
    unseenRivals: (policy, link) => possible.unseenRivals(policy, link),
  }
}
