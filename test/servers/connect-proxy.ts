import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { KeyPair } from './certificate.ts'

/** A running proxy for HTTPS and whatever else goes through a tunnel. */
export interface ConnectProxy {
  readonly url: string
  /** Each tunnel that was asked for, in order: to where, and what was shown for it. */
  readonly tunnels: () => readonly { readonly target: string; readonly authorization: string | undefined }[]
  /** Whose certificate was shown for each tunnel, in the same order; undefined for none. */
  readonly clients: () => readonly (string | undefined)[]
  readonly stop: () => void
}

/**
 * Starts a proxy (CONNECT) on a free port of 127.0.0.1; every tunnel leads to `to`, whatever its name. `status` other than 200 refuses. With a key pair, for
 * `localhost`, it speaks TLS itself, and asks clients for a certificate.
 */
export async function startConnectProxy(
  to: { readonly port: number },
  status = 200,
  tls?: KeyPair,
): Promise<ConnectProxy> {
  const clients: (string | undefined)[] = []
  const tunnels: { target: string; authorization: string | undefined }[] = []
  const sockets = new Set<Socket>()
  const listener: RequestListener = (_, response) => void response.writeHead(400).end()
  const server = tls
    ? createTlsServer({ cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false }, listener)
    : createServer(listener)
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))))
  server.on('connect', (request, client) => {
    tunnels.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    clients.push(client instanceof TLSSocket ? [client.getPeerCertificate().subject?.CN].flat()[0] : undefined)
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const upstream = connect(to.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Yes\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    for (const end of [client, upstream]) end.on('error', () => (client.destroy(), upstream.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${typeof address === 'object' ? address?.port : ''}`,
    tunnels: () => tunnels,
    clients: () => clients,
    stop: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
