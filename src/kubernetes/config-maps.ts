import type { Logger } from '../log.ts'
import type { ApiClient } from './api-client.ts'
import { textMapOf } from '../core/fields.ts'
import { collectionPath } from './collection-path.ts'
import type { ReflectorTiming } from './reflector.ts'
import { watchCollection } from './watched-collection.ts'

/** Argo CD's host keys of SSH servers. */
export const knownHostsConfigMap = 'argocd-ssh-known-hosts-cm'

/** Argo CD's certificates of TLS servers and their authorities, by host. */
export const tlsCertsConfigMap = 'argocd-tls-certs-cm'

const names = [knownHostsConfigMap, tlsCertsConfigMap] as const
type ConfigMapName = (typeof names)[number]

/** The ConfigMaps by which Argo CD knows whom to trust, as they are now. */
export interface ConfigMapStore {
  /**
   * The text of a ConfigMap by key; undefined: there is none. Throws ReconcileError(KubernetesUnavailable) until it has been
   * looked for.
   */
  get(name: ConfigMapName): Readonly<Record<string, string>> | undefined
  /** Fulfilled once they are known, or the API server refuses to show them. */
  readonly settled: Promise<void>
  /** Stops watching. */
  close(): Promise<void>
}

/** What the store needs. */
export interface ConfigMapStoreOptions {
  readonly client: ApiClient
  readonly argocdNamespace: string
  readonly log: Logger
  readonly timing?: Partial<ReflectorTiming>
}

/** Makes the store and begins to watch: each by its name alone, as the chart's role allows. */
export function createConfigMapStore({
  client,
  argocdNamespace,
  log,
  timing = {},
}: ConfigMapStoreOptions): ConfigMapStore {
  const watched = names.map((name) => ({
    name,
    ...watchCollection({
      client,
      log,
      timing,
      what: `ConfigMap ${argocdNamespace}/${name}`,
      read: (object) => textMapOf(object['data']),
      path: collectionPath('', 'v1', 'configmaps', argocdNamespace),
      fieldSelector: `metadata.name=${name}`,
    }),
  }))
  return {
    get: (name) => watched.find((each) => each.name === name)?.collection.get(`${argocdNamespace}/${name}`),
    settled: Promise.all(watched.map(({ settled }) => settled)).then(() => undefined),
    close: async () => {
      await Promise.all(watched.map((each) => each.close()))
    },
  }
}
