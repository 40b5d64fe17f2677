import type { HttpResponse } from '../wire/exchange.ts'
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
  /** Shows it to an API of the registry's vendor, which may take who shows a wrong one for nobody, and answer all the same; undefined as `show`. */
  showToApi(access: RepositoryAccess, send: Send): Promise<HttpResponse | undefined>
}

/** Makes one; `turns` are those of all logins. */
export function createBasicLogins(turns: LoginTurns): BasicLogins {
  async function shown(
    access: RepositoryAccess,
    send: Send,
    { what, verdictOf }: { what: string; verdictOf: (answer: HttpResponse) => Verdict },
  ): Promise<HttpResponse | undefined> {
    const authorization = basicAuthorization(access)
    if (authorization === undefined) return undefined
    return await turns.show({ login: loginAt(apiUrl(access, ''), access), what }, async () => {
      const answer = await send(authorization)
      return { answer, verdict: verdictOf(answer) }
    })
  }

  return {
    show: (access, send) =>
      shown(access, send, { what: accessKey(access), verdictOf: (answer) => verdictIn(answer, access) }),
    showToApi: (access, send) => {
      const verdictOf = ({ status }: HttpResponse) => (status === 401 ? 'refused' : 'nothing')
      return shown(access, send, { what: `the API of ${accessKey(access)}`, verdictOf })
    },
  }
}

/** 403 says that it is not enough, be it right or wrong; where the registry redirects to, it was not shown. */
function verdictIn(answer: HttpResponse, access: RepositoryAccess): Verdict {
  const { status, url } = answer
  if (url.origin !== apiUrl(access, '').origin) return 'nothing'
  if (status === 401) return demandIn(answer)?.kind === 'bearer' ? 'nothing' : 'refused'
  return status < 400 || status === 404 ? 'letIn' : 'nothing'
}
