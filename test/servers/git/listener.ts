import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** An HTTP server on 127.0.0.1 that keeps its port when it is stopped and started again. */
export interface Listener {
  readonly url: string
  readonly isServing: () => boolean
  readonly startServing: () => Promise<void>
  /** Refuses connections and ends those that are open. */
  readonly stopServing: () => Promise<void>
}

/** Listens on a free port. A request whose answer rejects has its connection cut. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listener> {
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  // Longer than clients keep an idle connection: else a request may meet a connection that is being closed.
  server.keepAliveTimeout = 60_000
  let port = 0
  const startServing = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        const address = server.address()
        port = typeof address === 'object' && address !== null ? address.port : port
        resolve()
      })
    })
  const stopServing = async () => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  await startServing()
  return { url: `http://127.0.0.1:${port}`, isServing: () => server.listening, startServing, stopServing }
}
