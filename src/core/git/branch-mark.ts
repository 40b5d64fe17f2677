import { decoded, encoded, lastParagraph } from './trailer-value.ts'

/** What a commit of ours on a push branch says of that branch. */
export interface BranchMark {
  /** The branch that it was made for, and the one that this is to be merged into. */
  readonly branch: string
  readonly base: string
  /** The base's commit at which the branch began; undefined: others had committed to it by then. */
  readonly fork: string | undefined
  /** What the commit was made of, as {@link Sealed} has it; without `fork` it says nothing. */
  readonly seal: string | undefined
}

/** A commit as it is now; it is as it was made while its mark says the same. */
export interface Sealed {
  /** Stands for its tree, parents, author, committer and their times: 16 hex digits. */
  readonly seal: string
}

const markKey = 'Image-Update-Branch'

/** The trailer that says it. */
export function formatMark({ branch, base, fork, seal }: BranchMark): string {
  const own = fork === undefined ? [] : seal === undefined ? [fork] : [fork, seal]
  return [`${markKey}:`, encoded(branch), encoded(base), ...own].join(' ')
}

/** What a message says of its branch; undefined for a commit that was not made for a push branch. */
export function parseMark(message: string): BranchMark | undefined {
  const line = lastParagraph(message).findLast((each) => each.startsWith(`${markKey}: `))
  const [branch, base, fork, seal, ...others] = (line?.slice(markKey.length + 2) ?? '').split(' ').map(decoded)
  const isOdd =
    (fork !== undefined && !/^[0-9a-f]{40}$/.test(fork)) || (seal !== undefined && !/^[0-9a-f]{16}$/.test(seal))
  if (!branch || !base || isOdd || others.length > 0) return undefined
  return { branch, base, fork, seal }
}
