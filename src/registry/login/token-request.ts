import { reasons } from '../../api/conditions.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import { withoutClient } from '../../http/tls-settings.ts'
import type { HttpRequest, HttpResponse } from '../wire/exchange.ts'
import type { HttpClient } from '../wire/http.ts'
import { apiUrl, repositoryPath, type RepositoryAccess } from '../repository-access.ts'
import { isAzure } from './azure-host.ts'
import type { Demand } from './challenge.ts'

/** A request for a token: what the challenge named, for whom. */
export interface TokenRequest {
  readonly access: RepositoryAccess
  readonly demand: Extract<Demand, { kind: 'bearer' }>
}

const longestBody = 64 * 1024
const shortestLife = 60_000
const longestLife = 3_600_000

/** Azure's tokens for some repositories, and its permissions by attributes, tell lists of tags and content apart, and have no tag list for `pull` alone. */
const azuresActions = 'pull,metadata_read,content_read'

/**
 * Our own scope. What a challenge says may be a placeholder (GHCR) or ask for more than pull; other kinds of scope are the registry's way
 * (`aws` of ECR Public, `*` of Gitea).
 */
export function scopesFor({ access, demand: { scopes, ledTo } }: TokenRequest): readonly string[] {
  if (scopes.some((scope) => !scope.startsWith('repository:'))) return scopes
  const names = [repositoryPath(access), ...(ledTo === undefined ? [] : [ledTo])]
  return names.map((name) => `repository:${name}:${isAzure(access) ? azuresActions : 'pull'}`)
}

/** A token and its life in ms; or the status by which there is none. */
export type TokenAnswer = { readonly token: string; readonly life: number } | { readonly refused: 400 | 401 | 403 }

/** Asks the token server. Throws a ReconcileError when it answers with something else, or not at all. */
export async function fetchToken(http: HttpClient, asked: TokenRequest): Promise<TokenAnswer> {
  const { realm } = asked.demand
  checkProtocol(asked)
  const response = await askForToken(http, asked).catch(nameRegistry(asked))
  if (response.status === 401 || response.status === 403) return { refused: response.status }
  if (response.status === 400 && jsonObject(response.body)['error'] === 'invalid_grant') return { refused: 400 }
  const parsed = response.status === 200 ? parseToken(response.body) : undefined
  if (parsed !== undefined) return parsed
  throw new ReconcileError(
    reasons.registryProtocolError,
    `the token server ${realm.host} answers without a token (HTTP ${response.status})`,
  )
}

/** What a registry names is no matter of the policy's: it may name another one the next time. */
function checkProtocol({ access: { host, insecure }, demand: { realm } }: TokenRequest): void {
  if (realm.protocol === 'https:' || (realm.protocol === 'http:' && insecure)) return
  const message = `${host} names a token server without HTTPS (${realm.protocol}//${realm.host}); nothing was sent to it`
  throw new ReconcileError(reasons.registryProtocolError, message, { retry: atInterval })
}

/** Tells who named a token server that may not be asked. */
function nameRegistry({ access }: TokenRequest): (cause: unknown) => never {
  return (cause) => {
    if (!(cause instanceof ReconcileError) || cause.reason !== reasons.hostNotAllowed) throw cause
    const message = `${access.host} leads to a token server that may not be asked: ${cause.message}`
    throw new ReconcileError(cause.reason, message, { retry: atInterval })
  }
}

/** An identity token is for the OAuth 2 way, which not every server knows; in the older way it stands for the password. */
async function askForToken(http: HttpClient, asked: TokenRequest): Promise<HttpResponse> {
  const { credentials } = asked.access
  if (credentials === undefined || !('identityToken' in credentials))
    return await http.send(tokenByGet(asked, basicAuthorization(asked.access)))
  const response = await http.send(tokenByPost(asked, credentials.identityToken))
  if (response.status !== 404 && response.status !== 405) return response
  return await http.send(tokenByGet(asked, basic(credentials.username, credentials.identityToken)))
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
function tokenByGet(asked: TokenRequest, authorization: string | undefined): HttpRequest {
  const url = realmOf(asked)
  const { service } = asked.demand
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopesFor(asked)) url.searchParams.append('scope', scope)
  return { ...usualRequest(asked, url), method: 'GET', authorization }
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function tokenByPost(asked: TokenRequest, identityToken: string): HttpRequest {
  const { service } = asked.demand
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: identityToken,
    client_id: 'image-update-operator',
    scope: scopesFor(asked).join(' '),
    ...(service === undefined ? {} : { service }),
  })
  const proof = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() }
  return { ...usualRequest(asked, realmOf(asked)), method: 'POST', proof }
}

function usualRequest(
  { access }: TokenRequest,
  url: URL,
): Pick<HttpRequest, 'kind' | 'accept' | 'url' | 'tls' | 'way' | 'limit'> {
  const tls = url.origin === apiUrl(access, '').origin ? access.tls : withoutClient(access.tls)
  return { kind: 'token', accept: 'application/json', url, tls, way: access.way, limit: longestBody }
}

function realmOf({ demand }: TokenRequest): URL {
  const url = new URL(demand.realm)
  url.username = ''
  url.password = ''
  return url
}

/** The value of `Authorization` for user name and password. */
export function basicAuthorization({ credentials }: RepositoryAccess): string | undefined {
  return credentials !== undefined && 'password' in credentials
    ? basic(credentials.username, credentials.password)
    : undefined
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function parseToken(body: Uint8Array): { token: string; life: number } | undefined {
  const { token, access_token, expires_in } = jsonObject(body)
  const text = [token, access_token].find((value) => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value))
  if (typeof text !== 'string') return undefined
  const life = typeof expires_in === 'number' && Number.isFinite(expires_in) ? expires_in * 1000 : shortestLife
  return { token: text, life: Math.min(Math.max(life, shortestLife), longestLife) }
}

function jsonObject(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
