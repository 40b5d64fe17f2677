import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { after } from 'node:test'

/** What stands between a client and a git server; `answer` may answer a request itself, by its path and body. */
export interface ProxyOptions {
  readonly target: string
  /** Lets nobody speak protocol version 2, as servers before it. */
  readonly oldProtocol?: boolean
  /** The answer's body; `cut` ends the connection; `first` lets that many bytes of the server's answer through, then ends the connection; undefined lets the request pass. */
  readonly answer?: (path: string, body: Buffer) => Answer | Promise<Answer>
}

type Answer = string | Buffer | { readonly cut: true } | { readonly first: number } | undefined

/** Starts a proxy before a git server; it ends with the test file. Resolves to its URL. */
export async function startProxy({ target, oldProtocol = false, answer }: ProxyOptions): Promise<string> {
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const own = await answer?.(request.url ?? '', body)
    if (typeof own === 'object' && 'cut' in own) return void response.destroy()
    if (typeof own === 'string' || Buffer.isBuffer(own)) {
      const type = `${request.headers['content-type'] ?? ''}`.replace(/-request$/, '-result')
      return void response.writeHead(200, { 'content-type': type }).end(own)
    }
    forward(request, response, { body, first: own?.first })
  }

  function forward(
    request: IncomingMessage,
    response: ServerResponse,
    { body, first }: { readonly body: Buffer; readonly first: number | undefined },
  ): void {
    const { 'git-protocol': protocol, ...headers } = request.headers
    const kept = oldProtocol || protocol === undefined ? headers : { ...headers, 'git-protocol': protocol }
    const passed = ask(`${target}${request.url}`, { method: request.method, headers: kept }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers)
      if (first === undefined) return void answered.pipe(response)
      void cutAfter(answered, response, first)
    })
    passed.on('error', () => response.destroy())
    passed.end(body)
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

async function cutAfter(answered: IncomingMessage, response: ServerResponse, first: number): Promise<void> {
  let left = first
  for await (const chunk of answered as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, left)
    await new Promise((resolve) => response.write(part, resolve))
    left -= part.length
    if (left === 0) break
  }
  response.destroy()
}

/** The message `ERR <words>` of the git protocol. */
export function errorMessage(words: string): string {
  return `${(words.length + 8).toString(16).padStart(4, '0')}ERR ${words}`
}
