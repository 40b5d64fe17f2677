/** A file of a git repository, which need not be there; repository and revision as policy or source spell them. */
export interface GitFile {
  readonly repository: string
  readonly revision: string | undefined
  /** From the repository's root. */
  readonly path: string
}
