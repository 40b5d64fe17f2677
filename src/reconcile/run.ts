import { requestedAtAnnotation, resumedAtAnnotation, type ImageUpdatePolicyStatus } from '../api/v1alpha1.ts'
import type { Application } from '../core/applications/application.ts'
import { annotationValue, memoryOf, type Memory } from '../core/memory.ts'
import type { KnownPolicy } from './known-policies.ts'
import type { RuntimeMemory } from './runtime-memory.ts'

/** One run of a policy: what it begins with. Times are ms since the epoch. */
export interface Run {
  readonly policy: KnownPolicy
  /** The status that the run starts from: the stored one, or the one that could not be stored. */
  readonly previous: ImageUpdatePolicyStatus
  readonly memory: Memory
  readonly runtime: RuntimeMemory
  readonly now: number
  /** Scans and tips no older than this are taken. */
  readonly notBefore: number
  /** Milliseconds. */
  readonly interval: number
  readonly requestedAt: string | undefined
  readonly resumedAt: string | undefined
}

/** Begins a run; `find` looks an Application up (for its annotation `resumedAt`). */
export function beginRun(
  policy: KnownPolicy,
  runtime: RuntimeMemory,
  at: { now: number; defaultInterval: number; find: (namespace: string, name: string) => Application | undefined },
): Run {
  const previous = runtime.unsaved ?? policy.stored.status ?? {}
  const interval = (policy.parsed.ok ? policy.parsed.spec.interval : undefined) ?? at.defaultInterval
  const requestedAt = annotationValue(policy.stored.annotations, requestedAtAnnotation)
  const resumedAt = annotationValue(policy.stored.annotations, resumedAtAnnotation)
  return {
    policy,
    previous,
    runtime,
    interval,
    requestedAt,
    resumedAt,
    now: at.now,
    memory: memoryOf(previous, {
      hash: policy.hash,
      clockHash: policy.clockHash,
      resumedAt,
      resumedAtOf: (namespace, name) =>
        annotationValue(at.find(namespace, name)?.annotations ?? {}, resumedAtAnnotation),
    }),
    // A new generation and a new request take no scan older than themselves, also when it fails at first.
    notBefore: Math.max(at.now - interval * 0.9, policy.changedAt),
  }
}
