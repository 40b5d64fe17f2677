// Stands between the operator and the API server and does, when told to, what a real one does only now and then.
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { Agent, createServer, request as requestUpstream, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { parse, stringify } from 'yaml'
import { createAuthority, issueCertificate } from './certificate.ts'
import type { ControlPlane } from './control-plane-access.ts'

/** A request that came by. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly isWatch: boolean
  readonly userAgent: string
}

/** What is done with a request instead of passing it on. */
export type ApiFault =
  | { readonly kind: 'answer'; readonly code: number; readonly reason: string; readonly retryAfter?: number }
  | { readonly kind: 'errorEvent'; readonly code: number; readonly reason: string }
  | { readonly kind: 'events'; readonly lines: readonly unknown[] }
  | { readonly kind: 'page'; readonly text: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }

/** Chooses a fault for a request; undefined lets it through. */
export type Scenario = (request: ApiRequest) => ApiFault | undefined

/** What real API servers do now and then. */
export const scenarios = {
  /** The position to watch from is too old: told by HTTP. */
  goneByHttp: (times = 1): Scenario => firstWatches(times, { kind: 'answer', code: 410, reason: 'Expired' }),
  /** The same, told by an event in the stream. */
  goneInStream: (times = 1): Scenario => firstWatches(times, { kind: 'errorEvent', code: 410, reason: 'Expired' }),
  /** Too much to do: come back in so many seconds. */
  busy: (times: number, retryAfter: number): Scenario =>
    first(times, () => true, { kind: 'answer', code: 429, reason: 'TooManyRequests', retryAfter }),
  /** Rights have been taken away. */
  forbidden: (): Scenario => () => ({ kind: 'answer', code: 403, reason: 'Forbidden' }),
  /** Something on the way answers in its own words, as the log-in page of a proxy does. */
  logInPage: (): Scenario => () => ({ kind: 'page', text: '<html>do not tell</html>' }),
  /** Nothing is ever answered. */
  hang: (): Scenario => () => ({ kind: 'hang' }),
  /** Connections break as soon as something is asked. */
  reset: (): Scenario => () => ({ kind: 'reset' }),
  /** Watches say nothing but this, and stay open. */
  watchesSay: (...lines: readonly unknown[]): Scenario => firstWatches(Infinity, { kind: 'events', lines }),
} as const

/** A proxy in front of a control plane, with a certificate of its own. */
export interface ApiFaults {
  /** Writes a kubeconfig like the one given, but for this proxy; answers its path. */
  readonly kubeconfig: (original: string) => Promise<string>
  /** From now on; undefined lets everything through. */
  readonly play: (scenario: Scenario | undefined) => void
  /** Every request so far, faults included. */
  readonly requests: () => readonly ApiRequest[]
  /** How many connections were made so far. */
  readonly connections: () => number
  /** How many watches are open. */
  readonly openWatches: () => number
  /** Ends open watches as the API server does after a while. */
  readonly endWatches: () => void
  /** Breaks every connection. */
  readonly cut: () => void
  readonly stop: () => Promise<void>
}

/** Starts the proxy on a free port of 127.0.0.1. */
export async function startApiFaults(controlPlane: ControlPlane): Promise<ApiFaults> {
  const authority = createAuthority('api-faults')
  const { certificate, key } = issueCertificate(authority, { commonName: 'kube-apiserver', hosts: ['127.0.0.1'] })
  const upstream = new Agent({ keepAlive: true, ca: controlPlane.caData })
  const seen: ApiRequest[] = []
  const watches = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  let connections = 0
  let scenario: Scenario | undefined
  const server = createServer({ cert: certificate, key }, (incoming, response) => {
    const request = parseRequest(incoming)
    seen.push(request)
    if (request.isWatch) keep(watches, response)
    serve(scenario?.(request), response, {
      passOn: () => passOn(incoming, response, controlPlane.server, upstream),
      // TLS sockets can't be reset; the one below can.
      reset: () => sockets.forEach((raw) => raw.remotePort === incoming.socket.remotePort && raw.resetAndDestroy()),
    })
  })
  server.on('connection', (socket: Socket) => {
    connections++
    keep(sockets, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    kubeconfig: (original) => redirected(original, `https://127.0.0.1:${port}`, authority.certificate),
    play: (chosen) => void (scenario = chosen),
    requests: () => [...seen],
    connections: () => connections,
    openWatches: () => watches.size,
    endWatches: () => watches.forEach((response) => response.end()),
    cut: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    stop: async () => await stop(server, sockets, upstream),
  }
}

function first(times: number, fits: (request: ApiRequest) => boolean, fault: ApiFault): Scenario {
  let left = times
  return (request) => (fits(request) && left-- > 0 ? fault : undefined)
}

function firstWatches(times: number, fault: ApiFault): Scenario {
  return first(times, ({ isWatch }) => isWatch, fault)
}

function parseRequest({ method = '', url = '/', headers }: IncomingMessage): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'https://unused')
  const isWatch = searchParams.get('watch') === 'true'
  return { method, path: pathname, query: searchParams, isWatch, userAgent: headers['user-agent'] ?? '' }
}

function keep<T extends ServerResponse | Socket>(all: Set<T>, one: T): void {
  all.add(one)
  one.once('close', () => all.delete(one))
}

function serve(
  fault: ApiFault | undefined,
  response: ServerResponse,
  otherwise: { passOn: () => void; reset: () => void },
): void {
  switch (fault?.kind) {
    case undefined:
      return otherwise.passOn()
    case 'answer':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      response.writeHead(fault.code, { 'content-type': 'application/json', 'x-secret': 'do not tell' })
      response.end(JSON.stringify(statusOf(fault)))
      return
    case 'errorEvent':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(fault) })}\n`)
      return
    case 'events':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      for (const line of fault.lines) response.write(`${JSON.stringify(line)}\n`)
      return
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' }).end(fault.text)
      return
    case 'reset':
      return otherwise.reset()
    case 'hang':
      return
  }
}

function statusOf({ code, reason }: { readonly code: number; readonly reason: string }): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: 'do not tell' }
}

function passOn(incoming: IncomingMessage, response: ServerResponse, server: string, agent: Agent): void {
  const upstream = requestUpstream(server + (incoming.url ?? '/'), {
    method: incoming.method,
    headers: { ...incoming.headers, host: new URL(server).host },
    agent,
  })
  upstream.on('response', (answer) => {
    // A watch may have been ended before the API server had answered.
    if (response.writableEnded) return void upstream.destroy()
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    response.flushHeaders()
    answer.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Record<string, string> }[]
}

async function redirected(original: string, server: string, ca: string): Promise<string> {
  const config = parse(await readFile(original, 'utf8')) as Kubeconfig
  for (const { cluster } of config.clusters)
    Object.assign(cluster, { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') })
  const file = original.replace(/\.kubeconfig$/, '-faults.kubeconfig')
  await writeFile(file, stringify(config), { mode: 0o600 })
  return file
}

async function stop(server: Server, sockets: ReadonlySet<Socket>, upstream: Agent): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  upstream.destroy()
  await closed
}
