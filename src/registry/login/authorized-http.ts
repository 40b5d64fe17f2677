import { withoutClient } from '../../http/tls-settings.ts'
import type { HttpRequest, HttpResponse } from '../wire/exchange.ts'
import type { HttpClient, Timing } from '../wire/http.ts'
import { authRefusal } from '../refusal.ts'
import { apiUrl, type RepositoryAccess } from '../repository-access.ts'
import { createBasicLogins, type BasicLogins } from './basic-logins.ts'
import { hubApi, type HubTokens } from './hub-tokens.ts'
import type { LoginTurns } from './login-turns.ts'
import { createOnDemand, resting } from './on-demand.ts'
import type { Send } from './proofs.ts'
import type { Tokens } from './token.ts'
import { basicAuthorization } from './token-request.ts'

/** What to ask of a repository: `path` after its name, with a query if need be. */
export type RepositoryRequest = Omit<HttpRequest, 'url' | 'authorization'> & {
  /** Default: a token, or whatever the registry demands. */
  readonly shows?: Shown
} & ({ readonly path: string } | { readonly url: URL })

/**
 * What is shown: what the registry demands, user name and password unasked, a token of Docker Hub's own API to that API, or nothing whatever is
 * demanded.
 */
export type Shown = 'token' | 'login' | 'hub token' | 'nothing'

/** Sends requests with what the registry demands to see. */
export interface AuthorizedHttp {
  /** Answers to everything but 401; throws a ReconcileError (RegistryAuthFailed) when the registry does not let us in. */
  send(access: RepositoryAccess, request: RepositoryRequest): Promise<HttpResponse>
}

type Sending = Omit<HttpRequest, 'authorization' | 'tls' | 'way'>

/** What it needs. */
export interface AuthorizedHttpOptions extends Pick<Timing, 'now'> {
  readonly http: HttpClient
  readonly tokens: Tokens
  readonly hubTokens: HubTokens
  readonly turns: LoginTurns
}

/**
 * Makes one for all repositories. What a registry demands is remembered by repository, so that a request is usually sent once; nothing is ever
 * shown to a registry that did not ask for it.
 */
export function createAuthorizedHttp({ http, tokens, hubTokens, turns, now }: AuthorizedHttpOptions): AuthorizedHttp {
  const basics = createBasicLogins(turns)
  const onDemand = createOnDemand({ tokens, basics, turns, now })

  function send(access: RepositoryAccess, asked: RepositoryRequest): Promise<HttpResponse> {
    const { shows = 'token' } = asked
    const ask = { ...asked, url: 'url' in asked ? asked.url : apiUrl(access, asked.path) }
    switch (shows) {
      case 'token':
        return onDemand.send(access, ask.url, sender(http, access, ask))
      case 'hub token':
        return sendToHub({ http, hubTokens }, access, ask)
      case 'login':
      case 'nothing':
        return sendUnasked({ http, basics }, access, { ...ask, shows })
    }
  }

  return { send }
}

function sender(http: HttpClient, { tls, way }: RepositoryAccess, ask: Sending): Send {
  return (authorization) => http.send({ ...ask, tls, way, authorization })
}

/** What only looks like the registry's own API gets no token of it, and its refusals say nothing of the registry. */
async function sendUnasked(
  { http, basics }: { readonly http: HttpClient; readonly basics: BasicLogins },
  access: RepositoryAccess,
  { shows, ...ask }: Sending & { readonly shows: 'login' | 'nothing' },
): Promise<HttpResponse> {
  const isOwn = ask.url.origin === apiUrl(access, '').origin
  const tls = isOwn ? access.tls : withoutClient(access.tls)
  const send = sender(http, { ...access, tls }, ask)
  const hasLogin = basicAuthorization(access) !== undefined
  if (shows === 'nothing' || !isOwn || !hasLogin) return await send(undefined)
  return (await basics.showToApi(access, send)) ?? resting(access)
}

/** A request that proves who asks follows no redirect: the token stays at Docker Hub. */
async function sendToHub(
  { http, hubTokens }: Pick<AuthorizedHttpOptions, 'http' | 'hubTokens'>,
  access: RepositoryAccess,
  ask: Sending,
): Promise<HttpResponse> {
  const token = ask.url.origin === hubApi.origin ? await hubTokens.get(access) : undefined
  if (token === undefined) throw authRefusal(`no token of ${hubApi.host}`, access)
  const proof = { headers: { authorization: `Bearer ${token}` } }
  return await http.send({ ...ask, proof, tls: withoutClient(access.tls), way: access.way })
}
