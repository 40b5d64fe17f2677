import type { HttpResponse } from '../wire/exchange.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import type { BasicLogins } from './basic-logins.ts'
import type { Demand } from './challenge.ts'
import type { Judge, Tokens } from './token.ts'

/** What proves who asks. */
export interface Proof {
  /** Sends with it; undefined: it is a login that rests, and nothing was sent. */
  readonly show: (send: Send) => Promise<HttpResponse | undefined>
  readonly kind: Demand['kind'] | 'none'
  /** There is no better one, so a refusal is final. */
  readonly isSpent: boolean
  /** To be called when the registry answered, or failed to. */
  readonly judge: Judge
}

/** Sends a request with a value for `Authorization`, or without. */
export type Send = (authorization: string | undefined) => Promise<HttpResponse>

/** Where proofs come from. */
export interface ProofSources {
  readonly tokens: Tokens
  readonly basics: BasicLogins
}

const unheard = (): void => undefined
const noProof: Proof = { kind: 'none', show: (send) => send(undefined), isSpent: false, judge: unheard }

/** What meets a demand. Throws a ReconcileError where nothing does. */
export async function proofOf(
  { tokens, basics }: ProofSources,
  access: RepositoryAccess,
  demand: Demand | undefined,
): Promise<Proof> {
  switch (demand?.kind) {
    case undefined:
      return noProof
    case 'basic':
      return { kind: 'basic', show: (send) => basics.show(access, send), isSpent: true, judge: unheard }
    case 'bearer': {
      const own = registryTokenOf(access)
      if (own !== undefined) return bearer(own, true, unheard)
      const { token, fresh, judge } = await tokens.get({ access, demand })
      return bearer(token, fresh, judge)
    }
  }
}

function bearer(token: string, isSpent: boolean, judge: Judge): Proof {
  return { kind: 'bearer', show: (send) => send(`Bearer ${token}`), isSpent, judge }
}

function registryTokenOf({ credentials }: RepositoryAccess): string | undefined {
  return credentials !== undefined && 'registryToken' in credentials ? credentials.registryToken : undefined
}

/** Sends to an origin with a proof, and tells the proof what came of that, whatever comes; undefined as `show`. */
export async function sendWith(proof: Proof, send: Send, origin: string): Promise<HttpResponse | undefined> {
  let verdict: Parameters<Judge>[0] = 'nothing'
  try {
    const response = await proof.show(send)
    if (response !== undefined) verdict = verdictIn(response, origin)
    return response
  } finally {
    proof.judge(verdict)
  }
}

function verdictIn({ status, url }: HttpResponse, origin: string): Parameters<Judge>[0] {
  if (status === 401 && url.origin === origin) return 'refused'
  return status < 400 || status === 404 ? 'passed' : 'nothing'
}
