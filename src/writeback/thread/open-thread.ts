import { extname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { FileTaskName } from '../../core/targets/file-work.ts'
import type { Answer, Asked } from './file-thread.ts'

/** What one task may take. */
export interface ThreadLimits {
  /** Milliseconds. */
  readonly longestTask: number
  /** Megabytes of memory, for all that lives there. */
  readonly heap: number
}

/** What a task came to, or what the thread ended by. */
export type Outcome = Answer | { readonly kind: 'slow' } | { readonly kind: 'full' } | { readonly kind: 'ended' }

/** A thread that does one task at a time. It keeps no process alive while it has none. */
export interface Thread {
  /** After anything but an answer the thread is of no use any more. Rejects only if the task itself can't be handed over. */
  ask<Name extends FileTaskName>(asked: Asked<Name>): Promise<Outcome>
  /** Ends it, whatever it does. */
  end(): Promise<void>
  /** Resolves when it has ended, to what it ended by. */
  readonly over: Promise<Outcome>
}

// Source is run as it is, and compiled its files have another ending: that of this one.
const entry = new URL(`./file-thread${extname(import.meta.url)}`, import.meta.url)

/** Starts a thread. It sees neither the environment nor what this thread has loaded. */
export function openThread({ longestTask, heap }: ThreadLimits): Thread {
  const worker = new Worker(entry, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: heap } })
  const over = new Promise<Outcome>((resolve) => {
    // What it ended by is told before that it ended.
    worker.on('error', (error) => resolve(endedBy(error)))
    worker.once('exit', () => resolve({ kind: 'ended' }))
  })
  // Each task waits by this alone: what waited for `over` would be kept, with the texts that it got, for as long as the thread lives.
  let answered: ((outcome: Outcome) => void) | undefined
  let ended: Outcome | undefined
  worker.on('message', (answer: Answer) => answered?.(answer))
  void over.then((outcome) => {
    ended = outcome
    answered?.(outcome)
  })
  worker.unref()

  async function ask<Name extends FileTaskName>(asked: Asked<Name>): Promise<Outcome> {
    if (ended !== undefined) return ended
    const limit = new AbortController()
    worker.ref()
    try {
      worker.postMessage(asked)
      return await new Promise<Outcome>((resolve) => {
        answered = resolve
        pause(longestTask, { kind: 'slow' } as const, limit).then(resolve, () => undefined)
      })
    } finally {
      limit.abort()
      answered = undefined
      worker.unref()
    }
  }

  async function end(): Promise<void> {
    await worker.terminate()
  }

  return { ask, end, over }
}

function endedBy(error: unknown): Outcome {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? { kind: 'full' } : { kind: 'ended' }
}
