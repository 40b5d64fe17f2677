import { request as requestPlain, type IncomingHttpHeaders } from 'node:http'
import { request as requestTls } from 'node:https'

/** One HTTP request of a test, the demonstration or a probe. */
export interface HttpRequest {
  readonly url: string
  /** GET unless given. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string
  /** 20 s unless given, for the whole of it. */
  readonly timeoutMs?: number
}

/** What was answered, with the whole body. */
export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Sends a request on a connection of its own and reads the answer to its end, whatever its status. */
export function httpRequest({
  url,
  method = 'GET',
  headers = {},
  body,
  ca,
  timeoutMs = 20_000,
}: HttpRequest): Promise<HttpResponse> {
  const send = url.startsWith('https:') ? requestTls : requestPlain
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(ca !== undefined && { ca }),
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    request.end(body)
  })
}
