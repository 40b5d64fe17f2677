import { temporaryFolder } from '../guard.ts'
import { runGit } from './command.ts'

/** How a branch comes into another, as the buttons of git's servers have it; `rebase` makes its commits anew on the other. */
export type MergeWay = 'merge' | 'fast-forward' | 'squash' | 'rebase'

/** What is merged into what, in the bare repository in `folder`; the branch stays. */
export interface MergeOrder {
  readonly folder: string
  readonly branch: string
  readonly into: string
  readonly way: MergeWay
}

const who = ['-c', 'user.name=A Person', '-c', 'user.email=person@example.com']

/** Merges in a clone and pushes, as a person would. Rejects with git's words where that meets a conflict. */
export async function mergeIn(
  { folder, branch, into, way }: MergeOrder,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const clone = temporaryFolder('merge')
  const git = (...command: readonly string[]) => runGit([...who, ...command], { folder: clone.path, environment })
  try {
    await git('clone', '--quiet', '--branch', into, folder, '.')
    for (const command of commandsFor(way, `origin/${branch}`, into)) await git(...command)
    await git('push', '--quiet', 'origin', into)
  } finally {
    await clone.remove()
  }
}

function commandsFor(way: MergeWay, from: string, into: string): readonly (readonly string[])[] {
  switch (way) {
    case 'merge':
      return [['merge', '--quiet', '--no-ff', '--no-edit', from]]
    case 'fast-forward':
      return [['merge', '--quiet', '--ff-only', from]]
    case 'squash':
      return [
        ['merge', '--quiet', '--squash', from],
        ['commit', '--quiet', '--no-edit'],
      ]
    case 'rebase':
      return [
        ['checkout', '--quiet', '-b', 'rebased', from],
        ['rebase', '--quiet', '--force-rebase', into],
        ['checkout', '--quiet', into],
        ['merge', '--quiet', '--ff-only', 'rebased'],
      ]
  }
}
