import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { PolicyEvent } from '../api/events.ts'
import { group, kind, version } from '../api/v1alpha1.ts'
import { policyKey, type PolicyIdentity } from '../core/policy.ts'
import type { Logger } from '../log.ts'
import type { ApiClient } from './api-client.ts'
import { KubernetesApiError } from './api-error.ts'
import { collectionPath } from './collection-path.ts'

const component = 'image-update-operator'
/** Events on one policy with one reason and message count as one within ten minutes. */
const sameWithinMs = 600_000
/** Bounds: what waits to be sent, how much at once, and how many a second once the first thousand are used up. */
const mostWaiting = 2000
const mostSenders = 8
const burst = 1000
const perSecond = 20
/** What the API server admits (events.k8s.io, `note`). */
const mostBytes = 1024

/** An Event as it stands in the cluster, or will. */
interface Entry {
  readonly policy: PolicyIdentity
  readonly event: PolicyEvent
  readonly first: number
  last: number
  count: number
  /** Name of the Event object; undefined: it has not been created. */
  name: string | undefined
  /** Whether it waits to be sent, or is being sent. */
  isBusy: boolean
}

/** Tells people about policies by Kubernetes Events. Nobody waits for it, and its failures are only logged. */
export class EventRecorder {
  readonly #client: ApiClient
  readonly #log: Logger
  readonly #clock: () => number
  readonly #known = new LRUCache<string, Entry>({ max: 5000 })
  readonly #waiting: Entry[] = []
  readonly #senders = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  readonly #rate: () => number
  #dropped = 0

  /** `clock` answers ms since the epoch. */
  constructor({ client, log, clock }: { client: ApiClient; log: Logger; clock: () => number }) {
    this.#client = client
    this.#log = log
    this.#clock = clock
    this.#rate = tokenBucket(clock)
  }

  /** Sends an event soon; one that was there before is counted up. */
  record(policy: PolicyIdentity, event: PolicyEvent): void {
    if (this.#closing.signal.aborted) return
    const short = { ...event, message: shortened(event.message) }
    const key = JSON.stringify([policy.uid, short])
    const now = this.#clock()
    const same = this.#known.get(key)
    const entry = same !== undefined && now - same.last < sameWithinMs ? same : fresh(policy, short, now)
    this.#known.set(key, entry)
    entry.count++
    entry.last = now
    if (!entry.isBusy) this.#enqueue(entry)
  }

  /** Sends what waits, for at most so many milliseconds; what is recorded afterwards is dropped. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing.abort()
    const timeout = new AbortController()
    const late = pause(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined)
    await Promise.race([this.#sent(), late])
    timeout.abort()
    if (this.#waiting.length > 0) this.#log.warn('events were not sent before the end', { count: this.#waiting.length })
    this.#waiting.length = 0
  }

  /** A sender may start another one for what was recorded while it was sending. */
  async #sent(): Promise<void> {
    while (this.#senders.size > 0) await Promise.all(this.#senders)
  }

  #enqueue(entry: Entry): void {
    if (this.#waiting.length >= mostWaiting) {
      if (this.#dropped++ === 0) this.#log.warn('events are dropped: too many wait to be sent', { count: mostWaiting })
      return
    }
    entry.isBusy = true
    this.#waiting.push(entry)
    if (this.#senders.size >= mostSenders) return
    const sender: Promise<void> = this.#sendAll().finally(() => this.#senders.delete(sender))
    this.#senders.add(sender)
  }

  async #sendAll(): Promise<void> {
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift()) {
      const wait = this.#rate()
      if (wait > 0) await pause(wait, undefined, { signal: this.#closing.signal }).catch(() => undefined)
      await this.#send(entry)
    }
    this.#dropped = 0
  }

  async #send(entry: Entry): Promise<void> {
    const { count, policy } = entry
    try {
      await sendEvent(this.#client, entry)
    } catch (error) {
      this.#log.warn('an event was not recorded', { policy: policyKey(policy), error })
    }
    entry.isBusy = false
    // Recorded again while it was being sent.
    if (entry.count > count) this.#enqueue(entry)
  }
}

function fresh(policy: PolicyIdentity, event: PolicyEvent, now: number): Entry {
  return { policy, event, first: now, last: now, count: 0, name: undefined, isBusy: false }
}

/** Creates the Event, or counts it up: of an Event that exists only the series may change. */
async function sendEvent(client: ApiClient, entry: Entry): Promise<void> {
  const path = collectionPath('events.k8s.io', 'v1', 'events', entry.policy.namespace)
  const series = entry.count > 1 ? { count: entry.count, lastObservedTime: microTime(entry.last) } : undefined
  if (entry.name !== undefined && series !== undefined) {
    const isThere = await client.patch(`${path}/${entry.name}`, { kind: 'merge', body: { series } }).then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof KubernetesApiError && thrown.code === 404) return false
        throw thrown
      },
    )
    if (isThere) return
  }
  const created = await client.create(path, { ...eventObject(entry), ...(series === undefined ? {} : { series }) })
  entry.name = created.metadata.name
}

function eventObject({ policy, event, first }: Entry) {
  const { namespace, name, uid } = policy
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace, name: `${name.slice(0, 230)}.${randomBytes(8).toString('hex')}` },
    regarding: { apiVersion: `${group}/${version}`, kind, namespace, name, uid },
    type: event.type,
    reason: event.reason,
    note: event.message,
    action: event.reason,
    eventTime: microTime(first),
    reportingController: `${group}/${component}`,
    reportingInstance: component,
  }
}

function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}

/** Cuts a text to so many bytes of UTF-8, between two characters. */
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= mostBytes) return text
  return `${new TextDecoder().decode(Buffer.from(text).subarray(0, mostBytes - 6)).replace(/\ufffd+$/, '')}…`
}

/** Answers for how many milliseconds the next one has to wait. */
function tokenBucket(clock: () => number): () => number {
  let tokens = burst
  let at = clock()
  return () => {
    const now = clock()
    tokens = Math.min(burst, tokens + ((now - at) / 1000) * perSecond) - 1
    at = now
    return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000
  }
}
