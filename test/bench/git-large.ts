import type { GitServer } from '../servers/git-server.ts'
import { largeValues } from '../large-values.ts'
import { closeClient, openClient } from './git-client.ts'
import { largePath } from './large-file.ts'
import { figure, type Figure } from './report.ts'

/** A values file as large as one may be, changed again and again by one process. */
export async function largeFile(
  server: GitServer,
  { edits, bytes }: { edits: number; bytes: number },
): Promise<readonly Figure[]> {
  await server.createRepository('large-file', { [largePath]: largeValues(bytes) })
  const client = await openClient()
  const samples = []
  for (let run = 0; run < edits; run += 1)
    samples.push(await client.run('large', server.repositoryUrl('large-file'), `3.${run}.0`))
  await closeClient(client)
  const title = `a values file of ${bytes / 1024} KiB, looked at and edited`
  return [
    figure(
      `${title}: longest block of the event loop (CPU)`,
      'ms',
      samples.map(({ value }) => value),
      { atMost: 50 },
    ),
    figure(
      `${title}: wall`,
      'ms',
      samples.map(({ wallMs }) => wallMs),
    ),
    figure(
      `${title}: CPU`,
      'ms',
      samples.map(({ cpuMs }) => cpuMs),
    ),
    figure(
      `${title}: peak memory of the process`,
      'MB',
      samples.map(({ peakMb }) => peakMb),
    ),
  ]
}
