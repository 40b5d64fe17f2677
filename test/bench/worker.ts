import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Asked } from './worker-child.ts'

/** What a task came to, and what it took the process in which it ran. */
export interface Measured<T> {
  readonly value: T
  readonly wallMs: number
  /** User and system time of the process, in ms. */
  readonly cpuMs: number
  /** The most memory that the process has had so far, in MB. */
  readonly peakMb: number
}

type Tasks = Readonly<Record<string, (...args: never[]) => unknown>>

/** A process in which nothing runs but what is measured; the servers are elsewhere. It ends with this process at the latest. */
export interface Worker<T extends Tasks> {
  /** Runs a task there; arguments and result go as JSON does. */
  readonly run: <Name extends keyof T & string>(
    name: Name,
    ...args: Parameters<T[Name]>
  ) => Promise<Measured<Awaited<ReturnType<T[Name]>>>>
  readonly stop: () => Promise<void>
}

/** What Node is started with in the container (Dockerfile). */
export const operatorFlags = [
  '--max-semi-space-size=2',
  '--heap-growing-percent=15',
  '--no-incremental-marking',
  '--liftoff-only',
  '--no-maglev',
]
/** And with this in its environment. */
export const operatorEnvironment = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' }
const longestTask = 300_000

/** Starts a worker with the tasks that a module exports as `tasks`. `PROFILE=<folder>` in the environment leaves a CPU profile there. */
export async function startWorker<T extends Tasks>(module: string): Promise<Worker<T>> {
  const folder = process.env['PROFILE']
  const profile = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
  const child = fork(fileURLToPath(import.meta.resolve('./worker-child.ts')), [module], {
    execArgv: ['--expose-gc', ...operatorFlags, ...profile],
    env: { ...process.env, ...operatorEnvironment },
  })
  const exited = once(child, 'exit').then(() => {
    throw new Error(`the worker of ${module} ended before its time`)
  })
  exited.catch(() => undefined)
  await Promise.race([once(child, 'message'), exited])
  return {
    run: async (name, ...args) => {
      const answered = once(child, 'message', { signal: AbortSignal.timeout(longestTask) })
      child.send({ name, args } satisfies Asked)
      const [answer] = (await Promise.race([answered, exited])) as [Answer]
      if ('error' in answer) throw new Error(`${name}: ${answer.error}`)
      return answer as Measured<Awaited<ReturnType<T[typeof name]>>>
    },
    stop: async () => {
      child.disconnect()
      await exited.catch(() => undefined)
    },
  }
}
