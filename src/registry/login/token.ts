import { LRUCache } from 'lru-cache'
import type { ReconcileError } from '../../errors.ts'
import type { HttpClient, Timing } from '../wire/http.ts'
import { steadily } from '../manners/steady-clock.ts'
import { authRefusal } from '../refusal.ts'
import { loginAt, type Judged, type LoginTurns, type Verdict } from './login-turns.ts'
import { tokenClaims } from './token-claims.ts'
import { fetchToken, scopesFor, type TokenAnswer, type TokenRequest } from './token-request.ts'

/** A token, as it was given for a request. */
export interface GivenToken {
  readonly token: string
  /** Whether it was not kept from an earlier request. */
  readonly fresh: boolean
  /**
   * To be called once the registry has answered to it, or failed to: one that was refused is forgotten, a newer one stays. Where the token does not say whether its login was let
   * in, that login is shown to nobody else before.
   */
  readonly judge: Judge
}

/** Takes what a registry made of a token. */
export type Judge = (verdict: 'passed' | 'refused' | 'nothing') => void

/** Bearer tokens by (realm, service, scope, credentials), kept until shortly before they expire. */
export interface Tokens {
  /** A token. Who asks at the same time shares one request. Throws a ReconcileError: RegistryAuthFailed when the token server refuses. */
  get(request: TokenRequest): Promise<GivenToken>
}

interface Kept {
  readonly token: string
  readonly until: number
  readonly judge: Judge
}

/** What it needs. */
export interface TokensOptions extends Pick<Timing, 'now'> {
  readonly http: HttpClient
  readonly turns: LoginTurns
}

/** Makes a store of tokens. */
export function createTokens({ http, turns, now: clock }: TokensOptions): Tokens {
  const now = steadily(clock)
  const kept = new LRUCache<string, Kept>({ max: 10_000 })
  const coming = new Map<string, Promise<Kept>>()

  async function get(asked: TokenRequest): Promise<GivenToken> {
    const key = keyOf(asked)
    const known = kept.get(key)
    if (known !== undefined && known.until > now()) return given(key, known, false)
    return given(key, await (coming.get(key) ?? fetchInto(key, asked)), true)
  }

  function given(key: string, entry: Kept, fresh: boolean): GivenToken {
    const judge: Judge = (verdict) => {
      if (verdict === 'refused' && kept.get(key) === entry) kept.delete(key)
      entry.judge(verdict)
    }
    return { token: entry.token, fresh, judge }
  }

  function fetchInto(key: string, asked: TokenRequest): Promise<Kept> {
    const fetched = askInTurn(key, asked)
      .then(({ answer, judge }) => {
        if ('refused' in answer) throw refusedBy(asked, answer.refused)
        const entry = { token: answer.token, until: now() + answer.life * 0.8, judge }
        kept.set(key, entry)
        return entry
      })
      .finally(() => coming.delete(key))
    coming.set(key, fetched)
    return fetched
  }

  async function askInTurn(key: string, asked: TokenRequest): Promise<Asked> {
    const ask = () => fetchToken(http, asked)
    if (asked.access.credentials === undefined) return { answer: await ask(), judge: unheard }
    const login = loginAt(asked.demand.realm, asked.access)
    const shown = await turns.show({ login, what: key }, async () => judged(await ask()))
    return shown ?? { answer: { refused: 401 }, judge: unheard }
  }

  return { get }
}

/** What the token server answered, and where to say what the registry makes of it. */
interface Asked {
  readonly answer: TokenAnswer
  readonly judge: Judge
}

const unheard = (): void => undefined

/** Harbor gives whoever shows a wrong password the token of nobody: whether that opens anything is for the registry to say. */
function judged(answer: TokenAnswer): Judged<Asked> {
  if ('refused' in answer)
    return { answer: { answer, judge: unheard }, verdict: answer.refused === 403 ? 'nothing' : 'refused' }
  if (!isNobodys(answer.token)) return { answer: { answer, judge: unheard }, verdict: 'letIn' }
  let judge: Judge = unheard
  const verdict = new Promise<Verdict>((resolve) => {
    judge = resolve
  })
  return { answer: { answer, judge }, verdict }
}

/** Its subject is empty if who asked did not authenticate: https://distribution.github.io/distribution/spec/auth/jwt/ */
function isNobodys(token: string): boolean {
  return tokenClaims(token)['sub'] === ''
}

function keyOf(asked: TokenRequest): string {
  const { access, demand } = asked
  // Whom one trusts to be the token server is part of what is shared.
  return JSON.stringify([demand.realm.href, demand.service, scopesFor(asked), access.credentialId, access.tls?.id])
}

function refusedBy({ access, demand }: TokenRequest, status: number): ReconcileError {
  return authRefusal(`HTTP ${status} of ${demand.realm.host}`, access)
}
