import { decoded, encoded, lastParagraph } from './trailer-value.ts'

/** What a commit of ours on a push branch says of that branch. */
export interface BranchMark {
  /** The branch that it was made for, and the one that this is to be merged into. */
  readonly branch: string
  readonly base: string
  /** The base's commit at which the branch began; undefined: others had committed to it by then. */
  readonly fork: string | undefined
}

const markKey = 'Image-Update-Branch'

/** The trailer that says it. */
export function formatMark({ branch, base, fork }: BranchMark): string {
  return [`${markKey}:`, encoded(branch), encoded(base), ...(fork === undefined ? [] : [fork])].join(' ')
}

/** What a message says of its branch; undefined for a commit that was not made for a push branch. */
export function parseMark(message: string): BranchMark | undefined {
  const line = lastParagraph(message).findLast((each) => each.startsWith(`${markKey}: `))
  const [branch, base, fork, ...others] = (line?.slice(markKey.length + 2) ?? '').split(' ').map(decoded)
  if (!branch || !base || others.length > 0 || (fork !== undefined && !/^[0-9a-f]{40}$/.test(fork))) return undefined
  return { branch, base, fork }
}
