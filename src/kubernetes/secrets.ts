import type { Secret } from '../core/secret.ts'
import type { Logger } from '../log.ts'
import type { ApiClient } from './api-client.ts'
import { fieldsOf, textMapOf, textOf } from '../core/fields.ts'
import { collectionPath } from './collection-path.ts'
import type { KubeObject } from './kube-object.ts'
import type { ReflectorTiming } from './reflector.ts'
import { createSharedGet } from './shared-get.ts'
import { watchCollection } from './watched-collection.ts'

/** Reads Secrets. */
export interface SecretStore {
  /**
   * A Secret by name, at most 10 s old; undefined: there is none. Throws ReconcileError(KubernetesUnavailable) when it
   * can't be read.
   */
  get(namespace: string, name: string): Promise<Secret | undefined>
  /**
   * Argo CD's repository Secrets (label `argocd.argoproj.io/secret-type`), as they are now. Throws
   * ReconcileError(KubernetesUnavailable) until they have been listed.
   */
  listRepositorySecrets(): readonly Secret[]
  /** Fulfilled once the repository Secrets are known, or the API server refuses to list them. */
  readonly settled: Promise<void>
  /** Stops watching. */
  close(): Promise<void>
}

/** What a Secret store needs. */
export interface SecretStoreOptions {
  readonly client: ApiClient
  readonly argocdNamespace: string
  readonly log: Logger
  readonly timing?: Partial<ReflectorTiming>
  /** Milliseconds for which a Secret read by name is not read again. */
  readonly freshFor?: number
}

const repositorySecrets =
  'argocd.argoproj.io/secret-type in (repository, repo-creds, repository-write, repo-write-creds)'

/** Makes the store and begins to watch Argo CD's repository Secrets: in Argo CD's namespace alone, as the chart's role allows. */
export function createSecretStore(options: SecretStoreOptions): SecretStore {
  const { client, argocdNamespace, log, timing = {}, freshFor = 10_000 } = options
  const watched = watchCollection({
    client,
    log,
    timing,
    what: `repository Secrets of Argo CD (namespace ${argocdNamespace})`,
    read: parseSecret,
    path: collectionPath('', 'v1', 'secrets', argocdNamespace),
    labelSelector: repositorySecrets,
  })
  return {
    get: createSharedGet({ client, freshFor, resource: 'secrets', kind: 'Secret', parse: parseSecret }),
    listRepositorySecrets: () => watched.collection.list(),
    settled: watched.settled,
    close: () => watched.close(),
  }
}

function parseSecret(object: KubeObject): Secret {
  const { metadata } = object
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    type: textOf(object['type']) ?? '',
    data: decoded(textMapOf(fieldsOf(object['data']))),
    labels: textMapOf(metadata['labels']),
    annotations: textMapOf(metadata['annotations']),
  }
}

function decoded(data: Readonly<Record<string, string>>): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64')]))
}
