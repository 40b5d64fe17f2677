import { reasons } from '../../api/conditions.ts'
import { doTask, type FileTaskName, type FileTasks, type FileWork } from '../../core/targets/file-work.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import { openThread, type Outcome, type Thread, type ThreadLimits } from './open-thread.ts'

/** Does tasks on large files in a thread of their own, so that nothing else waits for them. */
export interface ThreadedWork extends FileWork {
  /** Ends the thread. What is under way there, or waits for it, fails. */
  close(): Promise<void>
}

/** What goes to the thread, what it may take there, and how long the thread is kept. */
export interface ThreadedWorkOptions extends ThreadLimits {
  /** With how many characters of text a task is still done at once. */
  readonly mostAtOnce: number
  /** Milliseconds after which a thread with nothing to do is ended, for the memory that it holds. */
  readonly idle: number
}

const usual: ThreadedWorkOptions = {
  // Read in some 25 ms. To hand a task over takes about one, to start the thread some hundred.
  mostAtOnce: 32 * 1024,
  longestTask: 30_000,
  // Beside what the operator itself needs it has to fit into the memory that the chart gives to the Pod.
  heap: 160,
  idle: 10_000,
}

/** Makes it; the thread is started when something first needs it. There is never more than one: each takes as much memory again. */
export function createThreadedWork(options: Partial<ThreadedWorkOptions> = {}, open = openThread): ThreadedWork {
  const limits = { ...usual, ...options }
  let thread: Thread | undefined
  let resting: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  let isClosed = false

  /** One after the other. What waits is handed over only when its turn comes, so that a thread that ends takes one task with it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  function started(): Thread {
    const opened = open(limits)
    void opened.over.then(() => forget(opened))
    return opened
  }

  function forget(gone: Thread): void {
    if (thread === gone) thread = undefined
  }

  async function end(): Promise<void> {
    const ending = thread
    thread = undefined
    await ending?.end()
  }

  async function inThread<Name extends FileTaskName>(
    about: string,
    name: Name,
    args: FileTasks[Name]['args'],
  ): Promise<FileTasks[Name]['result']> {
    if (isClosed) throw failureOf(closed, about, limits)
    clearTimeout(resting)
    thread ??= started()
    const outcome = await thread.ask({ name, args })
    if (outcome.kind === 'failed') throw outcome.error
    if (outcome.kind !== 'done') {
      await end()
      throw failureOf(isClosed ? closed : outcome, about, limits)
    }
    // The thread did the task of this name.
    return outcome.value as FileTasks[Name]['result']
  }

  function rest(): void {
    clearTimeout(resting)
    resting = setTimeout(() => void end(), limits.idle).unref()
  }

  return {
    do: async (about, name, ...args) => {
      if (textIn(args) <= limits.mostAtOnce) return doTask(name, args)
      return await inTurn(() => inThread(about, name, args).finally(rest))
    },
    close: async () => {
      isClosed = true
      await end()
      await last
      clearTimeout(resting)
    },
  }
}

const closed = { kind: 'closed' } as const

type Failure = Exclude<Outcome, { kind: 'done' | 'failed' }> | typeof closed

function failureOf({ kind }: Failure, about: string, { longestTask, heap }: ThreadLimits): ReconcileError {
  switch (kind) {
    case 'slow':
      return tooMuch(`${about} takes longer than ${longestTask / 1000} s to be read or edited`)
    case 'full':
      return tooMuch(`${about} takes more than ${heap} MB of memory to be read or edited`)
    case 'ended':
      return new ReconcileError(reasons.internalError, `${about}: the thread that reads and edits large files ended`)
    case 'closed':
      return new ReconcileError(reasons.internalError, `${about}: the operator is ending`)
  }
}

function tooMuch(what: string): ReconcileError {
  const message = `${what}; keep the image in a smaller file`
  return new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}

/** How many characters a task's arguments have: as good as all of them are texts of files. */
function textIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  const members: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value)
  let length = 0
  for (const member of members) length += textIn(member)
  return length
}
