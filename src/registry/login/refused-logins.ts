import { LRUCache } from 'lru-cache'

/** Which logins were refused lately, so that they are not shown again and again: too many wrong ones close an account. */
export interface RefusedLogins {
  /** Whether a login is not to be shown now for `what`. */
  isResting(login: string, what: string): boolean
  refuse(login: string, what: string): void
  /** It was let in, so it is right, whatever it may not see. */
  admit(login: string): void
}

const restMs = 30_000
/** Some refuse so too who may not see one repository: only what is refused for several in a row is taken for wrong. */
const mostRefusals = 3

interface Refused {
  readonly what: ReadonlySet<string>
  readonly until: number
}

/** Makes one; `now` is in ms since the epoch. */
export function createRefusedLogins(now: () => number): RefusedLogins {
  const refused = new LRUCache<string, Refused>({ max: 10_000 })
  return {
    isResting: (login, what) => {
      const known = refused.get(login)
      if (known === undefined || known.until <= now()) return false
      return known.what.size >= mostRefusals || known.what.has(what)
    },
    refuse: (login, what) => {
      const before = [...(refused.get(login)?.what ?? [])]
      refused.set(login, { what: new Set([...before, what].slice(-mostRefusals)), until: now() + restMs })
    },
    admit: (login) => void refused.delete(login),
  }
}
