import type { ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import type { Application } from '../../src/core/applications/application.ts'
import { clockHash, memoryHash } from '../../src/core/memory.ts'
import { parsePolicy } from '../../src/core/parse-policy/parse-policy.ts'
import type { PolicySpec } from '../../src/core/policy.ts'
import { targetOf } from '../../src/core/targets/values.ts'
import type { StoredPolicy } from '../../src/kubernetes/policies.ts'
import type { KnownPolicy } from '../../src/reconcile/known-policies.ts'
import type { Link } from '../../src/reconcile/linker.ts'
import { beginRun, type Run } from '../../src/reconcile/run.ts'
import { noRegistries } from '../../src/registry/registries.ts'
import { createRuntimeMemories, type RuntimeMemory } from '../../src/reconcile/runtime-memory.ts'
import type { Place } from '../../src/writeback/place.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'

/** The moment of every run unless a test says another (ms since the epoch). */
export const now = Date.UTC(2026, 10, 24, 12)

/** A policy `argocd/web` as the API server holds it, with what a test says of it. */
export function storedPolicy(
  parts: Partial<StoredPolicy> & { readonly given?: Partial<ImageUpdatePolicySpec>; readonly name?: string } = {},
): StoredPolicy {
  const { given = {}, name = 'web', ...rest } = parts
  const spec: ImageUpdatePolicySpec = {
    image: 'ghcr.io/acme/web',
    strategy: 'semver',
    applications: [{ name: 'web' }],
    ...given,
  }
  return {
    identity: { namespace: 'argocd', name, uid: `u-${name}`, creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 },
    annotations: {},
    spec,
    status: undefined,
    resourceVersion: '1',
    deleting: false,
    ...rest,
  }
}

/** The same, parsed. */
function knownPolicy(stored: StoredPolicy = storedPolicy(), changedAt = 0): KnownPolicy {
  const { identity, spec } = stored
  return {
    key: `${identity.namespace}/${identity.name}`,
    stored,
    parsed: parsePolicy(spec),
    hash: memoryHash(spec as ImageUpdatePolicySpec),
    clockHash: clockHash(spec as ImageUpdatePolicySpec),
    changedAt,
  }
}

/** What a run begins with. */
interface RunParts {
  readonly status?: ImageUpdatePolicyStatus
  readonly annotations?: Readonly<Record<string, string>>
  readonly given?: Partial<ImageUpdatePolicySpec>
  readonly changedAt?: number
  readonly at?: number
  readonly runtime?: RuntimeMemory
  readonly applications?: readonly Application[]
}

/** A run of {@link storedPolicy} that begins at {@link now}; its status belongs to its spec unless `writtenFor` says otherwise. */
export function runOf(parts: RunParts = {}): Run {
  const { given = {}, annotations = {}, status, changedAt, at = now } = parts
  const plain = storedPolicy({ given, annotations })
  const writtenFor = memoryHash(plain.spec as ImageUpdatePolicySpec)
  const stored = { ...plain, status: status === undefined ? undefined : { writtenFor, ...status } }
  return beginRun(knownPolicy(stored, changedAt), parts.runtime ?? runtimeMemory(), {
    now: at,
    defaultInterval: 120_000,
    find: (namespace, name) =>
      (parts.applications ?? []).find((one) => one.namespace === namespace && one.name === name),
  })
}

/** Where nothing that a registry wants to see is found. */
export const nowhere = {
  secrets: { get: async () => undefined },
  serviceAccounts: { get: async () => undefined, token: () => Promise.reject(new Error('there is no token')) },
  registries: { current: () => noRegistries },
  cloudLogins: { get: () => Promise.reject(new Error('there is no cloud')) },
}

/** What a process that has just started remembers of a policy. */
export function runtimeMemory(): RuntimeMemory {
  return createRuntimeMemories().of({ key: 'argocd/web', uid: 'u-web' })
}

/** A link to the Helm source of an Application, `argocd/web` unless a test says another. */
export function linkTo(linked: Application = application(), spec: PolicySpec = policySpec()): Link {
  const [first = source()] = linked.sources
  const chosen = { index: 0, source: first, tool: 'helm', sourceType: 'Helm' } as const
  return {
    key: `${linked.namespace}/${linked.name}`,
    application: linked,
    exact: true,
    source: undefined,
    sourceType: 'Helm',
    target: {
      policy: storedPolicy().identity,
      spec,
      application: linked,
      chosen,
      target: targetOf(spec, 'helm'),
    },
  }
}

/** A place where a value stands, with what a test says of it; it takes whatever is written and remembers nothing. */
export function placeWith(value: string | undefined, parts: Partial<Place> = {}): Place {
  return {
    desired: { kind: 'known', value, values: [value], complete: true, carriedDue: false },
    where: 'here',
    claims: [],
    seenAt: 'main at 1234',
    write: (from, to) => Promise.resolve({ kind: 'written', from, to, revision: 'abc' }),
    repair: () => Promise.resolve({ kind: 'unchanged' }),
    catchUp: () => Promise.resolve(),
    wroteBefore: () => Promise.resolve(undefined),
    ...parts,
  }
}
