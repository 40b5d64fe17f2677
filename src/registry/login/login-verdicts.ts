import { LRUCache } from 'lru-cache'
import { steadily } from '../manners/steady-clock.ts'

/** What is known of the worth of logins, each at one origin, from what they were shown for: a repository, or a token for one. */
export interface LoginVerdicts {
  /** Whether it was let in, and nothing speaks against it since. */
  isBelieved(login: string): boolean
  /** Whether something speaks against it. */
  isDoubted(login: string): boolean
  /** Whether it is not to be shown now for `what`: too many wrong ones close an account. */
  isResting(login: string, what: string): boolean
  refuse(login: string, what: string): void
  admit(login: string, what: string): void
  /** It was no hindrance, which a wrong one might not have been either. */
  pass(login: string): void
}

const shortestRest = 30_000
/** Not longer, so that a password that is made right where it is checked is right here within minutes; another Secret has no rest at all. */
const longestRest = 5 * 60_000
/** The usual interval: whoever else wants to show it has asked by then. */
const longestBehind = 2 * 60_000
/**
 * Some refuse so too who may not see one repository: a login that was let in nowhere yet, or is refused where it was let in before, is taken for wrong only
 * after several in a row.
 */
const mostRefusals = 3

interface Rest {
  readonly until: number
  readonly ms: number
}

interface Login {
  /** `right`: it was let in, and not taken for wrong since. */
  readonly worth: 'unknown' | 'passes' | 'right'
  /** What it was refused for since then, as far as that speaks against it. */
  readonly against: ReadonlySet<string>
  readonly rest: Rest | undefined
}

interface Place {
  readonly wasOpen: boolean
  readonly rest: Rest | undefined
}

const unknown: Login = { worth: 'unknown', against: new Set(), rest: undefined }
const passing: Login = { ...unknown, worth: 'passes' }
const right: Login = { ...unknown, worth: 'right' }
const open: Place = { wasOpen: true, rest: undefined }

/** Makes one; `clock` is in ms since the epoch. */
export function createLoginVerdicts(clock: () => number): LoginVerdicts {
  const now = steadily(clock)
  const logins = new LRUCache<string, Login>({ max: 1_000 })
  const places = new LRUCache<string, Place>({ max: 10_000 })
  const isOver = (rest: Rest | undefined): boolean => rest === undefined || rest.until <= now()
  const placeOf = (login: string, what: string): string => JSON.stringify([login, what])

  /** Twice as long as the last; what was under way together is refused together, and makes it no longer. */
  function renewed(rest: Rest | undefined): Rest {
    if (rest !== undefined && !isOver(rest)) return rest
    const ms = rest === undefined ? shortestRest : Math.min(rest.ms * 2, longestRest)
    return { ms, until: now() + ms }
  }

  function isBelieved(login: string): boolean {
    const { worth, against } = logins.get(login) ?? unknown
    return worth !== 'unknown' && against.size === 0
  }

  /** What refused it last may do so always, be it right or wrong: the others go first, so that they come to see which. */
  function isResting(login: string, what: string): boolean {
    const { rest } = logins.get(login) ?? unknown
    const place = places.get(placeOf(login, what))
    if (!isOver(place?.rest)) return true
    const behind = place?.rest === undefined ? 0 : Math.min(rest?.ms ?? 0, longestBehind)
    return rest !== undefined && rest.until + behind > now()
  }

  function refuse(login: string, what: string): void {
    const key = placeOf(login, what)
    const place = places.get(key)
    const known = logins.get(login) ?? unknown
    // A right one closes no account, and what is closed to it may be opened at any time.
    places.set(key, { wasOpen: false, rest: renewed(known === right ? undefined : place?.rest) })
    // What it never opened, while it opens others, is closed to it alone.
    if (known.worth === 'right' && place?.wasOpen !== true) return
    const against = known.against.size < mostRefusals ? new Set([...known.against, what]) : known.against
    const isWrong = against.size >= mostRefusals
    logins.set(login, isWrong ? { worth: 'unknown', against, rest: renewed(known.rest) } : { ...known, against })
  }

  return {
    isBelieved,
    isDoubted: (login) => (logins.get(login) ?? unknown).against.size > 0,
    isResting,
    refuse,
    admit: (login, what) => {
      logins.set(login, right)
      places.set(placeOf(login, what), open)
    },
    pass: (login) => {
      if (logins.get(login)?.worth !== 'right') logins.set(login, passing)
    },
  }
}
