import type { tasks } from './git-tasks.ts'
import { startWorker, type Worker } from './worker.ts'

/** A process in which the operator's git client runs alone. */
export type Client = Worker<typeof tasks>

/** Starts it. */
export async function openClient(): Promise<Client> {
  const client = await startWorker<typeof tasks>(import.meta.resolve('./git-tasks.ts'))
  await client.run('open')
  return client
}

/** Ends it. */
export async function closeClient(client: Client): Promise<void> {
  await client.run('close')
  await client.stop()
}
