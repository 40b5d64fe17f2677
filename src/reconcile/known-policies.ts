import { requestedAtAnnotation, type ImageUpdatePolicySpec } from '../api/v1alpha1.ts'
import { clockHash, memoryHash, type MemoryHashes } from '../core/memory.ts'
import { parsePolicy } from '../core/parse-policy/parse-policy.ts'
import type { PolicyKey } from '../core/policy.ts'
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

interface Kept extends Omit<KnownPolicy, 'stored' | 'key'> {
  readonly uid: string
  readonly generation: number
  readonly requestedAt: string | undefined
}

/** Makes the view of the stored policies; `clock` tells ms since the epoch. */
export function createKnownPolicies(store: PolicyStore, clock: () => number): KnownPolicies {
  const kept = new Map<PolicyKey, Kept>()
  const known = (stored: StoredPolicy): KnownPolicy => {
    const key = keyOf(stored)
    const { uid, generation } = stored.identity
    const requestedAt = stored.annotations[requestedAtAnnotation]
    const before = kept.get(key)
    const sameSpec = before?.uid === uid && before.generation === generation
    if (sameSpec && before.requestedAt === requestedAt) return { key, stored, ...before }
    const parsed = sameSpec ? before.parsed : parsePolicy(stored.spec)
    const hashes = sameSpec ? before : hashesOf(stored.spec as ImageUpdatePolicySpec)
    const { hash } = hashes
    const now: Kept = { uid, generation, requestedAt, parsed, hash, clockHash: hashes.clockHash, changedAt: clock() }
    kept.set(key, now)
    return { key, stored, ...now }
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

function hashesOf(spec: ImageUpdatePolicySpec): MemoryHashes {
  return { hash: memoryHash(spec), clockHash: clockHash(spec) }
}

/** `namespace/name`. */
function keyOf({ identity }: StoredPolicy): PolicyKey {
  return `${identity.namespace}/${identity.name}`
}
