import { Agent, request, type Dispatcher } from 'undici'
import type { ControlPlane } from '../control-plane-access.ts'

/** Where the API server is and who the stand-in is to it. */
export type Cluster = Pick<ControlPlane, 'server' | 'adminToken' | 'caData'>

/** A Kubernetes object, or a list of them, as the API server sends it. */
export type Json = Readonly<Record<string, unknown>>

/** The API server's refusal. */
export class ApiFailure extends Error {
  readonly status: number
  constructor(path: string, status: number, body: string) {
    super(`${path}: ${status} ${body.slice(0, 500)}`)
    this.name = 'ApiFailure'
    this.status = status
  }
}

/** A connection to the API server. */
export interface ApiClient {
  readonly get: (path: string) => Promise<Json>
  readonly post: (path: string, body: unknown) => Promise<Json>
  /** A JSON merge patch. */
  readonly patch: (path: string, body: unknown) => Promise<Json>
  /** The lines of a watch, until the server ends it (after 5 minutes at most) or `signal` does. */
  readonly lines: (path: string, signal: AbortSignal) => AsyncIterable<string>
  readonly close: () => Promise<void>
}

const longestAnswer = 10_000
const longestWatch = 330_000

/** Opens a pool of connections. Every request says that it comes from `argocd-stand-in`. */
export function openApiClient({ server, adminToken, caData }: Cluster): ApiClient {
  const agent = new Agent({ connect: { ca: caData }, headersTimeout: longestAnswer, bodyTimeout: longestAnswer })
  const headers = { authorization: `Bearer ${adminToken}`, accept: 'application/json', 'user-agent': 'argocd-stand-in' }

  async function send(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<Json> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const response = await request(server + path, {
      method,
      dispatcher: agent,
      headers: body === undefined ? headers : { ...headers, 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
    })
    return (await read(path, response)) as Json
  }

  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    lines: async function* lines(path, signal) {
      const response = await request(server + path, { dispatcher: agent, headers, signal, bodyTimeout: longestWatch })
      if (response.statusCode !== 200) throw new ApiFailure(path, response.statusCode, await response.body.text())
      yield* linesOf(response.body)
    },
    close: () => agent.destroy(),
  }
}

async function read(path: string, { statusCode, body }: Dispatcher.ResponseData): Promise<unknown> {
  const text = await body.text()
  if (statusCode >= 300) throw new ApiFailure(path, statusCode, text)
  return JSON.parse(text)
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
