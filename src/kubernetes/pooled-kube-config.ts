import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import { Agent, type Dispatcher } from 'undici'

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** How many calls are sent at once at most. */
export const connectionsForCalls = 32

/** Requests that end soon, and streams that stay open: streams must never use up the connections of the others. */
export type Pool = 'calls' | 'streams'

/** What a request to the API server needs: its URL (no slash at the end), who asks, and the connections to use. */
export interface Access {
  readonly server: string
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: Dispatcher
}

/**
 * A kubeconfig whose connections are kept and used again: the client's own opens a new one for every request. HTTP/1.1,
 * where a connection that died is found out and replaced by the request it fails.
 */
export class PooledKubeConfig extends KubeConfig {
  readonly #dispatchers = new Map<Pool, { readonly key: string; readonly dispatcher: Dispatcher }>()
  readonly #reading = new Map<Pool, Promise<Access>>()

  /**
   * How to reach the API server now: tokens and certificates are read anew, so those that were rotated are used; once for
   * all who ask at the same moment.
   */
  async access(pool: Pool): Promise<Access> {
    const reading = this.#reading.get(pool) ?? this.#access(pool).finally(() => this.#reading.delete(pool))
    this.#reading.set(pool, reading)
    return await reading
  }

  async #access(pool: Pool): Promise<Access> {
    const cluster = this.getCurrentCluster()
    if (cluster === null) throw new Error('the kubeconfig names no cluster')
    const options: RequestOptions = {}
    await this.applyToHTTPSOptions(options)
    return {
      server: cluster.server.replace(/\/+$/, ''),
      headers: headersOf(options),
      dispatcher: await this.#dispatcher(pool, options),
    }
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const { headers, dispatcher } = await this.access('calls')
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value)
    context.setDispatcher(dispatcher)
  }

  /** Closes every connection; requests under way fail. */
  async close(): Promise<void> {
    const open = [...this.#dispatchers.values()]
    this.#dispatchers.clear()
    await Promise.all(open.map(({ dispatcher }) => dispatcher.destroy()))
  }

  async #dispatcher(pool: Pool, options: RequestOptions): Promise<Dispatcher> {
    const key = fingerprint(options)
    const known = this.#dispatchers.get(pool)
    if (known?.key === key) return known.dispatcher
    const dispatcher = (await this.#proxied()) ?? new Agent(agentOptions(pool, options))
    const raced = this.#dispatchers.get(pool)
    if (raced?.key === key) return raced.dispatcher
    this.#dispatchers.set(pool, { key, dispatcher })
    // Certificates were rotated: what runs on the old connections may end there.
    known?.dispatcher.close().catch(() => undefined)
    return dispatcher
  }

  /** The client's own way through `proxy-url` (HTTP and SOCKS), kept here instead of made anew for every request. */
  async #proxied(): Promise<Dispatcher | undefined> {
    if (this.getCurrentCluster()?.proxyUrl === undefined) return undefined
    const context = new RequestContext('http://unused', HttpMethod.GET)
    await super.applySecurityAuthentication(context)
    return context.getDispatcher()
  }
}

/**
 * Finds the API server: the file and context that are given, else the Pod's ServiceAccount, else `KUBECONFIG` and
 * `~/.kube/config`. Throws an Error whose message says what is missing.
 */
export function loadKubeConfig(options: { file: string | undefined; context: string | undefined }): PooledKubeConfig {
  const config = new PooledKubeConfig()
  read(config, options)
  if (options.context !== undefined) config.setCurrentContext(options.context)
  if (config.getContextObject(config.getCurrentContext()) === null) throw new Error(noContext(config, options.context))
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`context ${config.getCurrentContext()} names no cluster of the kubeconfig`)
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw new Error(`cluster ${cluster.name} speaks plain HTTP; set insecure-skip-tls-verify: true if that is meant`)
  return config
}

function read(config: KubeConfig, { file, context }: { file: string | undefined; context: string | undefined }): void {
  try {
    if (file !== undefined) return config.loadFromFile(file)
    if (context === undefined && existsSync(serviceAccountToken)) return config.loadFromCluster()
    config.loadFromDefault()
  } catch (cause) {
    throw new Error(`${file === undefined ? 'the default kubeconfig' : `kubeconfig ${file}`} can't be read`, { cause })
  }
  // What the client falls back to when it has found nothing at all.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080')
    throw new Error('no cluster is configured; give --kubeconfig or set KUBECONFIG')
}

function noContext(config: KubeConfig, wanted: string | undefined): string {
  const names = config.getContexts().map(({ name }) => name)
  const there = names.length === 0 ? 'it has none' : `there is ${names.join(', ')}`
  return wanted === undefined
    ? `the kubeconfig has no current context; ${there}`
    : `there is no context ${wanted}; ${there}`
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)])
  const basic = typeof auth === 'string' ? [['Authorization', `Basic ${Buffer.from(auth).toString('base64')}`]] : []
  return Object.fromEntries([...texts, ...basic]) as Record<string, string>
}

/** Changes exactly when connections have to be made anew. */
function fingerprint({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): string {
  const hash = createHash('sha256').update(JSON.stringify([rejectUnauthorized, servername]))
  for (const part of [ca, cert, key]) hash.update(digestOf(part))
  return hash.digest('base64')
}

/** Told apart by its type: what is absent is not what is empty. */
function digestOf(part: RequestOptions['ca' | 'cert' | 'key']): Buffer {
  const isPlain = typeof part === 'string' || Buffer.isBuffer(part)
  return createHash('sha256')
    .update(isPlain ? part : JSON.stringify(part ?? 'none'))
    .digest()
}

function agentOptions(pool: Pool, options: RequestOptions): Agent.Options {
  const { ca, cert, key, rejectUnauthorized, servername } = options
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
  )
  return {
    allowH2: false,
    connections: pool === 'calls' ? connectionsForCalls : null,
    // Shorter than the 60 s after which load balancers forget a silent connection.
    keepAliveTimeout: 30_000,
    connect: { ...tls, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 },
  }
}
