import type { PolicyKey } from '../core/policy.ts'
import { sameRepository } from '../core/reference.ts'
import type { KnownPolicies } from './known-policies.ts'
import type { Scanned } from './scan-image.ts'

/** Spreads what one policy's run learnt of a repository to the others that follow it. */
export interface News {
  /** Runs the other policies of a repository at once when its tags, or what the followed tag points to, are not what they were. */
  tell(teller: PolicyKey, scanned: Scanned): void
}

/**
 * Makes the spreading: a new tag makes all policies that follow it due at the same moment, so that their edits meet in one
 * commit; each for itself would find it at another time of its interval.
 */
export function createNews(policies: KnownPolicies, run: (key: PolicyKey) => void): News {
  const lastSeen = new Map<string, string>()
  return {
    tell: (teller, { image, question, answer }) => {
      const before = lastSeen.get(question)
      lastSeen.set(question, answer)
      if (before === undefined || before === answer) return
      for (const { key, parsed } of policies.list())
        if (key !== teller && parsed.ok && sameRepository(parsed.spec.image, image)) run(key)
    },
  }
}
