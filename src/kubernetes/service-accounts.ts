import type { ApiClient } from './api-client.ts'
import { fieldsOf, listOf, textMapOf, textOf } from './fields.ts'
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
}

/** Makes the store. */
export function createServiceAccountStore({
  client,
  freshFor = 10_000,
}: {
  readonly client: Pick<ApiClient, 'get'>
  readonly freshFor?: number
}): ServiceAccountStore {
  const options = { client, freshFor, resource: 'serviceaccounts', kind: 'ServiceAccount' }
  return { get: createSharedGet({ ...options, parse: parseServiceAccount }) }
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
