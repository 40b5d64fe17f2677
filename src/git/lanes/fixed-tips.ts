import { LRUCache } from 'lru-cache'

/** How well it is known that a server lets nobody rewrite a branch: by its words, or by what it did. */
export type Fixed = 'surely' | 'probably'

/** The push branches of one repository that its server did not let us rewrite, each for as long as it stays where it was then. */
export interface FixedTips {
  at(branch: string, tip: string | undefined): Fixed | undefined
  note(branch: string, tip: string, fixed: Fixed): void
}

interface Known {
  readonly tip: string
  readonly fixed: Fixed
  readonly until: number
}

const mostBranches = 1_000
/** A hook may have refused for another reason, which is over by then (ms). */
const longestDoubt = 60 * 60_000

/** Makes an empty set; `now` in ms. */
export function createFixedTips(now: () => number): FixedTips {
  const known = new LRUCache<string, Known>({ max: mostBranches })
  const at = (branch: string, tip: string | undefined) => {
    const found = known.get(branch)
    return found !== undefined && found.tip === tip && found.until > now() ? found.fixed : undefined
  }
  return {
    at,
    note: (branch, tip, fixed) => {
      const before = known.get(branch)
      // What is put on top because of a doubt does not renew it.
      const isDoubted = before?.fixed === fixed && before.until > now()
      const until = fixed === 'surely' ? Infinity : isDoubted ? before.until : now() + longestDoubt
      known.set(branch, { tip, fixed, until })
    },
  }
}
