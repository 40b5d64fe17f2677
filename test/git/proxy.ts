import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { after } from 'node:test'

/** What stands between a client and a git server; `answer` may answer a request itself, by its path and body. */
export interface ProxyOptions {
  readonly target: string
  /** Lets nobody speak protocol version 2, as servers before it. */
  readonly oldProtocol?: boolean
  /** The answer's body; `cut` ends the connection; undefined lets the request pass. */
  readonly answer?: (path: string, body: Buffer) => Answer | Promise<Answer>
}

type Answer = string | Buffer | { readonly cut: true } | undefined

/** Starts a proxy before a git server; it ends with the test file. Resolves to its URL. */
export async function startProxy({ target, oldProtocol = false, answer }: ProxyOptions): Promise<string> {
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const own = await answer?.(request.url ?? '', body)
    if (own !== undefined && typeof own === 'object' && 'cut' in own) return void response.destroy()
    if (own !== undefined) {
      const type = `${request.headers['content-type'] ?? ''}`.replace(/-request$/, '-result')
      return void response.writeHead(200, { 'content-type': type }).end(own)
    }
    const { 'git-protocol': protocol, ...headers } = request.headers
    const kept = oldProtocol || protocol === undefined ? headers : { ...headers, 'git-protocol': protocol }
    const forward = ask(`${target}${request.url}`, { method: request.method, headers: kept }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(response)
    })
    forward.on('error', () => response.destroy())
    forward.end(body)
  }

  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** The message `ERR <words>` of the git protocol. */
export function errorMessage(words: string): string {
  return `${(words.length + 8).toString(16).padStart(4, '0')}ERR ${words}`
}
