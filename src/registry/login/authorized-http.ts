import { LRUCache } from 'lru-cache'
import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { withoutClient } from '../../http/tls-settings.ts'
import { demandOf, parseChallenges, type Demand } from './challenge.ts'
import type { HttpRequest, HttpResponse } from '../exchange.ts'
import type { HttpClient, Timing } from '../http.ts'
import { errorCodes, authRefusal } from '../refusal.ts'
import { accessKey, apiUrl, type RepositoryAccess } from '../repository-access.ts'
import { credentialId } from './credentials.ts'
import { hubApi, type HubTokens } from './hub-tokens.ts'
import { createRefusedLogins, type RefusedLogins } from './refused-logins.ts'
import { createSeenRealms } from './seen-realms.ts'
import { basicAuthorization, type Tokens } from './token.ts'

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

/** A value for `Authorization`; `spent`: there is no better one, so a refusal is final. */
interface Proof {
  readonly authorization: string
  readonly spent: boolean
  /** To be called when it was refused. */
  readonly drop: () => void
  /** To be called when it was not. */
  readonly keep: () => void
}

const mostSends = 3
const nothing = (): void => undefined

/** What it needs. */
export interface AuthorizedHttpOptions extends Pick<Timing, 'now'> {
  readonly http: HttpClient
  readonly tokens: Tokens
  readonly hubTokens: HubTokens
}

/**
 * Makes one for all repositories. What a registry demands is remembered by repository, so that a request is usually sent once; nothing is ever
 * shown to a registry that did not ask for it.
 */
export function createAuthorizedHttp({ http, tokens, hubTokens, now }: AuthorizedHttpOptions): AuthorizedHttp {
  const demands = new LRUCache<string, Demand>({ max: 10_000 })
  const realms = createSeenRealms(now)
  const refusedLogins = createRefusedLogins(now)

  /** Whether the registry demands something that it did not demand before. */
  function learn(access: RepositoryAccess, { headers }: HttpResponse, url: URL): boolean {
    const key = accessKey(access)
    const known = demands.get(key)
    const demand = demandOf(parseChallenges([headers['www-authenticate'] ?? []].flat().join(', ')), url)
    // Harbor demands Basic of whoever shows an expired token: what it demanded first holds.
    if (demand === undefined || (demand.kind === 'basic' && known?.kind === 'bearer')) return false
    // What is not believed is not kept: it is asked for anew until it is, or is taken back.
    demands.delete(key)
    if (demand.kind === 'bearer') realms.check(access, demand.realm)
    demands.set(key, demand)
    return JSON.stringify(known) !== JSON.stringify(demand)
  }

  /** Where there is none, whoever comes next asks the registry anew what it demands: it may have another token server by now. */
  async function proofFor(access: RepositoryAccess): Promise<Proof | undefined> {
    const key = accessKey(access)
    try {
      return await proofOf({ tokens, refusedLogins }, access, demands.get(key))
    } catch (cause) {
      demands.delete(key)
      throw cause
    }
  }

  async function sendOnDemand(access: RepositoryAccess, ask: Sending): Promise<HttpResponse> {
    const key = accessKey(access)
    for (let sends = 1; ; sends += 1) {
      const proof = await proofFor(access)
      const authorization = proof?.authorization
      const response = await http.send({ ...ask, tls: access.tls, way: access.way, authorization })
      if (response.status !== 401) {
        proof?.keep()
        return response
      }
      if (response.url.origin !== ask.url.origin) throw strayed(response, ask.url)
      proof?.drop()
      const learned = learn(access, response, ask.url)
      // Who showed nothing may show something, also when somebody else has learned meanwhile what is demanded.
      const better = learned || proof?.spent !== true
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
        return sendUnasked(http, access, ask, shows)
    }
  }

  return { send }
}

async function proofOf(
  { tokens, refusedLogins }: { readonly tokens: Tokens; readonly refusedLogins: RefusedLogins },
  access: RepositoryAccess,
  demand: Demand | undefined,
): Promise<Proof | undefined> {
  switch (demand?.kind) {
    case undefined:
      return undefined
    case 'basic':
      return basicProof(refusedLogins, access)
    case 'bearer': {
      const own = registryTokenOf(access)
      if (own !== undefined) return { authorization: `Bearer ${own}`, spent: true, drop: nothing, keep: nothing }
      const { token, fresh } = await tokens.get({ access, demand })
      const drop = () => tokens.drop({ access, demand }, token)
      return { authorization: `Bearer ${token}`, spent: fresh, drop, keep: nothing }
    }
  }
}

/** Throws a ReconcileError for a login that was refused lately. */
function basicProof(logins: RefusedLogins, access: RepositoryAccess): Proof | undefined {
  const authorization = basicAuthorization(access)
  if (authorization === undefined) return undefined
  const login = JSON.stringify([apiUrl(access, '').origin, credentialId(access.credentials)])
  const what = accessKey(access)
  if (logins.isResting(login, what)) throw authRefusal('HTTP 401', access)
  return {
    authorization,
    spent: true,
    drop: () => logins.refuse(login, what),
    keep: () => logins.admit(login),
  }
}

/** What only looks like the registry's own API gets no token of it, and its refusals say nothing of the registry. */
async function sendUnasked(
  http: HttpClient,
  access: RepositoryAccess,
  ask: Sending,
  shows: 'login' | 'nothing',
): Promise<HttpResponse> {
  const isOwn = ask.url.origin === apiUrl(access, '').origin
  const authorization = shows === 'login' && isOwn ? basicAuthorization(access) : undefined
  const tls = isOwn ? access.tls : withoutClient(access.tls)
  return await http.send({ ...ask, tls, way: access.way, authorization })
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

function refused(response: HttpResponse, access: RepositoryAccess): ReconcileError {
  const code = errorCodes(response.body)?.[0]
  return authRefusal(code === undefined ? 'HTTP 401' : `HTTP 401, ${code}`, access)
}
