import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page: its text, or a failure with a sentence. */
export interface Answer {
  readonly status: number
  readonly contentType?: string
  readonly text: string
}

/** Pages by path; a page is made anew for each request. */
export type Pages = Readonly<Record<string, () => Answer | Promise<Answer>>>

/** A server that listens. */
export interface RunningServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves pages over plain HTTP (GET and HEAD) for scrapes and probes. Rejects when the address can't be bound; a
 * connection that sends no request for 10 s is closed.
 */
export async function serve(address: { host: string | undefined; port: number }, pages: Pages): Promise<RunningServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    if (page === undefined)
      return send(response, { status: 404, text: `There is ${Object.keys(pages).join(', ')} here\n` })
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, { status: 405, text: 'GET only\n' })
    return void Promise.resolve()
      .then(page)
      .catch((): Answer => ({ status: 500, text: 'This page could not be made\n' }))
      .then((answer) => send(response, answer))
  })
  await listening(server, address)
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': answer.contentType ?? 'text/plain; charset=utf-8' })
  response.end(answer.text)
}

function listening(server: Server, address: { host: string | undefined; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, () =>
      resolve(),
    )
  })
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
