import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import type { KubernetesApiError } from './api-error.ts'
import { isOlder, keyOf, type KubeObject } from './kube-object.ts'
import type { ObjectEvent } from './reflector.ts'

/** An object that appeared (no `before`), changed, or is gone (no `after`). */
export interface Change<T> {
  /** `namespace/name`. */
  readonly key: string
  readonly before: T | undefined
  readonly after: T | undefined
}

/** Whoever keeps a collection up to date, such as a reflector; one for each namespace. */
export interface Feed {
  readonly path: string
  readonly hasSynced: boolean
  readonly problem: KubernetesApiError | undefined
}

/** What a collection holds. */
export interface CollectionOptions<T> {
  /** How messages call the objects, such as `Applications (applications.argoproj.io)`. */
  readonly what: string
  /** Keeps of an object what is needed. */
  readonly read: (object: KubeObject) => T
  readonly changed: (change: Change<T>) => void
}

/**
 * The objects of one kind, as far as we need them, kept up to date by events and by the answers to our own writes: who
 * wrote reads what was written, and an event that was on its way meanwhile does not bring back what was before.
 */
export class Collection<T> {
  readonly #options: CollectionOptions<T>
  readonly #objects = new Map<string, { readonly resourceVersion: string; readonly value: T }>()
  readonly #feeds: Feed[] = []

  constructor(options: CollectionOptions<T>) {
    this.#options = options
  }

  /** From now on complete only when this feed is, too. */
  addFeed(feed: Feed): void {
    this.#feeds.push(feed)
  }

  /** Takes in what happened. */
  apply({ type, object }: ObjectEvent): void {
    const key = keyOf(object)
    const known = this.#objects.get(key)
    if (type !== 'DELETED') return this.#set(key, object)
    if (known === undefined) return
    this.#objects.delete(key)
    this.#options.changed({ key, before: known.value, after: undefined })
  }

  /** Takes in the answer to a write of ours. An object that is not known is left to its event: it may be deleted by now. */
  put(object: KubeObject): void {
    if (this.#objects.has(keyOf(object))) this.#set(keyOf(object), object)
  }

  /** The object `namespace/name`. Throws ReconcileError(KubernetesUnavailable) when it is not known and might be there. */
  get(key: string): T | undefined {
    const known = this.#objects.get(key)
    if (known === undefined) this.#requireComplete()
    return known?.value
  }

  /** All objects. Throws ReconcileError(KubernetesUnavailable) while the collection is not complete. */
  list(): readonly T[] {
    this.#requireComplete()
    return Array.from(this.#objects.values(), ({ value }) => value)
  }

  /** Whether everything has been listed at least once. */
  get isComplete(): boolean {
    return this.#feeds.length > 0 && this.#feeds.every(({ hasSynced }) => hasSynced)
  }

  /** What keeps it from being complete or up to date, in sentences for people; empty when nothing does. */
  get problems(): readonly string[] {
    const { what } = this.#options
    return this.#feeds
      .filter(({ hasSynced, problem }) => !hasSynced || problem !== undefined)
      .map(({ path, problem }) => (problem ? `${what}: ${explained(problem, path)}` : `${what}: not listed yet`))
  }

  #requireComplete(): void {
    if (this.isComplete) return
    const message = this.problems[0] ?? `${this.#options.what}: not watched yet`
    throw new ReconcileError(reasons.kubernetesUnavailable, message)
  }

  #set(key: string, object: KubeObject): void {
    const known = this.#objects.get(key)
    const { resourceVersion } = object.metadata
    if (
      known !== undefined &&
      (known.resourceVersion === resourceVersion || isOlder(resourceVersion, known.resourceVersion))
    )
      return
    const value = this.#options.read(object)
    this.#objects.set(key, { resourceVersion, value })
    this.#options.changed({ key, before: known?.value, after: value })
  }
}

function explained({ code, reason }: KubernetesApiError, path: string): string {
  if (code === 404) return 'not installed in this cluster'
  if (code === 403) return `may not be listed and watched by the operator (${path}); its role lacks that`
  return code === 0
    ? `the API server did not answer (${reason})`
    : `the API server answered ${code} ${reason}`.trimEnd()
}
