import { spawn, type ChildProcess } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What git's answer is sent through: the request it answers, where it goes, and what is counted on the way. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly environment: NodeJS.ProcessEnv
  /** Git does its work but the connection ends before a byte of the answer is sent. */
  readonly loseAnswer: boolean
  readonly received: (chunk: Buffer) => void
  /** Called once the status is set, then for every piece. */
  readonly sent: (bytes: number) => void
  readonly started: (child: ChildProcess) => void
}

/** Lets `git http-backend` (git's own CGI program) answer a request, streaming both ways. */
export async function answerWithGit(exchange: Exchange): Promise<void> {
  const { request, response, started } = exchange
  const child = spawn('git', ['http-backend'], { env: cgiEnvironment(exchange), stdio: ['pipe', 'pipe', 'ignore'] })
  started(child)
  // A client that leaves, or a git that ends early, breaks a pipe; what matters is seen at the other end.
  child.stdin.on('error', () => undefined)
  request.on('error', () => undefined)
  request.on('data', exchange.received)
  request.pipe(child.stdin)
  response.on('close', () => void (response.writableFinished || exchange.loseAnswer || child.kill()))
  if (exchange.loseAnswer) {
    for await (const _ of child.stdout);
    response.destroy()
    return
  }
  await sendAnswer(child.stdout, exchange)
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

function cgiEnvironment({ request, url, environment }: Exchange): NodeJS.ProcessEnv {
  const { headers } = request
  return {
    ...environment,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    REMOTE_ADDR: request.socket.remoteAddress,
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    // Servers of before 2.34 read the second of the two.
    HTTP_GIT_PROTOCOL: header(headers['git-protocol']),
    GIT_PROTOCOL: header(headers['git-protocol']),
  }
}

const header = (value: string | string[] | undefined) => (typeof value === 'string' ? value : value?.join(','))
