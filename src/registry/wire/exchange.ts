import { request, type Dispatcher } from 'undici'
import { reasons } from '../../api/conditions.ts'
import type { OwnProxy } from '../../core/own-proxy.ts'
import { ReconcileError } from '../../errors.ts'
import type { HostGuard } from '../../http/host-guard.ts'
import type { TlsSettings } from '../../http/tls-settings.ts'
import { createAnswerRoom, free, type AnswerRoom, type AnswerShare } from './answer-room.ts'
import { decodeBody, hasTooManyValues, mostValues, type Decoded } from './decode-body.ts'
import { eachOnce, type ResponseHeaders } from './response-headers.ts'
import { transportFault, type TransportFault } from './transport-fault.ts'

/** What a request is for, as metrics tell them apart. */
export type RequestKind = 'tags' | 'listing' | 'manifest' | 'blob' | 'token'

/** One request to a registry or token server. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly url: URL
  /** The value of `Authorization`; it never goes to another origin. */
  readonly authorization?: string | undefined
  /** Its client certificate is not shown to another origin either. */
  readonly tls?: TlsSettings | undefined
  /** Undefined: the operator's own. It holds for redirects too. */
  readonly way?: OwnProxy | undefined
  readonly accept: string
  readonly kind: RequestKind
  /** An `ETag` that was got for the same request: the answer may be 304 then, without a body. */
  readonly validator?: string | undefined
  /** Headers, and a body, that prove who asks: the request follows no redirect then. */
  readonly proof?: { readonly headers: Readonly<Record<string, string>>; readonly body?: string } | undefined
  /** The most bytes a body may have. */
  readonly limit: number
}

/** An answer, whatever its status, with its whole body. */
export interface HttpResponse {
  /** What was asked in the end, after redirects. */
  readonly url: URL
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Buffer
}

/** An answer, or why there is none. */
export type Exchanged =
  | { readonly kind: 'answer'; readonly response: HttpResponse }
  | ({ readonly kind: 'fault' } & TransportFault)

/** How long an answer may take, in ms: until its headers are there, and from then to its end. */
export interface Timeouts {
  readonly headers: number
  readonly body: number
}

/** Sends a request once and reads the answer to its end; `room` is for all that are being read. */
export async function exchange(
  ask: HttpRequest,
  guard: HostGuard,
  timeouts: Timeouts,
  room: AnswerRoom = createAnswerRoom(),
): Promise<Exchanged> {
  const share = room.enter()
  try {
    const {
      statusCode,
      headers: sent,
      body,
    } = await request(ask.url, {
      method: ask.method,
      headers: {
        'user-agent': 'image-update-operator',
        accept: ask.accept,
        'accept-encoding': 'identity',
        ...(ask.authorization === undefined ? {} : { authorization: ask.authorization }),
        ...(ask.validator === undefined ? {} : { 'if-none-match': ask.validator }),
        ...ask.proof?.headers,
      },
      ...(ask.proof?.body === undefined ? {} : { body: ask.proof.body }),
      dispatcher: guard.dispatcherFor(ask.url, ask.tls, ask.way),
      signal: AbortSignal.timeout(timeouts.headers + timeouts.body),
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.body,
      // Otherwise undici ends the connection after each HEAD.
      reset: false,
    })
    const headers = eachOnce(sent)
    const content = await unpacked(await readBody(body, ask, share), headers['content-encoding'], { ask, share })
    return { kind: 'answer', response: { url: ask.url, status: statusCode, headers, body: content } }
  } catch (thrown) {
    return { kind: 'fault', ...faultOf(thrown, ask.url) }
  } finally {
    share.leave()
  }
}

/** An answer that began and did not come to its end. */
class CutShort extends Error {}

/** An answer that was given up for others that are being read. */
class Crowded extends Error {}

function faultOf(thrown: unknown, { host }: URL): TransportFault {
  if (thrown instanceof Crowded) {
    const message = `there is no room for the answer of ${host} beside other large ones; it is asked again`
    return { error: new ReconcileError(reasons.scanIncomplete, message), again: true }
  }
  if (!(thrown instanceof CutShort)) return transportFault(thrown, host)
  const { again } = transportFault(thrown.cause, host)
  return { error: new ReconcileError(reasons.scanIncomplete, `the answer of ${host} was cut short`), again }
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  { limit, url }: HttpRequest,
  share: AnswerShare,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  let fits = true
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      chunks.push(chunk)
      fits = share.hold(size)
      // Leaving the loop ends the connection.
      if (size > limit || !fits) break
    }
  } catch (cause) {
    throw new CutShort('cut short', { cause })
  }
  if (size > limit) throw tooLarge(url, limit)
  if (!fits) throw new Crowded('no room')
  return Buffer.concat(chunks)
}

/** What it unpacks to is not known before: it gets room for a short answer, as most are, and more only if that won't do. */
const guesses = [free / 2, 4 * free]

async function unpacked(
  packed: Buffer,
  encoding: string | undefined,
  { ask: { limit, url }, share }: { readonly ask: HttpRequest; readonly share: AnswerShare },
): Promise<Buffer> {
  let content: Decoded = 'tooLarge'
  for (const most of [...guesses.filter((guess) => guess < limit), limit]) {
    const isPacked = encoding !== undefined && packed.length > 0
    if (isPacked && !share.hold(packed.length + most)) throw new Crowded('no room')
    content = await decodeBody(packed, encoding, most)
    if (content !== 'tooLarge') break
  }
  if (content === 'tooLarge') throw tooLarge(url, limit)
  if (content === 'broken') throw new CutShort('broken encoding')
  if (content === 'unknown') throw odd(url, 'packs its answer in a way (Content-Encoding) that is not known here')
  if (hasTooManyValues(content)) throw odd(url, `sends more than ${mostValues} values in one answer`)
  return content
}

function tooLarge(url: URL, limit: number): ReconcileError {
  return odd(url, `sends more than ${Math.ceil(limit / 1024)} KiB`)
}

function odd({ host }: URL, what: string): ReconcileError {
  return new ReconcileError(reasons.registryProtocolError, `${host} ${what}`)
}
