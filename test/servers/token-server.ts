import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeyPair } from './certificate.ts'
import { startCountingProxy, type CountingProxy } from './counting-proxy.ts'
import { freePort } from './process.ts'

/** A user name and a password. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** What somebody may do with a repository, or with the whole registry (`registry:catalog:*`). */
export interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** Signs the tokens of one registry (https://distribution.github.io/distribution/spec/auth/jwt/). */
export interface TokenIssuer {
  readonly issuer: string
  readonly service: string
  /** The public key, as a JSON Web Key Set. */
  readonly keySet: string
  /** A token that allows this for so many seconds, to a user; '' for nobody. */
  readonly issue: (access: readonly Access[], seconds: number, subject: string) => string
}

const keyId = 'tests'

/** Makes an issuer with a key of its own. */
export function createTokenIssuer(service: string): TokenIssuer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = 'image-update-operator-tests'
  return {
    issuer,
    service,
    keySet: JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'ES256' }],
    }),
    issue: (access, seconds, subject) => {
      const now = Math.floor(Date.now() / 1000)
      return jsonWebToken(
        {
          iss: issuer,
          sub: subject,
          aud: service,
          nbf: now - 10,
          iat: now,
          exp: now + seconds,
          jti: randomUUID(),
          access,
        },
        privateKey,
      )
    },
  }
}

function jsonWebToken(claims: object, key: KeyObject): string {
  const signed = [{ typ: 'JWT', alg: 'ES256', kid: keyId }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** Who gets what from a token server. */
export interface TokenRules {
  /** Gets whatever he asks for. */
  readonly user: Credentials
  /** Whether somebody who names no user gets `pull`. */
  readonly anonymousPull: boolean
  /** Whether somebody whose password is wrong is taken for nobody, as by Harbor, and not refused. */
  readonly lenient: boolean
  /** How long a token lasts. The registry grants a minute more. */
  readonly seconds: number
}

/**
 * Starts the server that a registry's challenge sends its clients to (GET, Basic or anonymous), behind a counting proxy.
 * Like the great ones, it answers a request for more than one may have with a token for what one may have.
 */
export async function startTokenServer(
  issuer: TokenIssuer,
  rules: TokenRules,
  tls?: KeyPair,
): Promise<CountingProxy & { readonly stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://localhost').searchParams.getAll('scope').flatMap(parseScopes)
    const allowed = request.method === 'GET' ? permitted(asked, request.headers.authorization, rules) : undefined
    if (!allowed)
      return answer(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'incorrect user name or password' }] })
    const subject = request.headers.authorization === basicAuthorization(rules.user) ? rules.user.username : ''
    const token = issuer.issue(allowed, rules.seconds, subject)
    return answer(response, 200, {
      token,
      access_token: token,
      expires_in: rules.seconds,
      issued_at: new Date().toISOString(),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const proxy = await startCountingProxy((server.address() as AddressInfo).port, await freePort(), tls)
  const stop = async (): Promise<void> => {
    await proxy.stopServing()
    server.close()
    server.closeAllConnections()
  }
  return { ...proxy, stop }
}

function permitted(
  asked: readonly Access[],
  authorization: string | undefined,
  { user, anonymousPull, lenient }: TokenRules,
): readonly Access[] | undefined {
  if (authorization === basicAuthorization(user)) return asked
  if (authorization !== undefined && !lenient) return undefined
  return anonymousPull
    ? asked.map((access) => ({ ...access, actions: access.actions.filter((action) => action === 'pull') }))
    : []
}

/** `repository:shop/web:pull,push`, several of them separated by spaces. */
function parseScopes(scopes: string): readonly Access[] {
  return scopes
    .split(' ')
    .filter((scope) => scope !== '')
    .map((scope) => {
      const [type = '', ...rest] = scope.split(':')
      const actions = (rest.pop() ?? '').split(',')
      return { type, name: rest.join(':'), actions }
    })
}

/** The value of an `Authorization` header. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
