import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { amendIn, type AmendOrder } from './amend.ts'
import { runGit } from './command.ts'
import { commitOn, type CommitOptions } from './commit.ts'
import type { Files } from './fast-import.ts'
import { mergeIn, type MergeWay } from './merge.ts'
import { orUndefined, resolveRevision, type GitIn } from './revision.ts'
import { readCommit, type GitTree } from './tree.ts'

/** A commit as `git log` tells it; `files` are the paths that it changed, `author` is "Name <address>". */
interface GitCommit {
  readonly oid: string
  readonly subject: string
  readonly body: string
  readonly author: string
  readonly files: readonly string[]
}

/** The bare repositories of one folder, read and written by the git command line without a clone. A revision is a branch, a tag, a commit or HEAD. */
export interface Repositories {
  /** Makes a repository whose first commit holds the files, on branch `main` unless said, and answers with that commit. */
  readonly createRepository: (name: string, files: Files, options?: CommitOptions) => Promise<string>
  /** Makes a commit on a branch's tip, whoever else writes, and answers with its object id. */
  readonly commit: (name: string, changes: Files, options?: CommitOptions) => Promise<string>
  /** Makes a branch's newest commit anew with these changes, as if `author` ("Name <address>") had made it. */
  readonly amend: (name: string, branch: string, changes: AmendOrder['changes'], author: string) => Promise<void>
  /** A file's text, undefined when there is none. */
  readonly readFile: (name: string, path: string, revision?: string) => Promise<string | undefined>
  /** The commits of a branch, the newest first. */
  readonly log: (name: string, branch?: string) => Promise<readonly GitCommit[]>
  /** The commit that a revision names, undefined when nothing is called so. */
  readonly tip: (name: string, revision?: string) => Promise<string | undefined>
  /** A commit as git keeps it, with all its headers. */
  readonly rawCommit: (name: string, revision?: string) => Promise<string>
  /** What a commit changed, as a unified diff. */
  readonly diff: (name: string, commit: string) => Promise<string>
  /** Rejects with git's words when an object is broken or missing. */
  readonly fsck: (name: string) => Promise<void>
  /** Sets (undefined: removes) the shell script that may refuse a push; what it prints reaches the client. */
  readonly hook: (name: string, kind: 'pre-receive', script: string | undefined) => Promise<void>
  /** Merges a branch into another, `main` unless said, as a person does; the branch stays. Rejects where that meets a conflict. */
  readonly merge: (name: string, branch: string, way: MergeWay, into?: string) => Promise<void>
  /** Leaves a lock on a branch, as a git that was killed does; what it gives takes it away. */
  readonly lockBranch: (name: string, branch: string) => Promise<() => Promise<void>>
  /** Sets one of git's settings for a repository. */
  readonly configure: (name: string, setting: string, value: string) => Promise<void>
  readonly deleteBranch: (name: string, branch: string) => Promise<void>
  readonly tag: (name: string, tag: string, revision?: string) => Promise<void>
  /** All files of a revision as text. The same commit is read once. */
  readonly readCommitOf: (name: string, revision: string) => Promise<GitTree>
}

/** Opens the folder in which the repositories are, each as `<name>.git`. */
export function openRepositories(root: string, environment: NodeJS.ProcessEnv): Repositories {
  const folderOf = (name: string) => join(root, `${name}.git`)
  const git: GitIn = (name, command, input) =>
    runGit(command, { folder: folderOf(name), environment, ...(input === undefined ? {} : { input }) })
  const commit = (name: string, changes: Files, options: CommitOptions = {}) =>
    commitOn(git, { name, changes, ...options })

  return {
    commit,
    async createRepository(name, files, options = {}) {
      const folder = folderOf(name)
      await mkdir(folder, { recursive: true })
      await runGit(['init', '--quiet', '--bare', `--initial-branch=${options.branch ?? 'main'}`, folder], {
        environment,
      })
      return commit(name, files, { message: 'Begin', ...options })
    },
    amend: (name, branch, changes, author) => amendIn({ folder: folderOf(name), branch, changes, author }, environment),
    log: (name, branch = 'HEAD') => log(git, name, branch),
    readCommitOf: cachedReader(git),
    hook: (name, kind, script) => setHook(join(folderOf(name), 'hooks', kind), script),
    readFile: (name, path, revision = 'HEAD') => orUndefined(git(name, ['cat-file', 'blob', `${revision}:${path}`])),
    tip: (name, revision = 'HEAD') => resolveRevision(git, name, revision),
    rawCommit: async (name, revision = 'HEAD') => (await git(name, ['cat-file', 'commit', revision])).toString('utf8'),
    diff: async (name, oid) => (await git(name, ['show', '--format=', '--no-renames', oid])).toString('utf8'),
    fsck: async (name) => void (await git(name, ['fsck', '--full', '--strict'])),
    merge: (name, branch, way, into = 'main') => mergeIn({ folder: folderOf(name), branch, into, way }, environment),
    configure: async (name, setting, value) => void (await git(name, ['config', setting, value])),
    lockBranch: (name, branch) => lock(join(folderOf(name), 'refs/heads', `${branch}.lock`)),
    deleteBranch: async (name, branch) => void (await git(name, ['update-ref', '-d', `refs/heads/${branch}`])),
    tag: async (name, tag, revision = 'HEAD') => void (await git(name, ['tag', tag, revision])),
  }
}

async function log(git: GitIn, name: string, branch: string): Promise<readonly GitCommit[]> {
  const format = '--format=%x01%H%x00%s%x00%b%x00%an <%ae>%x00'
  const printed = (await git(name, ['log', '--no-renames', '--name-only', format, branch])).toString('utf8')
  return printed
    .split('\x01')
    .slice(1)
    .map((entry) => {
      const [oid = '', subject = '', body = '', author = '', files = ''] = entry.split('\0')
      return { oid, subject, body: body.trim(), author, files: files.split('\n').filter((file) => file !== '') }
    })
}

const treesKept = 16

function cachedReader(git: GitIn): (name: string, revision: string) => Promise<GitTree> {
  const trees = new Map<string, GitTree>()
  return async (name, revision) => {
    const oid = await resolveRevision(git, name, revision === '' ? 'HEAD' : revision)
    if (oid === undefined) throw new Error(`unable to resolve '${revision}' to a commit SHA`)
    const key = `${name} ${oid}`
    const tree = trees.get(key) ?? (await readCommit(oid, (command, input) => git(name, command, input)))
    trees.delete(key)
    trees.set(key, tree)
    const [oldest] = trees.keys()
    if (trees.size > treesKept && oldest !== undefined) trees.delete(oldest)
    return tree
  }
}

async function setHook(file: string, script: string | undefined): Promise<void> {
  if (script === undefined) return rm(file, { force: true })
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, script)
  await chmod(file, 0o755)
}

async function lock(file: string): Promise<() => Promise<void>> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, '')
  return () => rm(file)
}
