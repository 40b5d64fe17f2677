import { reasons, type Reason } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { HttpResponse } from '../wire/exchange.ts'
import { errorCodes, authRefusal } from '../refusal.ts'
import { apiUrl, type RepositoryAccess } from '../repository-access.ts'
import type { BasicLogins } from './basic-logins.ts'
import type { Demand } from './challenge.ts'
import { createDemands } from './demands.ts'
import { ledTo } from './led-to.ts'
import { loginAt, type LoginTurns } from './login-turns.ts'
import { proofOf, sendWith, type Proof, type Send } from './proofs.ts'
import { isSameDemand } from './protection-spaces.ts'
import type { Tokens } from './token.ts'

/** Sends requests with what registries demand to see. */
export interface OnDemand {
  /** Sends what is asked at `url`, more than once where that is needed. Answers and throws as `AuthorizedHttp`. */
  send(access: RepositoryAccess, url: URL, send: Send): Promise<HttpResponse>
}

/** What it needs; `now` is in ms since the epoch. */
export interface OnDemandOptions {
  readonly tokens: Tokens
  readonly basics: BasicLogins
  readonly turns: LoginTurns
  readonly now: () => number
}

/** An answer, or what was met in vain. */
interface AsOthers {
  readonly response?: HttpResponse
  readonly inVain?: Demand
}

/** What was met, at which address, and what came of it. */
interface Met {
  readonly demand: Extract<Demand, { kind: 'bearer' }>
  readonly response: HttpResponse
  readonly url: URL
}

const mostSends = 3

/** Makes one for all repositories. */
export function createOnDemand({ tokens, basics, turns, now }: OnDemandOptions): OnDemand {
  const demands = createDemands(now)
  const sources = { tokens, basics }

  /** Where there is none, whoever comes next asks the registry anew what it demands: it may have another token server by now. */
  async function proofFor(access: RepositoryAccess): Promise<Proof> {
    const demand = demands.known(access)
    try {
      const proof = await proofOf(sources, access, demand)
      demands.served(access, demand)
      return proof
    } catch (cause) {
      demands.forget(access)
      throw cause
    }
  }

  /** Shows at once what the registry demanded for others, where that is known; what it does not open has to be asked what it demands itself. */
  async function sendAsOthers(access: RepositoryAccess, send: Send, url: URL): Promise<AsOthers> {
    const demand = demands.ofOthers(access)
    if (demand === undefined || turns.isDoubted(loginAt(shownTo(demand, access), access))) return {}
    const proof = await orReason(proofOf(sources, access, demand))
    if (typeof proof === 'string') return proof === reasons.registryAuthFailed ? { inVain: demand } : {}
    const response = await sendWith(proof, send, url.origin)
    if (response === undefined) return {}
    // There are repositories that are open to everybody but to who says who he is.
    if (demand.kind === 'basic') return response.status < 400 ? { response } : {}
    return asConfirmed(access, { demand, response, url })
  }

  /** What was demanded for others holds if it was met, or is to be met for where the registry leads as well. */
  function asConfirmed(access: RepositoryAccess, { demand, response, url }: Met): AsOthers {
    const other = response.status === 401 ? ledTo(access, url, response.url) : undefined
    if (response.status === 401 && other === undefined) return { inVain: demand }
    demands.confirm(access, other === undefined ? demand : { ...demand, ledTo: other })
    return other === undefined ? { response } : {}
  }

  function noteLetIn(access: RepositoryAccess, { kind }: Proof, sends: number): void {
    if (kind === 'none') demands.opened(access)
    else if (sends > 1) demands.met(access)
  }

  async function sendAsDemanded(
    access: RepositoryAccess,
    send: Send,
    { url, inVain }: { readonly url: URL; readonly inVain?: Demand },
  ): Promise<HttpResponse> {
    for (let sends = 1; ; sends += 1) {
      const proof = await proofFor(access)
      const response = (await sendWith(proof, send, url.origin)) ?? resting(access)
      if (response.status < 400) noteLetIn(access, proof, sends)
      if (response.status !== 401) return response
      if (response.url.origin !== url.origin) throw strayed(response, url)
      const learned = demands.learn(access, response, { url, showed: proof.kind })
      // Who showed nothing may show something, also when somebody else has learned meanwhile what is demanded.
      const better = (learned || !proof.isSpent) && !isSameDemand(demands.known(access), inVain)
      if (better && sends < mostSends && canMeet(demands.known(access), access)) continue
      demands.forget(access)
      throw refused(response, access)
    }
  }

  return {
    send: async (access, url, send) => {
      const asOthers = demands.known(access) === undefined ? await sendAsOthers(access, send, url) : {}
      return asOthers.response ?? (await sendAsDemanded(access, send, { url, ...asOthers }))
    },
  }
}

/** Where what meets a demand is shown. */
function shownTo(demand: Demand, access: RepositoryAccess): URL {
  return demand.kind === 'bearer' ? demand.realm : apiUrl(access, '')
}

/** What is awaited, or for which reason it failed. */
async function orReason<T>(awaited: Promise<T>): Promise<T | Reason> {
  try {
    return await awaited
  } catch (cause) {
    if (cause instanceof ReconcileError) return cause.reason
    throw cause
  }
}

function canMeet(demand: Demand | undefined, { credentials }: RepositoryAccess): boolean {
  return (
    demand?.kind === 'bearer' || (demand?.kind === 'basic' && credentials !== undefined && 'password' in credentials)
  )
}

/** Whoever a redirect leads to may not ask for the registry's credentials. */
function strayed({ url: { origin } }: HttpResponse, { host }: URL): ReconcileError {
  const message = `${host} redirects to ${origin}, which asks for credentials; they don't follow to another address`
  return new ReconcileError(reasons.registryProtocolError, message)
}

/** The login was refused lately. */
export function resting(access: RepositoryAccess): never {
  throw authRefusal('HTTP 401', access)
}

function refused(response: HttpResponse, access: RepositoryAccess): ReconcileError {
  const code = errorCodes(response.body)?.[0]
  return authRefusal(code === undefined ? 'HTTP 401' : `HTTP 401, ${code}`, access)
}
