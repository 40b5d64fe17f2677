import { spawn, type ChildProcess } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'

/** An answer that is not sent: git reads so many of the request's bytes (all unless given) and does its work, then `done` is awaited. */
export interface LostAnswer {
  readonly bytes?: number
  readonly done?: () => Promise<void>
}

/** What git's answer is sent through: the request it answers, where it goes, and what is counted on the way. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly environment: NodeJS.ProcessEnv
  /** Git does its work, whoever listens, but the connection ends before a byte of the answer is sent. */
  readonly lost: LostAnswer | undefined
  readonly received: (chunk: Buffer) => void
  /** Called once the status is set, then for every piece. */
  readonly sent: (bytes: number) => void
  readonly started: (child: ChildProcess) => void
}

/** Lets `git http-backend` (git's own CGI program) answer a request, streaming both ways. */
export async function answerWithGit(exchange: Exchange): Promise<void> {
  const { request, response, started, lost } = exchange
  const child = spawn('git', ['http-backend'], { env: cgiEnvironment(exchange), stdio: ['pipe', 'pipe', 'ignore'] })
  started(child)
  // A client that leaves, or a git that ends early, breaks a pipe; what matters is seen at the other end.
  child.stdin.on('error', () => undefined)
  request.on('error', () => undefined)
  request.on('data', exchange.received)
  if (lost?.bytes === undefined) request.pipe(child.stdin)
  else passFirst(request, child.stdin, lost.bytes)
  response.on('close', () => void (response.writableFinished || lost !== undefined || child.kill()))
  if (lost !== undefined) {
    for await (const _ of child.stdout);
    await lost.done?.()
    response.destroy()
    return
  }
  await sendAnswer(child.stdout, exchange)
}

function passFirst(request: IncomingMessage, input: Writable, bytes: number): void {
  let left = bytes
  request.on('data', (chunk: Buffer) => {
    if (left > 0) input.write(chunk.subarray(0, left))
    left -= chunk.length
    if (left <= 0) input.end()
  })
  request.on('end', () => input.end())
}

async function sendAnswer(output: AsyncIterable<Buffer>, { response, sent }: Exchange): Promise<void> {
  let head = Buffer.alloc(0)
  let body = false
  for await (const chunk of output) {
    let rest = chunk
    if (!body) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) continue
      body = true
      writeHead(response, head.toString('latin1', 0, end))
      rest = head.subarray(end + 4)
    }
    sent(rest.length)
    if (!response.write(rest) && !response.destroyed) await drained(response)
  }
  if (!body) response.statusCode = 500
  sent(0)
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve)
    response.once('close', resolve)
  })
}

function writeHead(response: ServerResponse, head: string): void {
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()]
    if (name.toLowerCase() === 'status') response.statusCode = Number(value.split(' ')[0])
    else response.setHeader(name, value)
  }
  response.flushHeaders()
}

function cgiEnvironment({ request, url, environment, lost }: Exchange): NodeJS.ProcessEnv {
  const { headers } = request
  return {
    ...environment,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    REMOTE_ADDR: request.socket.remoteAddress,
    CONTENT_TYPE: headers['content-type'],
    // Without a length it reads to the end; with one, and less to come, it would wait for ever.
    CONTENT_LENGTH: lost?.bytes === undefined ? headers['content-length'] : undefined,
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    // Servers of before 2.34 read the second of the two.
    HTTP_GIT_PROTOCOL: header(headers['git-protocol']),
    GIT_PROTOCOL: header(headers['git-protocol']),
  }
}

const header = (value: string | string[] | undefined) => (typeof value === 'string' ? value : value?.join(','))
