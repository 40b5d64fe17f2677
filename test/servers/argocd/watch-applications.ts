import { setTimeout as pause } from 'node:timers/promises'
import type { ApiClient, Json } from './api-client.ts'
import { keyOf, type Application } from './application.ts'

/** The Applications of some namespaces as last seen, by "namespace/name". */
export interface Watched {
  readonly get: (key: string) => Application | undefined
  readonly keys: () => readonly string[]
  /** Takes the answer to a patch at once, without waiting for the watch; older news than what is known are dropped. */
  readonly take: (application: Application) => void
  readonly stop: () => Promise<void>
}

const path = (namespace: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`
const retryMs = 200

/** Lists and watches Applications, again after every interruption; `changed` is told the key of each that came, changed or went. */
export async function watchApplications(
  client: ApiClient,
  namespaces: readonly string[],
  changed: (key: string) => void,
): Promise<Watched> {
  const known = new Map<string, Application>()
  const stopping = new AbortController()

  function take(application: Application): void {
    const key = keyOf(application)
    if (versionOf(application) <= versionOf(known.get(key))) return
    known.set(key, application)
    changed(key)
  }

  function forget(key: string): void {
    if (known.delete(key)) changed(key)
  }

  async function list(namespace: string): Promise<string> {
    const { items, metadata } = (await client.get(path(namespace))) as unknown as List
    const keys = new Set(items.map(keyOf))
    for (const key of known.keys()) if (key.startsWith(`${namespace}/`) && !keys.has(key)) forget(key)
    items.forEach(take)
    return metadata.resourceVersion
  }

  async function follow(namespace: string, since: string): Promise<void> {
    const query = `?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${since}`
    for await (const line of client.lines(path(namespace) + query, stopping.signal)) {
      const { type, object } = JSON.parse(line) as { type: string; object: Json }
      if (type === 'ERROR') return
      if (type === 'ADDED' || type === 'MODIFIED') take(object as unknown as Application)
      if (type === 'DELETED') forget(keyOf(object as unknown as Application))
    }
  }

  async function run(namespace: string, listed: string): Promise<void> {
    let since: string | undefined = listed
    while (!stopping.signal.aborted) {
      try {
        await follow(namespace, since ?? (await list(namespace)))
      } catch {
        // Whatever it was, listing again sets it right.
        await pause(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
      since = undefined
    }
  }

  const starts = await Promise.all(namespaces.map(async (namespace) => [namespace, await list(namespace)] as const))
  const runs = starts.map(([namespace, listed]) => run(namespace, listed))
  return {
    get: (key) => known.get(key),
    keys: () => [...known.keys()],
    take,
    stop: async () => {
      stopping.abort()
      await Promise.all(runs)
    },
  }
}

interface List {
  readonly items: readonly Application[]
  readonly metadata: { readonly resourceVersion: string }
}

const versionOf = (application: Application | undefined) => BigInt(application?.metadata.resourceVersion ?? 0)
