import { applyEdit } from './file-edit.ts'
import { concernsKey, readValues } from './helm-values.ts'
import { readKustomization } from './kustomization.ts'
import { manifestWinner } from './manifest-winners.ts'
import { readManifests } from './manifests.ts'
import { readOverride } from './override-file.ts'
import { imageWinnerOver, winnerOver } from './winners.ts'

/**
 * All that is done with the texts of files, by name. Reading YAML takes a second for a megabyte, so that arguments and results are
 * plain data, which a thread can be handed and can hand back.
 */
const tasks = {
  applyEdit,
  concernsKey,
  imageWinnerOver,
  manifestWinner,
  readKustomization,
  readManifests,
  readOverride,
  readValues,
  winnerOver,
}

/** The name of a task. */
export type FileTaskName = keyof typeof tasks

/** What each task takes, and what it gives. */
export type FileTasks = {
  readonly [Name in FileTaskName]: {
    readonly args: Readonly<Parameters<(typeof tasks)[Name]>>
    readonly result: ReturnType<(typeof tasks)[Name]>
  }
}

/** Does tasks, here or elsewhere. */
export interface FileWork {
  /** `about` says what is read or edited, should that fail: a path. Throws ReconcileError where it takes too long, or too much. */
  do<Name extends FileTaskName>(
    about: string,
    name: Name,
    ...args: FileTasks[Name]['args']
  ): Promise<FileTasks[Name]['result']>
}

const byName: { readonly [Name in FileTaskName]: (...args: FileTasks[Name]['args']) => FileTasks[Name]['result'] } =
  tasks

/** Does a task at once. */
export function doTask<Name extends FileTaskName>(
  name: Name,
  args: FileTasks[Name]['args'],
): FileTasks[Name]['result'] {
  return byName[name](...args)
}

/** Does every task at once, however large: for whoever has nothing else to do meanwhile. */
export const atOnce: FileWork = { do: async (_about, name, ...args) => doTask(name, args) }
