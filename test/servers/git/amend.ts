import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../guard.ts'
import { runGit } from './command.ts'

/** Whose newest commit on which branch is made anew, in the bare repository in `folder`; `author` is "Name <address>". */
export interface AmendOrder {
  readonly folder: string
  readonly branch: string
  readonly changes: Readonly<Record<string, string>>
  readonly author: string
}

/** Amends a branch's newest commit in a clone, as if `author` had made it, and pushes, as a person would. */
export async function amendIn(
  { folder, branch, changes, author }: AmendOrder,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const clone = temporaryFolder('amend')
  const [, name = '', address = ''] = /^(.*) <(.*)>$/.exec(author) ?? []
  const who = ['-c', `user.name=${name}`, '-c', `user.email=${address}`]
  const git = (...command: readonly string[]) => runGit([...who, ...command], { folder: clone.path, environment })
  try {
    await git('clone', '--quiet', '--branch', branch, folder, '.')
    for (const [path, text] of Object.entries(changes)) await writeFile(join(clone.path, path), text)
    await git('add', '--all')
    await git('commit', '--quiet', '--amend', '--reset-author', '--no-edit')
    await git('push', '--quiet', '--force', 'origin', branch)
  } finally {
    await clone.remove()
  }
}
