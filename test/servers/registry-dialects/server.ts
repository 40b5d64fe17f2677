import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { KeyPair } from '../certificate.ts'

/** A request as a dialect sees it. */
export interface DialectRequest {
  readonly method: string
  /** Path without query. */
  readonly path: string
  /** With the question mark, '' without. */
  readonly query: string
  readonly authorization: string | undefined
  /** `If-None-Match`. */
  readonly validator: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What to answer. `cut` ends the connection after so many bytes of the body; an object becomes JSON. */
export interface DialectAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer | object
  readonly cut?: number
}

/** One kind of registry: undefined is 404 as a registry says it. */
export type Dialect = (
  request: DialectRequest,
  server: { readonly host: string; readonly url: string },
) => DialectAnswer | undefined

/** A small server on 127.0.0.1 that speaks a dialect. */
export interface DialectServer {
  readonly host: string
  readonly url: string
  /** In the order in which they came; a test may empty it. */
  readonly requests: DialectRequest[]
  /** From now on it speaks another one. */
  speak(dialect: Dialect): void
  stop(): Promise<void>
}

const unknown: DialectAnswer = { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'unknown' }] } }

/** Starts one; with a key pair it speaks TLS, with `clients` only to those who have a certificate by that authority. */
export async function startDialect(dialect: Dialect, tls?: KeyPair, clients?: string): Promise<DialectServer> {
  const requests: DialectRequest[] = []
  let spoken = dialect
  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const [path = '', ...query] = (request.url ?? '').split(/(?=\?)/)
    const seen: DialectRequest = {
      method: request.method ?? '',
      path,
      query: query.join(''),
      authorization: request.headers.authorization,
      validator: request.headers['if-none-match'],
      headers: request.headers,
      body,
    }
    requests.push(seen)
    send(response, spoken(seen, { host, url }) ?? unknown)
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void text(request).then(
      (body) => answer(request, response, body),
      () => response.destroy(),
    )
  const server = tls
    ? createTlsServer(
        { cert: tls.certificate, key: tls.key, ...(clients && { ca: clients, requestCert: true }) },
        listener,
      )
    : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${tls ? 'https' : 'http'}://${host}`
  return {
    host,
    url,
    requests,
    speak: (other) => {
      spoken = other
    },
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', cut }: DialectAnswer): void {
  const json = typeof body === 'object' && !Buffer.isBuffer(body)
  const content = json ? Buffer.from(JSON.stringify(body)) : Buffer.from(body)
  response.writeHead(status, {
    'content-type': json ? 'application/json' : 'text/plain',
    'content-length': content.length,
    ...(headers as Record<string, string | string[]>),
  })
  if (cut === undefined) return void response.end(content)
  response.write(content.subarray(0, cut), () => response.destroy())
}
