import type { RepositoryAccess } from '../repository-access.ts'
import { credentialId } from './credentials.ts'
import { createLoginVerdicts } from './login-verdicts.ts'

/**
 * What an answer says of a login: it was let in; it was no hindrance, though it may not have been looked at; it was refused; or nothing, as when a server is
 * overloaded.
 */
export type Verdict = 'letIn' | 'passed' | 'refused' | 'nothing'

/** An answer, and what it says of the login, which may come out later. */
export interface Judged<T> {
  readonly answer: T
  readonly verdict: Verdict | Promise<Verdict>
}

/** A login, as `loginAt` names it, and what it is shown for. */
export interface Showing {
  readonly login: string
  readonly what: string
}

/**
 * Shows logins to registries and their token servers: one that was let in to whoever wants it, one of unknown worth for one request at a time, so that a wrong one is
 * seen to be wrong before it closes an account.
 */
export interface LoginTurns {
  /** Whether something speaks against it. */
  isDoubted(login: string): boolean
  /**
   * Calls `send` when the login may be shown. Undefined: it rests, and was not. Who waits goes on when the one before him has his verdict or fails, so `send` and
   * the verdict have to come to an end.
   */
  show<T>(showing: Showing, send: () => Promise<Judged<T>>): Promise<T | undefined>
}

/** Names a login at an origin by the very credentials: those of a cloud are other ones each hour. */
export function loginAt({ origin }: URL, { credentials }: RepositoryAccess): string {
  return JSON.stringify([origin, credentialId(credentials)])
}

/** Makes one for all logins; `now` is in ms since the epoch. */
export function createLoginTurns(now: () => number): LoginTurns {
  const verdicts = createLoginVerdicts(now)
  /** The turns of logins of unknown worth; each promise is fulfilled when its turn is over. */
  const turns = new Map<string, Promise<void>>()

  function note({ login, what }: Showing, verdict: Verdict): void {
    switch (verdict) {
      case 'letIn':
        return verdicts.admit(login, what)
      case 'passed':
        return verdicts.pass(login)
      case 'refused':
        return verdicts.refuse(login, what)
      case 'nothing':
    }
  }

  /** The answer, and the end of the turn: when its verdict is known. */
  function begin<T>(showing: Showing, send: () => Promise<Judged<T>>) {
    const sent = send().then(({ answer, verdict }) => {
      if (typeof verdict !== 'string') return { answer, noted: verdict.then((late) => note(showing, late)) }
      note(showing, verdict)
      return { answer, noted: undefined }
    })
    const end = sent.then(({ noted }) => noted).catch(() => undefined)
    return { answer: sent.then(({ answer }) => answer), end }
  }

  async function show<T>(showing: Showing, send: () => Promise<Judged<T>>): Promise<T | undefined> {
    const { login, what } = showing
    for (;;) {
      if (verdicts.isResting(login, what)) return undefined
      if (verdicts.isBelieved(login)) return await begin(showing, send).answer
      const turn = turns.get(login)
      if (turn === undefined) break
      await turn
    }
    const { answer, end } = begin(showing, send)
    turns.set(
      login,
      end.then(() => void turns.delete(login)),
    )
    return await answer
  }

  return { isDoubted: (login) => verdicts.isDoubted(login), show }
}
