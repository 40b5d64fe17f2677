import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import type { ApiClient, Page, Query } from './api-client.ts'
import { noAnswer, refusal, type KubernetesApiError } from './api-error.ts'
import { fieldsOf, textOf } from '../core/fields.ts'
import { jsonLines } from './json-lines.ts'
import { isOlder, keyOf, parseKubeObject, type KubeObject } from './kube-object.ts'

/** What happened to an object; of one whose deletion was missed only name, namespace and last known resourceVersion are told. */
export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

/** How patient a reflector is, in milliseconds. */
export interface ReflectorTiming {
  /** A watch on which nothing comes for so long (bookmarks come each minute) is opened anew. */
  readonly idle: number
  /** The server ends a watch after this, up to twice. */
  readonly watch: number
  /** Waits after failures double from the first to the longest, each by up to a half more or less. */
  readonly firstRetry: number
  readonly longestRetry: number
}

const defaultTiming: ReflectorTiming = { idle: 120_000, watch: 300_000, firstRetry: 200, longestRetry: 30_000 }

/** A stream that lasted so long was a good one. */
const steadyMs = 5000
/** How undici says that nothing came for the idle time. */
const silence = 'UND_ERR_BODY_TIMEOUT'

/** What a reflector follows and whom it tells. */
export interface ReflectorOptions {
  readonly client: ApiClient
  /** Path of the collection, such as `/api/v1/namespaces/argocd/secrets`. */
  readonly path: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Called one event after the other; what it throws is logged and lost. */
  readonly onEvent: (event: ObjectEvent) => void
  readonly log: Logger
  readonly signal: AbortSignal
  readonly timing?: Partial<ReflectorTiming>
  /** A number from 0 to 1, to spread retries. */
  readonly random?: () => number
}

/**
 * Follows one collection of the API server: list, then watch from there with bookmarks; when that is no longer possible
 * (410), list again and tell what was deleted meanwhile. No failure ends it but the signal.
 */
export class Reflector {
  /** Whether the collection has been listed to its end at least once. */
  hasSynced = false
  /** Why it can't be followed now; undefined: nothing is wrong. */
  problem: KubernetesApiError | undefined
  readonly path: string
  /** Fulfilled once synced, or once the server has refused for a reason that a person has to see to (401, 403, 404). */
  readonly settled: Promise<void>
  readonly #options: ReflectorOptions
  readonly #timing: ReflectorTiming
  readonly #versions = new Map<string, string>()
  /** Where to watch from; undefined: list first. */
  #position: string | undefined
  #type = { apiVersion: '', kind: '' }
  #failures = 0
  #settle: () => void = () => undefined

  constructor(options: ReflectorOptions) {
    this.path = options.path
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.settled = new Promise((resolve) => (this.#settle = resolve))
  }

  /** Follows until the signal; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      try {
        this.#position ??= await this.#list()
        await this.#watch(this.#position)
      } catch (thrown) {
        if (!signal.aborted) await this.#failed(noAnswer(`watch ${this.path}`, thrown))
      }
    }
    this.#settle()
  }

  async #list(): Promise<string> {
    const seen = new Set<string>()
    let position: string | undefined
    for await (const page of this.#options.client.pages(this.path, this.#query(), this.#options.signal)) {
      if (position === undefined) this.#beginList(page)
      position = page.resourceVersion
      for (const object of page.objects) {
        seen.add(keyOf(object))
        this.#upsert(object)
      }
    }
    for (const key of this.#versions.keys()) if (!seen.has(key)) this.#deleteUnseen(key)
    this.hasSynced = true
    this.#settle()
    return position ?? ''
  }

  #beginList({ resourceVersion }: Page): void {
    const newest = [...this.#versions.values()].find((version) => isOlder(resourceVersion, version))
    if (newest === undefined) return
    // The server's data were restored from a backup: what we know is of a future that will never be.
    for (const key of this.#versions.keys()) this.#deleteUnseen(key)
  }

  async #watch(from: string): Promise<void> {
    const { client, signal, random = Math.random } = this.#options
    const query = {
      ...this.#query(),
      watch: 'true',
      resourceVersion: from,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.ceil((this.#timing.watch * (1 + random())) / 1000)),
    }
    const stream = await client.stream(this.path, query, { signal, idleMs: this.#timing.idle })
    this.#works()
    const opened = performance.now()
    let events = 0
    try {
      for await (const event of jsonLines(stream)) {
        this.#take(fieldsOf(event))
        events++
        this.#failures = 0
      }
    } finally {
      if (performance.now() - opened > steadyMs) this.#failures = 0
    }
    // Closed by the server, as it does from time to time; one that does so at once is not asked again at once.
    if (events === 0 && performance.now() - opened < steadyMs) await this.#wait(this.#delay())
  }

  #take(event: Readonly<Record<string, unknown>>): void {
    const type = textOf(event['type'])
    if (type === 'ERROR') {
      const status = fieldsOf(event['object'])
      const code = typeof status['code'] === 'number' ? status['code'] : 500
      throw refusal(`watch ${this.path}`, code, {}, status)
    }
    const position = textOf(fieldsOf(fieldsOf(event['object'])['metadata'])['resourceVersion'])
    const object = parseKubeObject(event['object'])
    if (object !== undefined && type === 'DELETED') this.#delete(object)
    else if (object !== undefined && type !== 'BOOKMARK') this.#upsert(object)
    this.#position = position ?? this.#position
  }

  #upsert(object: KubeObject): void {
    const key = keyOf(object)
    const { resourceVersion } = object.metadata
    const known = this.#versions.get(key)
    if (known === resourceVersion) return
    this.#type = { apiVersion: object.apiVersion, kind: object.kind }
    this.#versions.set(key, resourceVersion)
    this.#tell({ type: known === undefined ? 'ADDED' : 'MODIFIED', object })
  }

  #delete(object: KubeObject): void {
    if (this.#versions.delete(keyOf(object))) this.#tell({ type: 'DELETED', object })
  }

  #deleteUnseen(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const resourceVersion = this.#versions.get(key) ?? ''
    const metadata = { name, resourceVersion, ...(namespace === '' ? {} : { namespace }) }
    this.#delete({ ...this.#type, metadata })
  }

  #tell(event: ObjectEvent): void {
    try {
      this.#options.onEvent(event)
    } catch (error) {
      this.#options.log.error('an event could not be handled', {
        resource: this.path,
        object: keyOf(event.object),
        error,
      })
    }
  }

  async #failed(error: KubernetesApiError): Promise<void> {
    // Whatever the server says against this position, a list will tell; a broken connection says nothing against it.
    if (error.reason === 'Unknown' || (error.code !== 0 && error.code !== 429)) this.#position = undefined
    if ([401, 403, 404].includes(error.code)) this.#settle()
    const expired = error.code === 410 && this.#failures === 0
    const delay = expired ? 0 : Math.max(this.#delay(), error.retryAfter ?? 0)
    this.#note(error, expired || error.reason === silence, Math.round(delay))
    await this.#wait(delay)
  }

  /** Warns once of each new problem; what belongs to the routine of watching is none. */
  #note(error: KubernetesApiError, isRoutine: boolean, retryInMs: number): void {
    const isNew = this.problem?.code !== error.code || this.problem.reason !== error.reason
    if (!isRoutine) this.problem = error
    this.#options.log[isNew && !isRoutine ? 'warn' : 'debug']('a watch failed', {
      resource: this.path,
      error,
      retryInMs,
    })
  }

  #works(): void {
    if (this.problem === undefined) return
    this.problem = undefined
    this.#options.log.info('the watch works again', { resource: this.path })
  }

  #delay(): number {
    const { random = Math.random } = this.#options
    const { firstRetry, longestRetry } = this.#timing
    return Math.min(longestRetry, firstRetry * 2 ** Math.min(this.#failures, 20)) * (0.5 + random())
  }

  async #wait(milliseconds: number): Promise<void> {
    this.#failures++
    await pause(milliseconds, undefined, { signal: this.#options.signal }).catch(() => undefined)
  }

  #query(): Query {
    const { labelSelector, fieldSelector } = this.#options
    return {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
  }
}
