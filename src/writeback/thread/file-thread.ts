// What runs in the thread that reads and edits large files. It loads the core and nothing else.
import { parentPort } from 'node:worker_threads'
import { doTask, type FileTaskName, type FileTasks } from '../../core/targets/file-work.ts'

/** A task, as the thread is asked for it. */
export interface Asked<Name extends FileTaskName = FileTaskName> {
  readonly name: Name
  readonly args: FileTasks[Name]['args']
}

/** What the thread answers; `failed` is a fault of ours. */
export type Answer =
  | { readonly kind: 'done'; readonly value: FileTasks[FileTaskName]['result'] }
  | { readonly kind: 'failed'; readonly error: unknown }

parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answerTo(asked)))

function answerTo({ name, args }: Asked): Answer {
  try {
    return { kind: 'done', value: doTask(name, args) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}
