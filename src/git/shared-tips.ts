import { LRUCache } from 'lru-cache'
import { reasons } from '../api/conditions.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import type { RefList } from './wire/advertisement.ts'
import { isBranchName } from '../core/git/branch-name.ts'
import { requestedBranch, whatIsIt } from './branch-name.ts'
import { createRefQuestions } from './wire/ref-questions.ts'

/** A branch, and the commit that it points to. */
export interface Tip {
  readonly branch: string
  readonly tip: string
  /** Where a second branch was at the same moment, if one was asked for; undefined: it is not there. */
  readonly beside?: string | undefined
}

/** The tips of one repository's branches, asked for once for all. */
export interface SharedTips {
  /**
   * The tip of a branch, or of the remote's HEAD (undefined, '' or HEAD); an answer not older than `notBefore` (ms since
   * the epoch) is taken from memory. Throws a ReconcileError (BranchUnknown) for what is no branch. `beside` names a second
   * branch, which need not be there.
   */
  tip(requested: string | undefined, notBefore: number, beside?: string): Promise<Tip>
  /** Notes what a branch has become by our own push. */
  pushed(tip: Tip): void
}

/** `listRefs` asks the server; `name` is `host/path`, for messages; `now` in ms since the epoch. */
export interface SharedTipsParts {
  readonly listRefs: (prefixes: readonly string[]) => Promise<RefList>
  readonly name: string
  readonly now: () => number
}

const mostPushes = 1_000
const prefix = 'refs/heads/'

/** Opens the tips of one repository. */
export function openSharedTips({ listRefs, name, now }: SharedTipsParts): SharedTips {
  const questions = createRefQuestions(listRefs, now)
  // Who is forgotten is told what the server said before: a push compares anyway.
  const pushes = new LRUCache<string, { readonly tip: string; readonly order: number }>({ max: mostPushes })

  function unknown(what: string): ReconcileError {
    const message = `${name}: ${what}; set writeBack.git.branch to an existing branch`
    return new ReconcileError(reasons.branchUnknown, message, { retry: atInterval })
  }

  async function tip(requested: string | undefined, notBefore: number, beside?: string): Promise<Tip> {
    const wanted = requestedBranch(requested)
    if (wanted !== undefined && !isBranchName(wanted)) throw unknown(`"${wanted}" ${whatIsIt(wanted, new Map())}`)
    const { list, order } = await questions.answerFor(
      [wanted, beside].filter((each) => each !== undefined),
      notBefore,
    )
    const branch = wanted ?? branchOfHead(list)
    if (branch === undefined) throw unknown(headless(list))
    const at = (name: string) => {
      const ours = pushes.get(name)
      return ours !== undefined && ours.order > order ? ours.tip : list.refs.get(`${prefix}${name}`)
    }
    const found = at(branch)
    if (found === undefined)
      throw unknown(wanted === undefined ? headless(list) : `"${branch}" ${whatIsIt(branch, list.refs)}`)
    return { branch, tip: found, ...(beside === undefined ? {} : { beside: at(beside) }) }
  }

  return { tip, pushed: ({ branch, tip: oid }) => void pushes.set(branch, { tip: oid, order: questions.nextOrder() }) }
}

function branchOfHead({ head }: RefList): string | undefined {
  const branch = head?.startsWith(prefix) === true ? head.slice(prefix.length) : ''
  return isBranchName(branch) ? branch : undefined
}

function headless({ detached }: RefList): string {
  return detached ? 'its HEAD names no branch' : 'it has no commits yet, or its HEAD names no branch'
}
