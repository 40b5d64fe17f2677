import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { guardPath, releasePath } from './guard.ts'

const beatMs = 3_000
const staleMs = 15_000
const askMs = 500

/**
 * Waits for its turn, then runs `work`; `onWait` is told now and then that somebody else has the turn.
 * Whoever holds the lock touches its file every few seconds: a lock that nobody touched for 15 s is taken over.
 * (In the worst case two processes then do the same work at once, so `work` must put its result in place atomically.)
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  while (!(await take(file))) {
    onWait()
    await pause(askMs)
  }
  guardPath(file)
  const beat = setInterval(() => void touch(file), beatMs)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await rm(file, { force: true })
    releasePath(file)
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (!isFileError(error, 'EEXIST')) throw error
    if (await isStale(file)) await rm(file, { force: true })
    return false
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleMs
  } catch {
    return false
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date()
  // Gone when somebody took this process for dead, which a machine that slept makes happen.
  await utimes(file, now, now).catch(() => undefined)
}

/** Whether an error is one of the file system's, with this code (`ENOENT`, `EEXIST`, …). */
export function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
