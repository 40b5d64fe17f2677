import { setTimeout as pause } from 'node:timers/promises'
import { request, type Dispatcher } from 'undici'
import { KubernetesApiError, noAnswer, refusal } from './api-error.ts'
import { fieldsOf, listOf, textOf, type Fields } from '../core/fields.ts'
import { parseKubeObject, type KubeObject } from './kube-object.ts'
import { createCallPace, type CallPace } from './call-pace.ts'
import { connectionsForCalls, type Access, type Pool, type PooledKubeConfig } from './pooled-kube-config.ts'

/** Milliseconds after which a call, and after which a page of a list, is given up. */
const callTimeout = 30_000
const pageTimeout = 60_000
const pageSize = 500

/** One operation of a JSON Patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: 'test' | 'add' | 'replace' | 'remove'
  /** A JSON Pointer. */
  readonly path: string
  readonly value?: unknown
}

/** A patch in one of the two forms we use. */
export type Patch =
  | { readonly kind: 'merge'; readonly body: unknown }
  | { readonly kind: 'json'; readonly operations: readonly JsonPatchOperation[] }

/** Query parameters of a request. */
export type Query = Readonly<Record<string, string>>

/** A part of a list; all parts are of one moment, told by the resourceVersion. */
export interface Page {
  readonly objects: readonly KubeObject[]
  readonly resourceVersion: string
}

/**
 * Talks JSON with the API server. Every method throws {@link KubernetesApiError} and nothing else. A call is given up
 * after 30 s; within these a 429 is tried again when the server says, and a GET whose connection broke once more.
 */
export interface ApiClient {
  get(path: string): Promise<KubeObject>
  create(path: string, body: unknown): Promise<KubeObject>
  /** Posts what is answered and not stored, such as a TokenRequest. */
  inquire(path: string, body: unknown): Promise<Fields>
  replace(path: string, body: unknown): Promise<KubeObject>
  patch(path: string, patch: Patch): Promise<KubeObject>
  /** Lists in pages of 500. */
  pages(path: string, query: Query, signal: AbortSignal): AsyncGenerator<Page>
  /** Opens a stream, such as a watch; reading it fails when nothing comes for `idleMs`. */
  stream(path: string, query: Query, options: { signal: AbortSignal; idleMs: number }): Promise<AsyncIterable<Buffer>>
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly path: string
  readonly body?: string
  readonly contentType?: string
}

/** Makes a client; `userAgent` is how the API server's audit log knows us. */
export function createApiClient(kubeConfig: PooledKubeConfig, userAgent: string, timeout = callTimeout): ApiClient {
  const send = sender(kubeConfig, userAgent)
  const pace = createCallPace(connectionsForCalls)
  const ask = (what: Call): Promise<unknown> => patiently(what, paced(send, pace), timeout)
  const call = async (what: Call): Promise<KubeObject> => objectIn(await ask(what), what)
  const json = 'application/json'
  return {
    get: (path) => call({ method: 'GET', path }),
    create: (path, body) => call({ method: 'POST', path, body: JSON.stringify(body), contentType: json }),
    inquire: async (path, body) => {
      const what: Call = { method: 'POST', path, body: JSON.stringify(body), contentType: json }
      return fieldsOf(await ask(what))
    },
    replace: (path, body) => call({ method: 'PUT', path, body: JSON.stringify(body), contentType: json }),
    patch: (path, patch) => call({ method: 'PATCH', path, ...patchBody(patch) }),
    pages: (path, query, signal) => pagesOf((page) => listPage(send, withQuery(path, page), signal), query),
    stream: async (path, query, { signal, idleMs }) => {
      const target: Call = { method: 'GET', path: withQuery(path, query) }
      return (await send(target, { pool: 'streams', signal, bodyTimeout: idleMs })).body
    },
  }
}

interface Sending {
  readonly pool: Pool
  readonly signal: AbortSignal
  readonly bodyTimeout?: number
}

type Send = (call: Call, sending: Sending) => Promise<Dispatcher.ResponseData>

function sender(kubeConfig: PooledKubeConfig, userAgent: string): Send {
  return async (call, { pool, signal, bodyTimeout = callTimeout }) => {
    const { method, path, body, contentType } = call
    try {
      const { server, headers, dispatcher }: Access = await kubeConfig.access(pool)
      const response = await request(server + path, {
        method,
        dispatcher,
        signal,
        headers: {
          ...headers,
          accept: 'application/json',
          'user-agent': userAgent,
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
        },
        body: body ?? null,
        headersTimeout: callTimeout,
        bodyTimeout,
      })
      if (response.statusCode < 300) return response
      const answer: unknown = await response.body.json().catch(() => undefined)
      throw refusal(title(call), response.statusCode, response.headers, answer)
    } catch (thrown) {
      throw noAnswer(title(call), thrown)
    }
  }
}

/** Sends a call and reads the answer. */
type Ask = (call: Call, signal: AbortSignal) => Promise<unknown>

function paced(send: Send, pace: CallPace): Ask {
  return async (call, signal) => {
    await pace.take(signal)
    let refused = false
    try {
      return await bodyOf(await send(call, { pool: 'calls', signal }), call)
    } catch (thrown) {
      refused = thrown instanceof KubernetesApiError && thrown.code === 429
      throw thrown
    } finally {
      pace.give(refused)
    }
  }
}

/** One call with its second chances. */
async function patiently(call: Call, ask: Ask, timeout: number): Promise<unknown> {
  const deadline = AbortSignal.timeout(timeout)
  const end = performance.now() + timeout
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(call, deadline)
    } catch (thrown) {
      const error = noAnswer(title(call), thrown)
      const wait = secondChance(error, call, attempt)
      if (wait === undefined || performance.now() + wait >= end) throw error
      await pause(wait)
    }
  }
}

/** Milliseconds after which the call may be tried again, or undefined. */
function secondChance(error: KubernetesApiError, { method }: Call, attempt: number): number | undefined {
  // Spread out: who was refused at the same moment must not come back at the same moment.
  if (error.code === 429) return spread(Math.max(error.retryAfter ?? 1000, 100))
  // The server may close a connection in the moment in which we use it again; only reading is safe to repeat.
  const broken = error.reason === 'UND_ERR_SOCKET' || error.reason === 'ECONNRESET'
  return method === 'GET' && broken && attempt === 1 ? 0 : undefined
}

function spread(wait: number): number {
  return wait + Math.random() * Math.min(wait, 5000)
}

async function* pagesOf(listed: (query: Query) => Promise<unknown>, query: Query): AsyncGenerator<Page> {
  let next: string | undefined
  do {
    const list = fieldsOf(await listed({ ...query, limit: String(pageSize), ...(next ? { continue: next } : {}) }))
    const metadata = fieldsOf(list['metadata'])
    yield { objects: objectsIn(list), resourceVersion: textOf(metadata['resourceVersion']) ?? '' }
    next = textOf(metadata['continue'])
  } while (next)
}

async function listPage(send: Send, path: string, signal: AbortSignal): Promise<unknown> {
  const call: Call = { method: 'GET', path }
  return await bodyOf(
    await send(call, { pool: 'calls', signal: AbortSignal.any([signal, AbortSignal.timeout(pageTimeout)]) }),
    call,
  )
}

function objectsIn(list: Readonly<Record<string, unknown>>): readonly KubeObject[] {
  const apiVersion = textOf(list['apiVersion']) ?? ''
  const kind = (textOf(list['kind']) ?? '').replace(/List$/, '')
  return listOf(list['items'])
    .map((item) => parseKubeObject(item, { apiVersion, kind }))
    .filter((object) => object !== undefined)
}

async function bodyOf(response: Dispatcher.ResponseData, call: Call): Promise<unknown> {
  try {
    return await response.body.json()
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw notJson(call, response.statusCode)
    throw noAnswer(title(call), thrown)
  }
}

function objectIn(body: unknown, call: Call): KubeObject {
  const object = parseKubeObject(body)
  if (object === undefined) throw notJson(call, 200)
  return object
}

function notJson(call: Call, code: number): KubernetesApiError {
  return new KubernetesApiError(title(call), { code, reason: 'NotAnObject' })
}

function patchBody(patch: Patch): { body: string; contentType: string } {
  switch (patch.kind) {
    case 'merge':
      return { body: JSON.stringify(patch.body), contentType: 'application/merge-patch+json' }
    case 'json':
      return { body: JSON.stringify(patch.operations), contentType: 'application/json-patch+json' }
  }
}

function withQuery(path: string, query: Query): string {
  return `${path}?${new URLSearchParams(query).toString()}`
}

/** How errors name a request: without its query, which may hold a long `continue`. */
function title({ method, path }: Call): string {
  return `${method} ${path.replace(/\?.*$/, '')}`
}
