import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import type { ApiClient } from './api-client.ts'
import { toReconcileError } from './api-error.ts'
import { fieldsOf, listOf, textMapOf, textOf } from '../core/fields.ts'
import { collectionPath } from './collection-path.ts'
import type { KubeObject } from './kube-object.ts'
import { createSharedGet, type SharedGet } from './shared-get.ts'

/** What a ServiceAccount tells of credentials for registries. */
export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
  /** Names of Secrets in its namespace, in their order. */
  readonly imagePullSecrets: readonly string[]
}

/** Reads ServiceAccounts. */
export interface ServiceAccountStore {
  /** At most 10 s old. */
  readonly get: SharedGet<ServiceAccount>
  /** A token of a ServiceAccount for an audience, for ten minutes. Throws ReconcileError(KubernetesUnavailable). */
  readonly token: (account: { namespace: string; name: string }, audience: string) => Promise<string>
}

/** The least that the API server gives. */
const tokenSeconds = 600

/** Makes the store. */
export function createServiceAccountStore({
  client,
  freshFor = 10_000,
}: {
  readonly client: Pick<ApiClient, 'get' | 'inquire'>
  readonly freshFor?: number
}): ServiceAccountStore {
  const options = { client, freshFor, resource: 'serviceaccounts', kind: 'ServiceAccount' }
  return {
    get: createSharedGet({ ...options, parse: parseServiceAccount }),
    token: (account, audience) => requestToken(client, account, audience),
  }
}

/** The TokenRequest API. */
async function requestToken(
  client: Pick<ApiClient, 'inquire'>,
  { namespace, name }: { namespace: string; name: string },
  audience: string,
): Promise<string> {
  const failed = `no token of ServiceAccount ${namespace}/${name} was got`
  try {
    const spec = { audiences: [audience], expirationSeconds: tokenSeconds }
    const path = `${collectionPath('', 'v1', 'serviceaccounts', namespace)}/${name}/token`
    const answer = await client.inquire(path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec })
    const token = textOf(fieldsOf(answer['status'])['token'])
    if (token !== undefined) return token
  } catch (thrown) {
    throw toReconcileError(thrown, failed)
  }
  throw new ReconcileError(reasons.kubernetesUnavailable, failed)
}

function parseServiceAccount(object: KubeObject): ServiceAccount {
  const { metadata } = object
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    annotations: textMapOf(metadata['annotations']),
    imagePullSecrets: listOf(object['imagePullSecrets']).flatMap((entry) => textOf(fieldsOf(entry)['name']) ?? []),
  }
}
