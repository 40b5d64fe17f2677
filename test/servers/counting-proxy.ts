import { once } from 'node:events'
import {
  createServer,
  request as requestUpstream,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeyPair } from './certificate.ts'

/** A request that the proxy saw. */
export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** What was answered; 0 for a connection that was cut, or that the client gave up. */
  readonly status: number
  /** Whether it carried an `Authorization` header. */
  readonly authorization: boolean
  readonly userAgent: string
  readonly receivedAt: Date
}

/** What to do with a request instead of passing it on; `delay` passes it on after a while. */
export type Fault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' }

/** Chooses a fault for a request as it comes, or undefined to let it through. */
export type FaultChooser = (request: Pick<SeenRequest, 'method' | 'path' | 'authorization'>) => Fault | undefined

/** An HTTP server in front of another: it counts, and it fails when told to. */
export interface CountingProxy {
  readonly port: number
  /** In the order in which they were answered. */
  readonly requests: () => readonly SeenRequest[]
  readonly clearRequests: () => void
  /** From now on; undefined ends it. Requests that hang are not freed by this, but by `stopServing`. */
  readonly fault: (choose: FaultChooser | undefined) => void
  /** Refuses connections, and cuts those there are. */
  readonly stopServing: () => Promise<void>
  /** Takes connections again, on the same port. */
  readonly startServing: () => Promise<void>
}

/** Puts a proxy on a port of 127.0.0.1 in front of another port there; with a key pair it speaks TLS. */
export async function startCountingProxy(upstreamPort: number, port: number, tls?: KeyPair): Promise<CountingProxy> {
  let seen: SeenRequest[] = []
  let choose: FaultChooser | undefined
  const listener: RequestListener = (request, response) => {
    const { method = '', url: path = '' } = request
    const receivedAt = new Date()
    const authorization = request.headers.authorization !== undefined
    response.once('close', () =>
      seen.push({
        method,
        path,
        receivedAt,
        status: response.headersSent ? response.statusCode : 0,
        authorization,
        userAgent: request.headers['user-agent'] ?? '',
      }),
    )
    void serve(request, response, { upstreamPort, fault: choose?.({ method, path, authorization }) })
  }
  const server: Server = tls
    ? createTlsServer({ cert: tls.certificate, key: tls.key }, listener)
    : createServer(listener)
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => [...seen],
    clearRequests: () => {
      seen = []
    },
    fault: (chooser) => {
      choose = chooser
    },
    stopServing: async () => await close(server),
    startServing: async () => await listen(server, port),
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { upstreamPort, fault }: { upstreamPort: number; fault: Fault | undefined },
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return passOn(request, response, upstreamPort)
    case 'answer':
      response.writeHead(fault.status, fault.headers).end(fault.body)
      return
    case 'delay':
      await pause(fault.milliseconds)
      return passOn(request, response, upstreamPort)
    case 'cut':
      request.socket.destroy()
      return
    case 'hang':
      return
  }
}

function passOn(request: IncomingMessage, response: ServerResponse, port: number): void {
  const upstream = requestUpstream({
    host: '127.0.0.1',
    port,
    method: request.method,
    path: request.url,
    headers: request.headers,
    setHost: false,
  })
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(response)
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

async function listen(server: Server, port: number): Promise<void> {
  if (server.listening) return
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
