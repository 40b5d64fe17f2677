import { isDeepStrictEqual } from 'node:util'
import { group, plural, version, type ImageUpdatePolicyStatus } from '../api/v1alpha1.ts'
import { reasons } from '../api/conditions.ts'
import type { PolicyIdentity, PolicyKey } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { ApiClient } from './api-client.ts'
import { KubernetesApiError, toReconcileError } from './api-error.ts'
import type { Collection } from './collection.ts'
import { fieldsOf, isFields, textMapOf, textOf, type Fields } from '../core/fields.ts'
import { collectionPath } from './collection-path.ts'
import type { KubeObject } from './kube-object.ts'
import { mergePatch } from './merge-patch.ts'

/** An ImageUpdatePolicy as the API server holds it; the spec is not parsed yet. */
export interface StoredPolicy {
  readonly identity: PolicyIdentity
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: unknown
  readonly status: ImageUpdatePolicyStatus | undefined
  readonly resourceVersion: string
  readonly deleting: boolean
}

/** The policies of the watched namespaces. Reading throws ReconcileError(KubernetesUnavailable) until all are known. */
export interface PolicyStore {
  /** Undefined: there is none of this name. */
  get(key: PolicyKey): StoredPolicy | undefined
  list(): readonly StoredPolicy[]
  /**
   * Makes the status what is given, unless it is that already. `policy` is what the status was made from: if somebody else
   * wrote another status meanwhile, that is not overwritten but ReconcileError(KubernetesUnavailable) thrown, to be made
   * anew. A policy that is gone needs no status.
   */
  patchStatus(policy: StoredPolicy, status: ImageUpdatePolicyStatus): Promise<void>
}

/** Every member of the status that is ours to replace; the type asks for one that is missing. */
const ourMembers: Readonly<Record<keyof ImageUpdatePolicyStatus, true>> = {
  observedGeneration: true,
  current: true,
  chosen: true,
  linked: true,
  applications: true,
  evaluation: true,
  pending: true,
  history: true,
  firstSeen: true,
  firstSeenFor: true,
  writtenFor: true,
  lastHandledReconcileAt: true,
  lastHandledResumedAt: true,
  conditions: true,
}

/** How often a status is sent again to a policy whose spec or metadata keep changing. */
const attempts = 5

/** Makes the store over the watched policies. */
export function createPolicyStore(client: ApiClient, policies: Collection<StoredPolicy>): PolicyStore {
  return {
    get: (key) => policies.get(key),
    list: () => policies.list(),
    patchStatus: async (policy, status) => {
      try {
        const written = await patchStatus(client, policy, status)
        if (written !== undefined) policies.put(written)
      } catch (thrown) {
        throw toReconcileError(thrown, 'the status of the policy was not written')
      }
    },
  }
}

/** Reads a policy; the status is what the schema of the custom resource let in. */
export function parseStoredPolicy(object: KubeObject): StoredPolicy {
  const { metadata, spec, status } = object
  const { generation } = metadata
  return {
    identity: {
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: textOf(metadata['uid']) ?? '',
      creationTimestamp: textOf(metadata['creationTimestamp']) ?? '',
      generation: typeof generation === 'number' ? generation : 0,
    },
    annotations: textMapOf(metadata['annotations']),
    spec,
    status: isFields(status) ? (status as ImageUpdatePolicyStatus) : undefined,
    resourceVersion: metadata.resourceVersion,
    deleting: metadata['deletionTimestamp'] !== undefined,
  }
}

/** Whether a policy changed in anything but the status that we write ourselves. */
export function isNewToUs(before: StoredPolicy | undefined, after: StoredPolicy | undefined): boolean {
  if (before === undefined || after === undefined) return true
  return (
    !isDeepStrictEqual(before.identity, after.identity) ||
    !isDeepStrictEqual(before.annotations, after.annotations) ||
    before.deleting !== after.deleting
  )
}

async function patchStatus(
  client: ApiClient,
  policy: StoredPolicy,
  status: ImageUpdatePolicyStatus,
): Promise<KubeObject | undefined> {
  const patch = mergePatch(ours(policy.status), ours(status))
  if (patch === undefined) return undefined
  const path = `${collectionPath(group, version, plural, policy.identity.namespace)}/${policy.identity.name}`
  let { resourceVersion } = policy
  for (let attempt = 1; ; attempt++) {
    const sent = await send(client, `${path}/status`, { metadata: { resourceVersion }, status: patch })
    if (sent.kind === 'written') return sent.object
    const current = sent.kind === 'gone' ? undefined : await read(client, path)
    if (current?.identity.uid !== policy.identity.uid) return undefined
    if (attempt === attempts || !isDeepStrictEqual(ours(current.status), ours(policy.status))) throw conflict()
    resourceVersion = current.resourceVersion
  }
}

type Sent = { readonly kind: 'written'; readonly object: KubeObject } | { readonly kind: 'changed' | 'gone' }

/** The resourceVersion in the patch makes the API server refuse it (409) when the policy has changed since. */
async function send(client: ApiClient, path: string, body: Fields): Promise<Sent> {
  try {
    return { kind: 'written', object: await client.patch(path, { kind: 'merge', body }) }
  } catch (thrown) {
    if (!(thrown instanceof KubernetesApiError)) throw thrown
    if (thrown.code === 409) return { kind: 'changed' }
    if (thrown.code === 404) return { kind: 'gone' }
    throw thrown
  }
}

async function read(client: ApiClient, path: string): Promise<StoredPolicy | undefined> {
  try {
    return parseStoredPolicy(await client.get(path))
  } catch (thrown) {
    if (thrown instanceof KubernetesApiError && thrown.code === 404) return undefined
    throw thrown
  }
}

function ours(status: ImageUpdatePolicyStatus | undefined): Fields {
  return Object.fromEntries(Object.entries(fieldsOf(status)).filter(([name]) => name in ourMembers))
}

function conflict(): ReconcileError {
  return new ReconcileError(
    reasons.kubernetesUnavailable,
    'the status of the policy was not written: somebody else changed it meanwhile; it is made anew',
  )
}
