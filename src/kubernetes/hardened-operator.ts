import { readFile } from 'node:fs/promises'
import operatorModule, { ResourceEventType, ResourceMetaImpl } from '@dot-i/k8s-operator'
import type { OperatorLogger, ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator'
import { CoreV1Api, KubeConfig, loadYaml, type V1CustomResourceDefinition } from '@kubernetes/client-node'
import type { Logger } from '../log.ts'
import type { ApiClient } from './api-client.ts'
import { KubernetesApiError } from './api-error.ts'
import { collectionPath } from './collection-path.ts'
import type { KubeObject } from './kube-object.ts'
import type { PooledKubeConfig } from './pooled-kube-config.ts'
import { Reflector, type ObjectEvent, type ReflectorTiming } from './reflector.ts'

// The package is CommonJS: an ES module gets its exports as one object, and the class is its member `default`.
const Operator = operatorModule.default

const eventTypes = {
  ADDED: ResourceEventType.Added,
  MODIFIED: ResourceEventType.Modified,
  DELETED: ResourceEventType.Deleted,
} as const satisfies Record<ObjectEvent['type'], ResourceEventType>

/** What an operator is made of. */
export interface OperatorParts {
  readonly kubeConfig: PooledKubeConfig
  readonly client: ApiClient
  readonly log: Logger
  readonly timing?: Partial<ReflectorTiming>
}

/** The package's operator on our kubeconfig. Its constructor reads the machine's default one, which may be broken or none of ours. */
abstract class ConfiguredOperator extends Operator {
  constructor(config: PooledKubeConfig, logger: OperatorLogger) {
    const original = Object.getOwnPropertyDescriptor(KubeConfig.prototype, 'loadFromDefault') ?? {}
    KubeConfig.prototype.loadFromDefault = function (this: KubeConfig) {
      this.loadFromOptions(config)
    }
    try {
      super(logger)
    } finally {
      Object.defineProperty(KubeConfig.prototype, 'loadFromDefault', original)
    }
    this.kubeConfig = config
    this.k8sApi = config.makeApiClient(CoreV1Api)
  }
}

/**
 * The operator of @dot-i/k8s-operator with everything that touches the network replaced: its own ends the process when a
 * watch fails, misses deletions, lets one slow event block all others, and logs a failed write instead of throwing it.
 * Here a watch never gives up, and what writes throws KubernetesApiError.
 */
export abstract class HardenedOperator extends ConfiguredOperator {
  readonly #parts: OperatorParts
  readonly #stopping = new AbortController()
  readonly #runs: Promise<void>[] = []
  readonly #reflectors = new Map<string, Reflector[]>()
  readonly #collections = new Map<string, (namespace?: string) => string>()

  constructor(parts: OperatorParts) {
    super(parts.kubeConfig, parts.log)
    this.#parts = parts
  }

  /** Ends every watch; there are no events after it. */
  override stop(): void {
    this.#stopping.abort()
  }

  /** Stops, and waits until no watch runs any more. */
  async close(): Promise<void> {
    this.stop()
    await Promise.all(this.#runs)
  }

  /** The reflectors that watch a resource: one a namespace. */
  protected reflectorsOf(group: string, version: string, plural: string): readonly Reflector[] {
    return this.#reflectors.get(idOf(group, version, plural)) ?? []
  }

  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    return `${this.kubeConfig.getCurrentCluster()?.server ?? ''}${collectionPath(group, version, plural, namespace)}`
  }

  /** Begins to watch at once and answers at once. Events come in order; one is not waited for before the next. */
  // oxlint-disable-next-line max-params -- the signature of the base class
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const { client, log, timing = {} } = this.#parts
    const id = idOf(group, version, plural)
    const reflector = new Reflector({
      client,
      log,
      timing,
      path: collectionPath(group, version, plural, namespace),
      signal: this.#stopping.signal,
      onEvent: ({ type, object }) => {
        const event = { type: eventTypes[type], object, meta: ResourceMetaImpl.createWithId(id, object) }
        onEvent(event).catch((error: unknown) => log.error('an event could not be handled', { resource: id, error }))
      },
    })
    this.#collections.set(id, (of) => collectionPath(group, version, plural, of))
    this.#reflectors.set(id, [...(this.#reflectors.get(id) ?? []), reflector])
    this.#runs.push(reflector.run())
  }

  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { apiVersion, kind, name, namespace, resourceVersion } = meta
    const body = { apiVersion, kind, metadata: { name, namespace, resourceVersion }, status }
    return metaOf(meta, await this.#parts.client.replace(`${this.#pathOf(meta)}/status`, body))
  }

  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const patch = { kind: 'merge', body: { status } } as const
    return metaOf(meta, await this.#parts.client.patch(`${this.#pathOf(meta)}/status`, patch))
  }

  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const { resourceVersion } = meta
    await this.#parts.client.patch(this.#pathOf(meta), {
      kind: 'merge',
      body: { metadata: { resourceVersion, finalizers } },
    })
  }

  protected override async registerCustomResourceDefinition(crdFile: string) {
    const crd = loadYaml<V1CustomResourceDefinition>(await readFile(crdFile, 'utf8'))
    await this.#parts.client
      .create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd)
      .catch((error: unknown) => {
        if (!(error instanceof KubernetesApiError) || error.code !== 409) throw error
      })
    return { group: crd.spec.group, versions: crd.spec.versions, plural: crd.spec.names.plural }
  }

  #pathOf({ id, namespace, name }: ResourceMeta): string {
    const collection = this.#collections.get(id)
    if (collection === undefined) throw new Error(`${id} is not watched`)
    return `${collection(namespace)}/${name}`
  }
}

function idOf(group: string, version: string, plural: string): string {
  return `${plural}.${group === '' ? version : `${group}/${version}`}`
}

function metaOf({ id }: ResourceMeta, object: KubeObject): ResourceMeta {
  return ResourceMetaImpl.createWithId(id, object)
}
