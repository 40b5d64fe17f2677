import { createPrivateKey, createHash, sign, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { request, type Dispatcher } from 'undici'
import { reasons } from '../../api/conditions.ts'
import type { GitHubApp } from '../../core/git/git-credential.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { HostGuard } from '../../http/host-guard.ts'
import { statusError, transportError, type Asked } from './transport-error.ts'

/** Tokens by which GitHub Apps reach repositories. */
export interface InstallationTokens {
  /** A token that will do for minutes; asked for over the guard's connections. Throws ReconcileErrors. */
  tokenFor(app: GitHubApp, guard: HostGuard): Promise<string>
  /** A server did not take its token: the next one is asked for anew. */
  forget(app: GitHubApp): void
}

interface Token {
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

const mostTokens = 1_000
/** No request takes so long, nor are clocks so far apart. */
const margin = 5 * 60_000
const longestAnswer = 64 * 1024
const timeout = 20_000

/** Makes an empty set of tokens; `now` in ms since the epoch. */
export function createInstallationTokens(now: () => number): InstallationTokens {
  const tokens = new LRUCache<string, Promise<Token>>({ max: mostTokens })

  async function tokenFor(app: GitHubApp, guard: HostGuard): Promise<string> {
    const key = keyOf(app)
    const known = tokens.get(key)
    const kept = await known
    if (kept !== undefined && kept.until - margin > now()) return kept.text
    // Who came first asks, and who comes meanwhile waits for the same.
    const other = tokens.get(key)
    const asked = other === known || other === undefined ? ask(app, guard, now()) : other
    tokens.set(key, asked)
    asked.catch(() => tokens.delete(key))
    return (await asked).text
  }

  return { tokenFor, forget: (app) => void tokens.delete(keyOf(app)) }
}

function keyOf(app: GitHubApp): string {
  return createHash('sha256').update(JSON.stringify(app)).digest('hex')
}

/** https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app */
async function ask(app: GitHubApp, guard: HostGuard, now: number): Promise<Token> {
  const url = new URL(`${app.api}/app/installations/${app.installation}/access_tokens`)
  const asked: Asked = { name: `GitHub App ${app.app} at ${url.host}`, host: url.host, authorized: true, push: false }
  const authorization = `Bearer ${webToken(app, readKey(app), now)}`
  try {
    guard.check(url)
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { authorization, accept: 'application/vnd.github+json', 'user-agent': 'image-update-operator' },
      dispatcher: guard.dispatcher,
      signal: AbortSignal.timeout(timeout),
    })
    if (statusCode === 201) return readToken(await readText(body), asked)
    await body.dump({ limit: longestAnswer })
    throw refusal(statusCode, asked, app)
  } catch (error) {
    throw transportError(error, asked)
  }
}

function refusal(status: number, asked: Asked, { installation }: GitHubApp): ReconcileError {
  if (status !== 401 && status !== 403 && status !== 404) return statusError(status, undefined, asked)
  const message = `${asked.name} got no token (HTTP ${status}); check its ID, that installation ${installation} is its own, and its private key`
  return new ReconcileError(reasons.gitAuthFailed, message)
}

function readKey({ app, privateKey }: GitHubApp): KeyObject {
  try {
    const key = createPrivateKey(privateKey)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // Whatever it is, it is no key.
  }
  const message = `githubAppPrivateKey of GitHub App ${app} is no RSA key in PEM, as GitHub makes them`
  throw new ReconcileError(reasons.gitAuthFailed, message, { retry: atInterval })
}

/** A JSON Web Token (RFC 7519) by which the app says who it is: from a minute ago, for clocks differ, for nine minutes. */
function webToken({ app }: GitHubApp, key: KeyObject, now: number): string {
  const seconds = Math.floor(now / 1000)
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { iat: seconds - 60, exp: seconds + 9 * 60, iss: app },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  const signed = parts.join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    // Leaving the loop ends the connection.
    if (size > longestAnswer) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readToken(text: string, { name }: Asked): Token {
  const answer = parsedJson(text)
  const { token, expires_at: expiry } = { token: undefined, expires_at: undefined, ...answer }
  const until = typeof expiry === 'string' ? Date.parse(expiry) : Number.NaN
  if (typeof token === 'string' && /^[!-~]+$/.test(token) && !Number.isNaN(until)) return { text: token, until }
  throw new ReconcileError(reasons.gitUnavailable, `${name} was answered without a token`)
}

function parsedJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
