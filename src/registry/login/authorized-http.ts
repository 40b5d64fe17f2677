import { LRUCache } from 'lru-cache'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { withoutClient } from '../../http/tls-settings.ts'
import { createBasicLogins, type BasicLogins } from './basic-logins.ts'
import { demandIn, type Demand } from './challenge.ts'
import type { HttpRequest, HttpResponse } from '../exchange.ts'
import type { HttpClient, Timing } from '../http.ts'
import { errorCodes, authRefusal } from '../refusal.ts'
import { accessKey, apiUrl, type RepositoryAccess } from '../repository-access.ts'
import { hubApi, type HubTokens } from './hub-tokens.ts'
import type { LoginTurns } from './login-turns.ts'
import { createSeenRealms } from './seen-realms.ts'
import type { Judge, Tokens } from './token.ts'
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

/** What proves who asks. */
interface Proof {
  /** Sends with it. */
  readonly show: (send: Send) => Promise<HttpResponse>
  /** There is no better one, so a refusal is final. */
  readonly isSpent: boolean
  /** To be called when the registry answered, or failed to. */
  readonly judge: Judge
}

type Send = (authorization: string | undefined) => Promise<HttpResponse>

const mostSends = 3
const unheard = (): void => undefined
const noProof: Proof = { show: (send) => send(undefined), isSpent: false, judge: unheard }

/** What it needs. */
export interface AuthorizedHttpOptions extends Pick<Timing, 'now'> {
  readonly http: HttpClient
  readonly tokens: Tokens
  readonly hubTokens: HubTokens
  readonly turns: LoginTurns
}

/**
 * Makes one for all repositories. What a registry demands is remembered by repository, so that a request is usually sent once; nothing is ever
 * shown to a registry that did not ask for it. That another repository of the same registry has the same token server is not taken for granted: there are registries with
 * one for each part of them, and some that name another scope for each repository.
 */
export function createAuthorizedHttp({ http, tokens, hubTokens, turns, now }: AuthorizedHttpOptions): AuthorizedHttp {
  const demands = new LRUCache<string, Demand>({ max: 10_000 })
  const realms = createSeenRealms(now)
  const basics = createBasicLogins(turns)

  /** Whether the registry demands something that it did not demand before. */
  function learn(access: RepositoryAccess, response: HttpResponse, url: URL): boolean {
    const key = accessKey(access)
    const known = demands.get(key)
    const demand = demandIn(response, url)
    // Harbor demands Basic of whoever shows an expired token: what it demanded first holds.
    if (demand === undefined || (demand.kind === 'basic' && known?.kind === 'bearer')) return false
    // What is not believed is not kept: it is asked for anew until it is, or is taken back.
    demands.delete(key)
    if (demand.kind === 'bearer') {
      basics.demandsTokens(access)
      realms.check(access, demand.realm)
    }
    demands.set(key, demand)
    return JSON.stringify(known) !== JSON.stringify(demand)
  }

  /** Where there is none, whoever comes next asks the registry anew what it demands: it may have another token server by now. */
  async function proofFor(access: RepositoryAccess): Promise<Proof> {
    const key = accessKey(access)
    try {
      return await proofOf({ tokens, basics }, access, demands.get(key))
    } catch (cause) {
      demands.delete(key)
      throw cause
    }
  }

  async function sendOnDemand(access: RepositoryAccess, ask: Sending): Promise<HttpResponse> {
    const key = accessKey(access)
    const send: Send = (authorization) => http.send({ ...ask, tls: access.tls, way: access.way, authorization })
    const unasked = demands.has(key) ? undefined : await basics.showUnasked(access, send)
    if (unasked !== undefined) return unasked
    for (let sends = 1; ; sends += 1) {
      const proof = await proofFor(access)
      const response = await shown(proof, send, ask)
      if (response.status !== 401) return response
      if (response.url.origin !== ask.url.origin) throw strayed(response, ask.url)
      const learned = learn(access, response, ask.url)
      // Who showed nothing may show something, also when somebody else has learned meanwhile what is demanded.
      const better = learned || !proof.isSpent
      if (better && sends < mostSends && canMeet(demands.get(key), access)) continue
      demands.delete(key)
      throw refused(response, access)
    }
  }

  function send(access: RepositoryAccess, asked: RepositoryRequest): Promise<HttpResponse> {
    const { shows = 'token' } = asked
    const ask = { ...asked, url: 'url' in asked ? asked.url : apiUrl(access, asked.path) }
    switch (shows) {
      case 'token':
        return sendOnDemand(access, ask)
      case 'hub token':
        return sendToHub({ http, hubTokens }, access, ask)
      case 'login':
      case 'nothing':
        return sendUnasked({ http, basics }, access, { ...ask, shows })
    }
  }

  return { send }
}

async function proofOf(
  { tokens, basics }: { readonly tokens: Tokens; readonly basics: BasicLogins },
  access: RepositoryAccess,
  demand: Demand | undefined,
): Promise<Proof> {
  switch (demand?.kind) {
    case undefined:
      return noProof
    case 'basic':
      return {
        show: async (send) => (await basics.show(access, send)) ?? resting(access),
        isSpent: true,
        judge: unheard,
      }
    case 'bearer': {
      const own = registryTokenOf(access)
      if (own !== undefined) return { show: (send) => send(`Bearer ${own}`), isSpent: true, judge: unheard }
      const { token, fresh, judge } = await tokens.get({ access, demand })
      return { show: (send) => send(`Bearer ${token}`), isSpent: fresh, judge }
    }
  }
}

/** Sends with a proof, and tells it what came of that, whatever comes. */
async function shown(proof: Proof, send: Send, { url: { origin } }: Sending): Promise<HttpResponse> {
  let verdict: Parameters<Judge>[0] = 'nothing'
  try {
    const response = await proof.show(send)
    const { status, url } = response
    if (status === 401 && url.origin === origin) verdict = 'refused'
    if (status < 400 || status === 404) verdict = 'passed'
    return response
  } finally {
    proof.judge(verdict)
  }
}

/** What only looks like the registry's own API gets no token of it, and its refusals say nothing of the registry. */
async function sendUnasked(
  { http, basics }: { readonly http: HttpClient; readonly basics: BasicLogins },
  access: RepositoryAccess,
  { shows, ...ask }: Sending & { readonly shows: 'login' | 'nothing' },
): Promise<HttpResponse> {
  const isOwn = ask.url.origin === apiUrl(access, '').origin
  const tls = isOwn ? access.tls : withoutClient(access.tls)
  const send: Send = (authorization) => http.send({ ...ask, tls, way: access.way, authorization })
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

function canMeet(demand: Demand | undefined, { credentials }: RepositoryAccess): boolean {
  return (
    demand?.kind === 'bearer' || (demand?.kind === 'basic' && credentials !== undefined && 'password' in credentials)
  )
}

function registryTokenOf({ credentials }: RepositoryAccess): string | undefined {
  return credentials !== undefined && 'registryToken' in credentials ? credentials.registryToken : undefined
}

/** Whoever a redirect leads to may not ask for the registry's credentials. */
function strayed({ url: { origin } }: HttpResponse, { host }: URL): ReconcileError {
  const message = `${host} redirects to ${origin}, which asks for credentials; they don't follow to another address`
  return new ReconcileError(reasons.registryProtocolError, message)
}

/** The login was refused lately. */
function resting(access: RepositoryAccess): never {
  throw authRefusal('HTTP 401', access)
}

function refused(response: HttpResponse, access: RepositoryAccess): ReconcileError {
  const code = errorCodes(response.body)?.[0]
  return authRefusal(code === undefined ? 'HTTP 401' : `HTTP 401, ${code}`, access)
}
