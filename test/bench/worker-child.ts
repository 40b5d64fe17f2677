import type { Measured } from './worker.ts'

/** A task to run, by its name. */
export interface Asked {
  readonly name: string
  readonly args: readonly unknown[]
}

/** How it went. */
export type Answer = Measured<unknown> | { readonly error: string }

const [module = ''] = process.argv.slice(2)
const { tasks } = (await import(module)) as { tasks: Readonly<Record<string, (...args: unknown[]) => unknown>> }

process.on('message', (asked: Asked) => void answer(asked).then((message) => process.send?.(message)))
// Whoever asked is gone.
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function answer({ name, args }: Asked): Promise<Answer> {
  const task = tasks[name]
  if (task === undefined) return { error: 'there is no such task' }
  const cpu = process.cpuUsage()
  const begun = performance.now()
  try {
    const value: unknown = await task(...args)
    const wallMs = performance.now() - begun
    const { user, system } = process.cpuUsage(cpu)
    return { value, wallMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
