import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The path of an executable that `PATH` leads to, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name)
  }
  return undefined
}

/** Whether there is an executable file at a path. */
export async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** Major and minor of the first version in what a program prints, `[1, 36]` of `Kubernetes v1.36.1`; undefined when it prints none. */
export async function versionOf(path: string, args: readonly string[]): Promise<readonly [number, number] | undefined> {
  try {
    const { stdout } = await run(path, args, { timeout: 20_000 })
    const found = /(\d+)\.(\d+)/.exec(stdout)
    return found ? [Number(found[1]), Number(found[2])] : undefined
  } catch {
    return undefined
  }
}
