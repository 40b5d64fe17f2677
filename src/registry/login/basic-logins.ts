import { LRUCache } from 'lru-cache'
import type { HttpResponse } from '../exchange.ts'
import { accessKey, apiUrl, type RepositoryAccess } from '../repository-access.ts'
import { demandIn } from './challenge.ts'
import { loginAt, type LoginTurns, type Verdict } from './login-turns.ts'
import { basicAuthorization } from './token-request.ts'

/** Sends a request with a value for `Authorization`. */
export type Send = (authorization: string) => Promise<HttpResponse>

/** Shows user names and passwords to registries. Whoever has none is not to ask. */
export interface BasicLogins {
  /** Shows what a registry demanded for a repository; undefined: it was refused lately, and was not shown. */
  show(access: RepositoryAccess, send: Send): Promise<HttpResponse | undefined>
  /**
   * Shows it before it is demanded, where the same registry demanded it for another repository and let it in: its repositories are one protection space (RFC 9110, section
   * 11.5). Undefined: it was not shown, or opened nothing, so that what is demanded for this one has to be asked.
   */
  showUnasked(access: RepositoryAccess, send: Send): Promise<HttpResponse | undefined>
  /** Shows it to an API of the registry's vendor, which may take who shows a wrong one for nobody, and answer all the same; undefined as `show`. */
  showToApi(access: RepositoryAccess, send: Send): Promise<HttpResponse | undefined>
  /** To be told of registries that demand tokens: these are shown nothing unasked. */
  demandsTokens(access: RepositoryAccess): void
}

/** Makes one; `turns` are those of all logins. */
export function createBasicLogins(turns: LoginTurns): BasicLogins {
  const spaces = new LRUCache<string, true>({ max: 1_000 })
  const withTokens = new LRUCache<string, true>({ max: 1_000 })

  async function shown(
    access: RepositoryAccess,
    send: Send,
    { what, verdictOf }: { what: string; verdictOf: (answer: HttpResponse) => Verdict },
  ): Promise<HttpResponse | undefined> {
    const authorization = basicAuthorization(access)
    if (authorization === undefined) return undefined
    return await turns.show({ login: loginOf(access), what }, async () => {
      const answer = await send(authorization)
      return { answer, verdict: verdictOf(answer) }
    })
  }

  async function show(access: RepositoryAccess, send: Send): Promise<HttpResponse | undefined> {
    const verdictOf = (answer: HttpResponse) => verdictIn(answer, access)
    const answer = await shown(access, send, { what: accessKey(access), verdictOf })
    if (answer !== undefined && verdictOf(answer) === 'letIn') spaces.set(spaceOf(access), true)
    return answer
  }

  async function showUnasked(access: RepositoryAccess, send: Send): Promise<HttpResponse | undefined> {
    if (basicAuthorization(access) === undefined || !spaces.has(spaceOf(access))) return undefined
    if (withTokens.has(apiUrl(access, '').origin) || turns.isDoubted(loginOf(access))) return undefined
    const verdictOf = (answer: HttpResponse) => verdictIn(answer, access)
    const answer = await shown(access, send, { what: accessKey(access), verdictOf })
    return answer !== undefined && answer.status < 400 ? answer : undefined
  }

  return {
    show,
    showUnasked,
    showToApi: (access, send) => {
      const verdictOf = ({ status }: HttpResponse) => (status === 401 ? 'refused' : 'nothing')
      return shown(access, send, { what: `the API of ${accessKey(access)}`, verdictOf })
    },
    demandsTokens: (access) => void withTokens.set(apiUrl(access, '').origin, true),
  }
}

function loginOf(access: RepositoryAccess): string {
  return loginAt(apiUrl(access, ''), access)
}

/**
 * A login of a cloud is another one each hour, and stands for the same. Who trusts another authority, or goes another way, may have met somebody else by the
 * registry's name.
 */
function spaceOf(access: RepositoryAccess): string {
  return JSON.stringify([apiUrl(access, '').origin, access.credentialId, access.tls?.id, access.way?.id])
}

/** 403 says that it is not enough, be it right or wrong; where the registry redirects to, it was not shown. */
function verdictIn(answer: HttpResponse, access: RepositoryAccess): Verdict {
  const { status, url } = answer
  if (url.origin !== apiUrl(access, '').origin) return 'nothing'
  if (status === 401) return demandIn(answer)?.kind === 'bearer' ? 'nothing' : 'refused'
  return status < 400 || status === 404 ? 'letIn' : 'nothing'
}
