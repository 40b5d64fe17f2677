import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A folder of this process' own below a cache folder that may outlive it. What processes that are gone have left there is
 * removed. Throws what the file system throws.
 */
export function claimCacheFolder(parent: string): string {
  mkdirSync(parent, { recursive: true })
  const own = String(process.pid)
  // In a container the next process often has the same number.
  for (const name of readdirSync(parent)) if (name === own || !isRunning(name)) remove(join(parent, name))
  return join(parent, own)
}

function isRunning(name: string): boolean {
  try {
    return /^\d+$/.test(name) && process.kill(Number(name), 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
