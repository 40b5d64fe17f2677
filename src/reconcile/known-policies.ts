import { requestedAtAnnotation, type ImageUpdatePolicySpec } from '../api/v1alpha1.ts'
import { clockHash, memoryHash, type MemoryHashes } from '../core/memory.ts'
import { parsePolicy } from '../core/parse-policy/parse-policy.ts'
import { policyKey, type PolicyKey } from '../core/policy.ts'
import type { PolicyStore, StoredPolicy } from '../kubernetes/policies.ts'

/** A stored policy with its spec parsed. */
export interface KnownPolicy extends MemoryHashes {
  readonly key: PolicyKey
  readonly stored: StoredPolicy
  readonly parsed: ReturnType<typeof parsePolicy>
  /** When this generation and this value of annotation `requestedAt` were first seen (ms since the epoch). */
  readonly changedAt: number
}

/** The policies, each parsed once a generation. */
export interface KnownPolicies {
  get(key: PolicyKey): KnownPolicy | undefined
  list(): readonly KnownPolicy[]
  /** Drops what is kept of a policy that is gone. */
  forget(key: PolicyKey): void
}

/** Makes the view of the stored policies; `clock` tells ms since the epoch. */
export function createKnownPolicies(store: PolicyStore, clock: () => number): KnownPolicies {
  const kept = new Map<PolicyKey, KnownPolicy>()
  const known = (stored: StoredPolicy): KnownPolicy => {
    const key = policyKey(stored.identity)
    const before = kept.get(key)
    if (before?.stored === stored) return before
    const policy = policyFrom(key, stored, { before, clock })
    kept.set(key, policy)
    return policy
  }
  return {
    get: (key) => {
      const stored = store.get(key)
      return stored === undefined || stored.deleting ? undefined : known(stored)
    },
    list: () =>
      store
        .list()
        .filter(({ deleting }) => !deleting)
        .map(known),
    forget: (key) => void kept.delete(key),
  }
}

/** What belongs to the spec is taken over while that is the same, and the time at which it was seen while the request is, too. */
function policyFrom(
  key: PolicyKey,
  stored: StoredPolicy,
  { before, clock }: { before: KnownPolicy | undefined; clock: () => number },
): KnownPolicy {
  const { uid, generation } = stored.identity
  if (before?.stored.identity.uid !== uid || before.stored.identity.generation !== generation) {
    const hashes = hashesOf(stored.spec as ImageUpdatePolicySpec)
    return { key, stored, parsed: parsePolicy(stored.spec), ...hashes, changedAt: clock() }
  }
  return { ...before, stored, changedAt: requestOf(before.stored) === requestOf(stored) ? before.changedAt : clock() }
}

function requestOf({ annotations }: StoredPolicy): string | undefined {
  return annotations[requestedAtAnnotation]
}

function hashesOf(spec: ImageUpdatePolicySpec): MemoryHashes {
  return { hash: memoryHash(spec), clockHash: clockHash(spec) }
}
