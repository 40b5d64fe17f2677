import { request, type Dispatcher } from 'undici'
import { reasons } from '../api/conditions.ts'
import { onChange, ReconcileError } from '../errors.ts'
import type { HostGuard } from '../http/host-guard.ts'
import { authorizationFor, repositoryName, type GitAccess } from './access.ts'
import { GitFault } from './git-fault.ts'
import { serverWords } from './server-words.ts'
import { isBrokenConnection, statusError, transportError, type Asked } from './transport-error.ts'

/** The two services of a git server. */
export type Service = 'git-upload-pack' | 'git-receive-pack'

/** A git repository behind smart HTTP (gitprotocol-http). Failures are ReconcileErrors, or a GitFault for an answer that is too large. */
export interface Remote {
  /** `host/path`, for messages. */
  readonly name: string
  readonly host: string
  /** The first exchange with a service; protocol version 2 is offered to upload-pack. */
  advertisement(service: Service): Promise<Buffer>
  /** One exchange with a service; `limit` bounds the answer in bytes, `version` is the protocol's. */
  call(service: Service, body: Buffer, options: { readonly limit: number; readonly version: 0 | 2 }): Promise<Buffer>
}

/** How long a request may take, in ms. */
export interface RemoteTimeouts {
  /** From the start until the answer has come in full. */
  readonly read: number
  /** The same for a push, during which the server's hooks run. */
  readonly push: number
}

/** Told of every request that was answered, or was not. */
export type GitRequestObserver = (request: {
  readonly host: string
  /** `fetch` for whatever reads, `push` for whatever writes. */
  readonly operation: 'fetch' | 'push'
  readonly status: number | 'error'
}) => void

/** What talking to a server needs besides its address. */
export interface RemoteParts {
  readonly guard: HostGuard
  readonly timeouts: RemoteTimeouts
  readonly onRequest?: GitRequestObserver | undefined
}

interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly service: Service
  readonly version: 0 | 2
  readonly limit: number
  readonly body?: Buffer
}

const longestAdvertisement = 64 * 1024 * 1024
const mostRedirects = 3

/** Opens a repository; nothing is sent yet. */
export function openRemote(access: GitAccess, { guard, timeouts, onRequest }: RemoteParts): Remote {
  const name = repositoryName(access.url)
  const { host, origin, pathname, protocol } = new URL(access.url)
  if (protocol !== 'https:' && protocol !== 'http:') {
    const message = `${name}: only https:// and http:// addresses of git repositories are supported`
    throw new ReconcileError(reasons.targetUnsupported, message, { retry: onChange })
  }
  // A server may answer the first exchange from another path of the same host: a repository that was renamed.
  let base = `${origin}${pathname.replace(/\/+$/, '')}`

  const count = ({ push }: Asked, status: number | 'error') =>
    onRequest?.({ host, operation: push ? 'push' : 'fetch', status })

  async function send(url: string, ask: Ask, again = true): Promise<Answer> {
    const asked: Asked = {
      name,
      host,
      authorized: access.credential !== undefined,
      push: ask.service === 'git-receive-pack',
    }
    try {
      guard.check(new URL(url))
      const timeout = asked.push ? timeouts.push : timeouts.read
      return await exchange(url, { access, guard, ask, timeout, asked, answered: (status) => count(asked, status) })
    } catch (error) {
      // Servers end connections that were idle, perhaps just now. A push is not repeated before it is known what became of it.
      if (again && !asked.push && isBrokenConnection(error)) return send(url, ask, false)
      throw error instanceof GitFault ? error : transportError(error, asked)
    }
  }

  async function advertisement(service: Service): Promise<Buffer> {
    const suffix = `/info/refs?service=${service}`
    const ask: Ask = {
      method: 'GET',
      path: suffix,
      service,
      version: service === 'git-upload-pack' ? 2 : 0,
      limit: longestAdvertisement,
    }
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await send(`${base}${suffix}`, ask)
      if (answer.kind === 'body') return answer.body
      base = movedTo(answer.location, { suffix, base, name, host })
    }
    throw new ReconcileError(reasons.gitUnavailable, `${name} redirects in a circle`)
  }

  async function call(
    service: Service,
    body: Buffer,
    { limit, version }: { limit: number; version: 0 | 2 },
  ): Promise<Buffer> {
    const answer = await send(`${base}/${service}`, {
      method: 'POST',
      path: `/${service}`,
      service,
      version,
      limit,
      body,
    })
    if (answer.kind === 'body') return answer.body
    throw new ReconcileError(reasons.gitUnavailable, `${name} redirects in the middle of a conversation`)
  }

  return { name, host, advertisement, call }
}

type Answer =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'redirect'; readonly location: string }

interface Context {
  readonly access: GitAccess
  readonly guard: HostGuard
  readonly ask: Ask
  readonly timeout: number
  readonly asked: Asked
  readonly answered: (status: number | 'error') => void
}

async function exchange(url: string, context: Context): Promise<Answer> {
  const { ask, asked, answered } = context
  const { statusCode, headers, body } = await respond(url, context).catch((error: unknown) => {
    answered('error')
    throw error
  })
  answered(statusCode)
  if (statusCode === 200) {
    const content = await readBody(body, ask.limit)
    if (isGitAnswer(headers['content-type'], ask.service)) return { kind: 'body', body: content }
    const message = `${asked.name} does not answer as a git server does (a login page, or another kind of address?)`
    throw new ReconcileError(reasons.gitUnavailable, message)
  }
  await body.dump({ limit: 64 * 1024 })
  const location = headers['location']
  if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') return { kind: 'redirect', location }
  const retryAfter = headers['retry-after']
  throw statusError(statusCode, typeof retryAfter === 'string' ? retryAfter : undefined, asked)
}

function respond(url: string, { access, guard, ask, timeout }: Context): Promise<Dispatcher.ResponseData> {
  return request(url, {
    method: ask.method,
    headers: headersFor(access, ask),
    ...(ask.body === undefined ? {} : { body: ask.body }),
    dispatcher: guard.dispatcher,
    signal: AbortSignal.timeout(timeout),
    headersTimeout: timeout,
    bodyTimeout: timeout,
  })
}

function headersFor(access: GitAccess, { method, service, version }: Ask): Record<string, string> {
  return {
    // Some servers serve git only to what calls itself git.
    'user-agent': 'git/2.0 (image-update-operator)',
    ...(method === 'POST'
      ? { 'content-type': `application/x-${service}-request`, accept: `application/x-${service}-result` }
      : {}),
    ...(version === 2 ? { 'git-protocol': 'version=2' } : {}),
    ...(access.credential === undefined ? {} : { authorization: authorizationFor(access.credential) }),
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

/** Where a redirect leads: credentials stay with their origin, and the repository's address must still be told from it. */
function movedTo(
  location: string,
  { suffix, base, name, host }: { suffix: string; base: string; name: string; host: string },
): string {
  const target = new URL(location, `${base}/`)
  if (target.origin !== new URL(base).origin) {
    const message = `${name} redirects to ${target.origin}, and credentials do not follow to another address; use that one if it is right`
    throw new ReconcileError(reasons.gitUnavailable, message, { retry: { kind: 'interval' } })
  }
  if (target.href.endsWith(suffix)) return target.href.slice(0, -suffix.length)
  const message = `${host} redirects ${name} to ${serverWords(target.pathname)}, which is no git repository; it probably asks for credentials`
  throw new ReconcileError(reasons.gitAuthFailed, message)
}
