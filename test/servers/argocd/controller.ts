import { setTimeout as pause } from 'node:timers/promises'
import { ApiFailure, type ApiClient } from './api-client.ts'
import { isAutomated, keyOf, type Application, type ComparedTo, type Operation, type Status } from './application.ts'
import { compare, type Comparison, type Fetch } from './compare.ts'
import { keyedRunner } from './keyed-runner.ts'
import { isEqual, mergePatchBetween } from './merge-patch.ts'
import { createModes } from './modes.ts'
import * as statuses from './status.ts'
import { watchApplications, type Watched } from './watch-applications.ts'

/** What the stand-in works with. Times are milliseconds. */
export interface ControllerOptions {
  readonly namespace: string
  readonly namespaces: readonly string[]
  readonly fetch: Fetch
  readonly syncMs: number
  readonly rolloutMs: number
  readonly record: (application: string, what: EventKind) => void
}

/** `refreshed`: as the annotation asked, which is gone now; `live`: the new Pods are ready and the old ones gone. */
export type EventKind = 'refreshed' | 'compared' | 'failed' | 'syncing' | 'synced' | 'live'

/** What is known of an Application beyond its status. */
interface Memory {
  /** To be compared whatever else: never was, polled, or the last try failed. */
  isDue: boolean
  comparedTo?: ComparedTo
  /** What was synced last; unknown after a start. */
  deployed?: { readonly manifests: string; readonly images: readonly string[] }
  rollout?: { readonly timer: NodeJS.Timeout; isOver: boolean }
}

const refreshAnnotation = 'argocd.argoproj.io/refresh'
const retryMs = 300

/** Looks at one Application at a time for every change, request or poll, and writes what Argo CD would write. */
export class ArgoCdController {
  readonly mode = createModes((key) => this.lookAgain(key))
  readonly #client: ApiClient
  readonly #options: ControllerOptions
  readonly #runner = keyedRunner((key) => this.#lookSafely(key))
  readonly #memories = new Map<string, Memory>()
  readonly #stopping = new AbortController()
  #watched: Watched | undefined

  constructor(client: ApiClient, options: ControllerOptions) {
    this.#client = client
    this.#options = options
  }

  async start(): Promise<void> {
    this.#watched = await watchApplications(this.#client, this.#options.namespaces, (key) => this.#runner.add(key))
    for (const key of this.#watched.keys()) this.#runner.add(key)
  }

  /** Compares an Application, or all, whether anything changed or not. */
  lookAgain(key?: string): void {
    for (const due of key === undefined ? (this.#watched?.keys() ?? []) : [key]) {
      this.#memoryOf(due).isDue = true
      this.#runner.add(due)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#watched?.stop()
    await this.#runner.stop()
    for (const { rollout } of this.#memories.values()) clearTimeout(rollout?.timer)
  }

  async #lookSafely(key: string): Promise<void> {
    try {
      await this.#look(key)
    } catch (error) {
      // Gone meanwhile. Anything else is tried again, as Argo CD does.
      if (this.#stopping.signal.aborted || (error instanceof ApiFailure && error.status === 404)) return
      await pause(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      this.lookAgain(key)
    }
  }

  async #look(key: string): Promise<void> {
    if (this.mode.isAbsent()) return
    if (this.mode.delayMs() > 0) await pause(this.mode.delayMs(), undefined, { signal: this.#stopping.signal })
    const application = this.#watched?.get(key)
    if (application === undefined) return this.#forget(key)
    const memory = this.#memoryOf(key)
    const current = memory.rollout?.isOver === true ? await this.#endRollout(application, memory) : application
    if (this.#isDue(current, memory)) await this.#compare(current, memory)
  }

  #isDue(application: Application, { isDue, comparedTo }: Memory): boolean {
    if (isDue || application.operation !== undefined || isRefreshAsked(application)) return true
    return !isEqual(comparedTo, statuses.comparedToOf(application)) && !this.mode.isOverlooked(keyOf(application))
  }

  async #compare(application: Application, memory: Memory): Promise<void> {
    const key = keyOf(application)
    const { namespace, fetch, record } = this.#options
    // Before what is done is to be seen: whoever sees it may ask for the next patch to be overlooked.
    this.mode.compared(key)
    const error = this.mode.errorOf(key)
    const comparison =
      error === undefined ? await compare(application, namespace, fetch) : ({ kind: 'failed', message: error } as const)
    const isLive = comparison.kind === 'compared' && isDeployed(application, memory, comparison)
    const status = statuses.comparedStatus(application, comparison, { isLive, now: new Date() })
    memory.isDue = false
    const current = await this.#write(
      application,
      status,
      isRefreshAsked(application) ? { metadata: { annotations: { [refreshAnnotation]: null } } } : {},
    )
    memory.comparedTo = statuses.comparedToOf(application)
    if (isRefreshAsked(application)) record(key, 'refreshed')
    record(key, comparison.kind)
    await this.#syncIfDue({ ...current, spec: application.spec }, { comparison, isLive, memory })
  }

  async #syncIfDue(application: Application, { comparison, isLive, memory }: Looked): Promise<void> {
    const { operation } = application
    if (comparison.kind === 'failed') {
      if (operation === undefined) return
      const status = statuses.refusedStatus(application.status ?? {}, {
        operation,
        message: comparison.message,
        now: new Date(),
      })
      await this.#write(application, status, { operation: null })
      return
    }
    if (operation !== undefined) return this.#sync(application, { comparison, operation, memory })
    if (isLive || !isAutomated(application)) return
    await this.#sync(application, { comparison, operation: { initiatedBy: { automated: true }, sync: {} }, memory })
  }

  async #sync(application: Application, { comparison, operation, memory }: Sync): Promise<void> {
    const { syncMs, rolloutMs, record } = this.#options
    const key = keyOf(application)
    // Whatever is patched meanwhile, what is synced is the spec that was compared.
    const write = async (status: Status, rest = {}) => ({
      ...(await this.#write(current, status, rest)),
      spec: application.spec,
    })
    let current = application
    current = await write(
      statuses.syncingStatus(current.status ?? {}, operation, new Date()),
      operation === application.operation ? { operation: null } : {},
    )
    record(key, 'syncing')
    await pause(syncMs, undefined, { signal: this.#stopping.signal })
    current = await write(statuses.syncedStatus(current, comparison, new Date()))
    memory.deployed = comparison
    record(key, 'synced')
    const { status = {} } = current
    if (status.health?.status === 'Healthy' && isEqual(status.summary?.images ?? [], comparison.images)) {
      await write(statuses.withSync(status))
      return
    }
    await write(statuses.rollingOutStatus(status, comparison.images, new Date()))
    clearTimeout(memory.rollout?.timer)
    const rollout = { timer: setTimeout(() => this.#rolledOut(key, rollout), rolloutMs), isOver: false }
    memory.rollout = rollout
  }

  #rolledOut(key: string, rollout: { isOver: boolean }): void {
    rollout.isOver = true
    this.#runner.add(key)
  }

  async #endRollout(application: Application, memory: Memory): Promise<Application> {
    const status = statuses.rolledOutStatus(application.status ?? {}, memory.deployed?.images ?? [], new Date())
    const current = await this.#write(application, status)
    delete memory.rollout
    this.#options.record(keyOf(application), 'live')
    return current
  }

  /** One merge patch for the status and, in the same breath, for what is to be taken away beside it. */
  async #write(
    application: Application,
    status: Status,
    rest: Readonly<Record<string, unknown>> = {},
  ): Promise<Application> {
    const change = mergePatchBetween({ ...application.status }, { ...status })
    if (Object.keys(change).length === 0 && Object.keys(rest).length === 0) return application
    const { namespace, name } = application.metadata
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`
    const written = (await this.#client.patch(path, { ...rest, status: change })) as unknown as Application
    this.#watched?.take(written)
    return written
  }

  #memoryOf(key: string): Memory {
    const memory = this.#memories.get(key) ?? { isDue: true }
    this.#memories.set(key, memory)
    return memory
  }

  #forget(key: string): void {
    clearTimeout(this.#memories.get(key)?.rollout?.timer)
    this.#memories.delete(key)
  }
}

interface Looked {
  readonly comparison: Comparison
  readonly isLive: boolean
  readonly memory: Memory
}

interface Sync {
  readonly comparison: statuses.Compared
  readonly operation: Operation
  readonly memory: Memory
}

const isRefreshAsked = ({ metadata }: Application) => metadata.annotations?.[refreshAnnotation] !== undefined

function isDeployed({ status }: Application, { deployed }: Memory, { manifests, images }: statuses.Compared): boolean {
  if (deployed !== undefined) return deployed.manifests === manifests
  return status?.sync?.status === 'Synced' && isEqual(status.summary?.images ?? [], images)
}
