import { LRUCache } from 'lru-cache'
import type { ApiClient } from './api-client.ts'
import { KubernetesApiError, toReconcileError } from './api-error.ts'
import { collectionPath } from './collection-path.ts'
import type { KubeObject } from './kube-object.ts'

/** Reads an object by name; undefined: there is none. Throws ReconcileError(KubernetesUnavailable) when it can't be read. */
export type SharedGet<T> = (namespace: string, name: string) => Promise<T | undefined>

/** What to read. */
export interface SharedGetOptions<T> {
  readonly client: Pick<ApiClient, 'get'>
  /** Milliseconds for which an object is not read again. */
  readonly freshFor: number
  /** Of the core API, in the plural. */
  readonly resource: string
  /** For messages. */
  readonly kind: string
  readonly parse: (object: KubeObject) => T
}

/** Reads an object once for all who want it at the same time or soon after; one that is missing is looked for again at once. */
export function createSharedGet<T>({ client, freshFor, resource, kind, parse }: SharedGetOptions<T>): SharedGet<T> {
  const readings = new LRUCache<string, Promise<T | undefined>>({ max: 1000, ttl: freshFor })

  async function read(namespace: string, name: string): Promise<T | undefined> {
    try {
      return parse(await client.get(`${collectionPath('', 'v1', resource, namespace)}/${name}`))
    } catch (thrown) {
      if (thrown instanceof KubernetesApiError && thrown.code === 404) return undefined
      throw thrown
    }
  }

  function forget(key: string, reading: Promise<unknown>): void {
    if (readings.peek(key) === reading) readings.delete(key)
  }

  return async (namespace, name) => {
    const key = `${namespace}/${name}`
    const reading = readings.get(key) ?? read(namespace, name)
    readings.set(key, reading, { noUpdateTTL: true })
    try {
      const object = await reading
      if (object === undefined) forget(key, reading)
      return object
    } catch (thrown) {
      forget(key, reading)
      throw toReconcileError(thrown, `${kind} ${key} was not read`)
    }
  }
}
