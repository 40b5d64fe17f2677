import { conflictMessage, type ClaimKey, type Rival } from '../core/applications/conflicts.ts'
import { policyKey, type PolicyIdentity, type PolicyKey } from '../core/policy.ts'
import { claimsSeen, createClaimReader, type ClaimReader, type ClaimSources } from './claim-reader.ts'
import { createClaimRegister, type ClaimRegister } from './claim-register.ts'
import type { Looked } from './judge.ts'
import type { Link } from './linker.ts'

/** Which policy writes which key: judged over all policies that are known, whether they have run yet or not. */
export interface Ownership {
  /** Reads anew what a policy would write; answers the other policies that this concerns. */
  refresh(key: PolicyKey): readonly PolicyKey[]
  /** Takes a policy's claims away; answers the other policies that this concerns. */
  forget(key: PolicyKey): readonly PolicyKey[]
  /**
   * Says which older policy writes the same key; undefined: the policy may write. What the look has found is claimed from then
   * on, and where older policies may write that have not looked yet it is looked for them: who is judged first must not write first.
   * It is looked again for one that is in the way: what it found may have moved since, as a container does when one is put before it.
   */
  conflictAt(policy: PolicyIdentity, looked: Looked): Promise<string | undefined>
}

/** Makes it. `concern` hears of policies that a look of another concerns. */
export function createOwnership(
  deps: ClaimSources & { readonly concern: (keys: readonly PolicyKey[]) => void },
): Ownership {
  const reader = createClaimReader(deps)
  const register = createClaimRegister(reader, deps)
  const { lookFor, rivalOf } = createLooks(reader, register)
  return {
    refresh: register.refresh,
    forget: register.forget,
    conflictAt: async (policy, { link, place }) => {
      register.readUnread()
      const key = policyKey(policy)
      const seen = claimsSeen(place)
      if (seen !== undefined) register.note(key, link.key, seen)
      for (const [rival, other] of register.unseenRivals(policy, link)) await lookFor(rival, other)
      const found = register.foundAt(key, link.key) ?? []
      const rival = await rivalOf(policy, [...reader.keysOf(link), ...reader.aliasesOf(link), ...found])
      return rival === undefined ? undefined : conflictMessage(rival)
    },
  }
}

/** Looks in the place of older policies. */
function createLooks({ linksOf, lookAt }: ClaimReader, register: ClaimRegister) {
  async function lookFor(key: PolicyKey, link: Link): Promise<void> {
    const before = register.foundAt(key, link.key)
    const keys = (await lookAt(link)) ?? before ?? []
    // Meanwhile it may have looked by itself, or be gone.
    const isStill = register.foundAt(key, link.key) === before && linksOf(key).some((one) => one.key === link.key)
    if (isStill) register.note(key, link.key, keys)
  }

  async function lookAgain(rival: PolicyKey, claim: ClaimKey): Promise<void> {
    const moving = linksOf(rival).filter((link) => register.foundAt(rival, link.key)?.includes(claim) === true)
    for (const link of moving) await lookFor(rival, link)
  }

  async function rivalOf(policy: PolicyIdentity, keys: readonly ClaimKey[]): Promise<Rival | undefined> {
    const looked = new Set<PolicyKey>()
    for (;;) {
      const rival = register.rivalOf(policy, keys)
      const key = rival && policyKey(rival.policy)
      if (rival === undefined || key === undefined || looked.has(key)) return rival
      looked.add(key)
      await lookAgain(key, rival.key)
    }
  }

  return { lookFor, rivalOf }
}
