import { LRUCache } from 'lru-cache'
import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import { demandOf, parseChallenges, type Demand } from './challenge.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import type { HttpClient } from './http.ts'
import { errorCodes, authRefusal } from './refusal.ts'
import { accessKey, apiUrl, type RepositoryAccess } from './repository-access.ts'
import { basicAuthorization, type Tokens } from './token.ts'

/** What to ask of a repository: `path` after its name, with a query if need be. */
export type RepositoryRequest = Omit<HttpRequest, 'url' | 'authorization'> &
  ({ readonly path: string } | { readonly url: URL })

/** Sends requests with what the registry demands to see. */
export interface AuthorizedHttp {
  /** Answers to everything but 401; throws a ReconcileError (RegistryAuthFailed) when the registry does not let us in. */
  send(access: RepositoryAccess, request: RepositoryRequest): Promise<HttpResponse>
}

/** A value for `Authorization`; `spent`: there is no better one, so a refusal is final. */
interface Proof {
  readonly authorization: string
  readonly spent: boolean
  /** To be called when it was refused. */
  readonly drop: () => void
}

const mostSends = 3

/**
 * Makes one for all repositories. What a registry demands is remembered by repository, so that a request is usually sent once; nothing is ever
 * shown to a registry that did not ask for it.
 */
export function createAuthorizedHttp({ http, tokens }: { http: HttpClient; tokens: Tokens }): AuthorizedHttp {
  const demands = new LRUCache<string, Demand>({ max: 10_000 })

  async function proofFor(access: RepositoryAccess, demand: Demand | undefined): Promise<Proof | undefined> {
    switch (demand?.kind) {
      case undefined:
        return undefined
      case 'basic': {
        const authorization = basicAuthorization(access)
        return authorization === undefined ? undefined : { authorization, spent: true, drop: () => undefined }
      }
      case 'bearer': {
        const own = registryTokenOf(access)
        if (own !== undefined) return { authorization: `Bearer ${own}`, spent: true, drop: () => undefined }
        const { token, fresh } = await tokens.get({ access, demand })
        const drop = () => tokens.drop({ access, demand }, token)
        return { authorization: `Bearer ${token}`, spent: fresh, drop }
      }
    }
  }

  /** Whether the registry demands something that it did not demand before. */
  function learn(key: string, { headers }: HttpResponse, url: URL): boolean {
    const known = demands.get(key)
    const demand = demandOf(parseChallenges([headers['www-authenticate'] ?? []].flat().join(', ')), url)
    // Harbor demands Basic of whoever shows an expired token: what it demanded first holds.
    if (demand === undefined || (demand.kind === 'basic' && known?.kind === 'bearer')) return false
    demands.set(key, demand)
    return JSON.stringify(known) !== JSON.stringify(demand)
  }

  async function send(access: RepositoryAccess, ask: RepositoryRequest): Promise<HttpResponse> {
    const key = accessKey(access)
    const url = 'url' in ask ? ask.url : apiUrl(access, ask.path)
    for (let sends = 1; ; sends += 1) {
      const proof = await proofFor(access, demands.get(key))
      const response = await http.send({ ...ask, url, tls: access.tls, authorization: proof?.authorization })
      if (response.status !== 401) return response
      proof?.drop()
      if (response.url.origin !== url.origin) throw strayed(response, url)
      const learned = learn(key, response, url)
      const better = learned || proof?.spent === false
      if (better && sends < mostSends && canMeet(demands.get(key), access)) continue
      demands.delete(key)
      throw refused(response, access)
    }
  }

  return { send }
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
