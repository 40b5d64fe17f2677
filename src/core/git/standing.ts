import { parseMark, type BranchMark, type Sealed } from './branch-mark.ts'

/** What is looked at in a commit. */
export interface CommitFacts extends Sealed {
  readonly oid: string
  readonly parents: readonly string[]
  readonly message: string
}

/** Whose commits stand on a push branch. */
export interface Standing {
  /** We began it, under this very name, whoever has committed to it since. */
  readonly begunByUs: boolean
  /** Into what it is to be merged, as our newest commit says; undefined: none of ours was made for it. */
  readonly base: string | undefined
  /** The base's commit that all our commits stand on; undefined: not every commit beyond the base is ours. */
  readonly fork: string | undefined
  /** The messages of the commits beyond `fork`, the newest first. */
  readonly messages: readonly string[]
}

/** Which branch, and into what it is to be merged. */
export type StandingOf = Pick<BranchMark, 'branch' | 'base'>

/**
 * Judges a push branch by its commits, the newest first, from its tip backwards as far as they are known. A commit is ours when it bears
 * the mark of this branch, and still is what that was made for: what a person amended, rebased or merged is not.
 */
export function standingOf(commits: readonly CommitFacts[], tip: string, of: StandingOf): Standing {
  const known = new Map(commits.map((commit) => [commit.oid, commit]))
  const marks = commits.flatMap(({ message }) => parseMark(message) ?? []).filter(({ branch }) => branch === of.branch)
  const told = { begunByUs: marks.some((mark) => mark.fork !== undefined), base: marks[0]?.base }
  const messages: string[] = []
  const fork = forkOf(known.get(tip)?.message)
  for (let at = known.get(tip); at !== undefined && fork !== undefined; at = known.get(at.parents[0] ?? '')) {
    if (!isOurs(at, { ...of, fork })) break
    messages.push(at.message)
    if (at.parents[0] === fork) return { ...told, fork, messages }
  }
  return { ...told, fork: undefined, messages: [] }
}

function forkOf(message = ''): string | undefined {
  return parseMark(message)?.fork
}

function isOurs({ parents, seal, message }: CommitFacts, of: StandingOf & { fork: string }): boolean {
  const mark = parseMark(message)
  const isFor = mark?.branch === of.branch && mark.base === of.base && mark.fork === of.fork
  return parents.length === 1 && mark?.seal === seal && isFor
}
