import { request, type Dispatcher } from 'undici'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { HostGuard } from '../../http/host-guard.ts'
import { GitFault } from './git-fault.ts'
import type { Service } from './remote.ts'
import { statusError, type Asked } from './transport-error.ts'

/** One request to a service; `version` is the protocol's, `limit` bounds the answer in bytes. */
export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly service: Service
  readonly version: 0 | 2
  readonly limit: number
  readonly body?: Buffer
}

/** An answer: its body, or where to ask instead. */
export type Answer =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'redirect'; readonly location: string }

/** To whom and how a request is sent; `timeout` in ms, `answered` is told the status. */
export interface Exchange {
  /** The value of the header. */
  readonly authorization: string | undefined
  readonly guard: HostGuard
  readonly ask: Ask
  readonly timeout: number
  readonly asked: Asked
  readonly answered: (status: number | 'error') => void
}

/** Sends a request and reads the answer. Throws ReconcileErrors, a GitFault for one that is too large, and what the client throws. */
export async function exchange(url: string, context: Exchange): Promise<Answer> {
  const { ask, asked, answered } = context
  const { statusCode, headers, body } = await respond(url, context).catch((error: unknown) => {
    answered('error')
    throw error
  })
  answered(statusCode)
  if (statusCode === 200 && isGitAnswer(headers['content-type'], ask.service)) {
    return { kind: 'body', body: await readBody(body, ask.limit) }
  }
  await body.dump({ limit: 64 * 1024 })
  if (statusCode === 200) {
    const message = `${asked.name} does not answer as a git server does (a login page, or another kind of address?)`
    throw new ReconcileError(reasons.gitUnavailable, message)
  }
  const location = headers['location']
  if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') return { kind: 'redirect', location }
  const retryAfter = headers['retry-after']
  throw statusError(statusCode, typeof retryAfter === 'string' ? retryAfter : undefined, asked)
}

function respond(url: string, { authorization, guard, ask, timeout }: Exchange): Promise<Dispatcher.ResponseData> {
  return request(url, {
    method: ask.method,
    headers: headersFor(authorization, ask),
    ...(ask.body === undefined ? {} : { body: ask.body }),
    dispatcher: guard.dispatcher,
    signal: AbortSignal.timeout(timeout),
    headersTimeout: timeout,
    bodyTimeout: timeout,
  })
}

function headersFor(authorization: string | undefined, { method, service, version }: Ask): Record<string, string> {
  return {
    // Some servers serve git only to what calls itself git.
    'user-agent': 'git/2.0 (image-update-operator)',
    ...(method === 'POST'
      ? { 'content-type': `application/x-${service}-request`, accept: `application/x-${service}-result` }
      : {}),
    ...(version === 2 ? { 'git-protocol': 'version=2' } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  }
}

function isGitAnswer(contentType: string | readonly string[] | undefined, service: Service): boolean {
  return typeof contentType === 'string' && contentType.startsWith(`application/x-${service}-`)
}

async function readBody(body: Dispatcher.ResponseData['body'], limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    // Leaving the loop ends the connection.
    if (size > limit) throw new GitFault('tooLarge', 'its answer is larger than is read')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
