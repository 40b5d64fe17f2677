import { GitCommandError } from './command.ts'
import { formatCommit, type Files } from './fast-import.ts'
import { resolveRevision, type GitIn } from './revision.ts'

/** Where and how a commit is made. A branch that does not exist begins at the repository's HEAD; `author` is "Name <address>". */
export interface CommitOptions {
  readonly message?: string
  readonly branch?: string
  readonly author?: string
}

/** A commit to be made in the repository `name`. */
export interface CommitOrder extends CommitOptions {
  readonly name: string
  readonly changes: Files
}

const attempts = 20
const lostRace = /Not updating|cannot lock ref|Unable to create/
const somebody = 'A Person <person@example.com>'

/** Makes a commit on the branch's tip straight in the bare repository; when another writer was quicker it begins again from his. Answers with the object id. */
export async function commitOn(git: GitIn, order: CommitOrder): Promise<string> {
  const { name, changes, message = 'Change', author = somebody } = order
  const branch = order.branch ?? (await git(name, ['symbolic-ref', '--short', 'HEAD'])).toString('utf8').trim()
  for (let attempt = 1; ; attempt += 1) {
    const parent =
      (await resolveRevision(git, name, `refs/heads/${branch}`)) ?? (await resolveRevision(git, name, 'HEAD'))
    const modes =
      parent === undefined
        ? new Map<string, string>()
        : await modesOf(git, name, [parent, '--', ...Object.keys(changes)])
    const stream = formatCommit(changes, {
      branch,
      author,
      message,
      seconds: Math.floor(Date.now() / 1000),
      parent,
      modes,
    })
    try {
      return (await git(name, ['fast-import', '--quiet', '--date-format=raw'], stream)).toString('utf8').trim()
    } catch (error) {
      if (!(error instanceof GitCommandError) || !lostRace.test(error.message) || attempt === attempts) throw error
    }
  }
}

async function modesOf(git: GitIn, name: string, where: readonly string[]): Promise<Map<string, string>> {
  const listed = (await git(name, ['ls-tree', '-r', '-z', '--full-tree', ...where])).toString('utf8')
  const entries = listed.split('\0').filter((entry) => entry !== '')
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.slice(0, 6)]))
}
