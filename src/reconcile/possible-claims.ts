import { Claims } from '../core/applications/conflicts.ts'
import { policyKey, type PolicyIdentity, type PolicyKey } from '../core/policy.ts'
import type { ClaimReader } from './claim-reader.ts'
import type { Link } from './linker.ts'

/** What policies may write, of which only a look tells what they do; and where nobody has looked yet. */
export interface PossibleClaims {
  /** Reads anew what a policy may write; `isSeen`: somebody has looked at a link of it. */
  refresh(policy: PolicyIdentity, links: readonly Link[], isSeen: (link: string) => boolean): void
  forget(key: PolicyKey): void
  /** Somebody has looked at a link of a policy. */
  seen(key: PolicyKey, link: string): void
  /** Where nobody has looked yet, though a policy that is older than this one may write there what this one may at its link. */
  unseenRivals(policy: PolicyIdentity, link: Link): readonly (readonly [key: PolicyKey, link: Link])[]
}

/** Makes an empty register. */
export function createPossibleClaims({ linksOf, possibleOf }: ClaimReader): PossibleClaims {
  const claims = new Claims()
  const unseen = new Map<PolicyKey, Set<string>>()
  return {
    refresh: (policy, links, isSeen) => {
      const read = links.map((link) => ({ link: link.key, keys: possibleOf(link) }))
      claims.set(
        policy,
        read.flatMap(({ keys }) => keys),
      )
      const hidden = read.filter(({ link, keys }) => keys.length > 0 && !isSeen(link))
      unseen.set(policyKey(policy), new Set(hidden.map(({ link }) => link)))
    },
    forget: (key) => {
      claims.delete(key)
      unseen.delete(key)
    },
    seen: (key, link) => void unseen.get(key)?.delete(link),
    unseenRivals: (policy, link) => {
      const keys = possibleOf(link)
      return claims.olderThan(policy, keys).flatMap((rival) => {
        const hidden = unseen.get(rival)
        if (hidden === undefined || hidden.size === 0) return []
        const links = linksOf(rival).filter((other) => hidden.has(other.key))
        return links.flatMap((other) =>
          possibleOf(other).some((key) => keys.includes(key)) ? [[rival, other] as const] : [],
        )
      })
    },
  }
}
