import { reasons } from '../../api/conditions.ts'
import type { HttpAddress } from '../../core/git/git-address.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import { nameOf, type GitAccess } from '../access.ts'
import { authorizationOf } from './authorization.ts'
import { exchange, type Answer, type Ask } from './exchange.ts'
import { GitFault } from './git-fault.ts'
import { longestAdvertisement, type CallOptions, type Remote, type RemoteParts, type Service } from './remote.ts'
import { serverWords } from './server-words.ts'
import { isBrokenConnection, transportError, type Asked } from './transport-error.ts'

const mostRedirects = 3

/** Opens a repository behind smart HTTP (gitprotocol-http); nothing is sent yet. */
export function openHttpRemote(access: GitAccess, { url }: HttpAddress, parts: RemoteParts): Remote {
  const name = nameOf(access)
  const { host, origin, pathname } = new URL(url)
  const own = `${origin}${pathname.replace(/\/+$/, '')}`
  // A server may answer the first exchange from another path of the same host: a repository that was renamed.
  let base = own

  const send = createSender(access, parts, { name, host })

  async function advertisement(service: Service): Promise<Buffer> {
    const suffix = `/info/refs?service=${service}`
    const ask: Ask = {
      method: 'GET',
      service,
      version: service === 'git-upload-pack' ? 2 : 0,
      limit: longestAdvertisement,
    }
    if (service === 'git-upload-pack') base = own
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await send(`${base}${suffix}`, ask)
      if (answer.kind === 'body') return answer.body
      base = movedTo(answer.location, { suffix, base, name, host })
    }
    throw new ReconcileError(reasons.gitUnavailable, `${name} redirects in a circle`)
  }

  async function call(service: Service, body: Buffer, { limit, version }: CallOptions): Promise<Buffer> {
    const answer = await send(`${base}/${service}`, { method: 'POST', service, version, limit, body })
    if (answer.kind === 'body') return answer.body
    throw new ReconcileError(reasons.gitUnavailable, `${name} redirects in the middle of a conversation`)
  }

  return { name, host, advertisement, call, close: () => undefined }
}

type Send = (url: string, ask: Ask, again?: boolean) => Promise<Answer>

/** Sends requests with what the access shows, each within its time. */
function createSender(
  { credential }: GitAccess,
  { guard, tokens, timeouts, onRequest }: RemoteParts,
  { name, host }: { readonly name: string; readonly host: string },
): Send {
  const count = ({ push }: Asked, status: number | 'error') =>
    onRequest?.({ host, operation: push ? 'push' : 'fetch', status })

  /** Whether it was refused with a token of a GitHub App, of which there are others. */
  function forgetToken({ reason }: ReconcileError): boolean {
    if (reason !== reasons.gitAuthFailed || credential?.kind !== 'githubApp') return false
    tokens.forget(credential)
    return true
  }

  async function send(...[url, ask, again = true]: Parameters<Send>): Promise<Answer> {
    const asked: Asked = {
      name,
      host,
      authorized: credential !== undefined,
      push: ask.service === 'git-receive-pack',
    }
    let authorization: string | undefined
    try {
      guard.check(new URL(url))
      const timeout = asked.push ? timeouts.push : timeouts.read
      authorization = await authorizationOf(credential, { tokens, guard })
      return await exchange(url, {
        authorization,
        guard,
        ask,
        timeout,
        asked,
        answered: (status) => count(asked, status),
      })
    } catch (error) {
      // Servers end connections that were idle, perhaps just now. A push is not repeated before it is known what became of it.
      if (again && !asked.push && isBrokenConnection(error)) return send(url, ask, false)
      if (error instanceof GitFault) throw error
      const fault = transportError(error, asked)
      // It may have been taken back before its time, and a push that was refused so was not taken: a fresh one tells.
      if (forgetToken(fault) && again && authorization !== undefined) return send(url, ask, false)
      throw fault
    }
  }

  return send
}

/** Where a redirect leads: credentials stay with their origin, and the repository's address must still be told from it. */
function movedTo(
  location: string,
  { suffix, base, name, host }: { suffix: string; base: string; name: string; host: string },
): string {
  if (!URL.canParse(location, `${base}/`)) {
    throw new ReconcileError(reasons.gitUnavailable, `${name} redirects to something that is no address`)
  }
  const target = new URL(location, `${base}/`)
  if (target.origin !== new URL(base).origin) {
    const message = `${name} redirects to ${target.origin}, and credentials do not follow to another address; use that one if it is right`
    throw new ReconcileError(reasons.gitUnavailable, message, { retry: atInterval })
  }
  if (target.href.endsWith(suffix)) return target.href.slice(0, -suffix.length)
  const message = `${host} redirects ${name} to ${serverWords(target.pathname)}, which is no git repository; it probably asks for credentials`
  throw new ReconcileError(reasons.gitAuthFailed, message)
}
