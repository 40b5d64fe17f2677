import { GitCommandError } from './command.ts'

/** git, run in a repository that is called by its name. */
export type GitIn = (name: string, command: readonly string[], input?: string) => Promise<Buffer>

/** The commit that a branch, a tag, a full ref, a commit or HEAD names, looked for in that order; undefined when nothing is called so. */
export async function resolveRevision(git: GitIn, name: string, revision: string): Promise<string | undefined> {
  for (const candidate of [`refs/heads/${revision}`, `refs/tags/${revision}`, revision]) {
    const found = await orUndefined(
      git(name, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`]),
    )
    if (found !== undefined) return found.trim()
  }
  return undefined
}

/** What git printed, undefined when it ended with a status other than 0: its way of saying no. */
export async function orUndefined(answer: Promise<Buffer>): Promise<string | undefined> {
  try {
    return (await answer).toString('utf8')
  } catch (error) {
    if (error instanceof GitCommandError && error.status !== undefined) return undefined
    throw error
  }
}
