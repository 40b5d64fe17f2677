import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** A folder that is gone at the latest when this process is. */
export interface TemporaryFolder {
  readonly path: string
  /** Removes it with all it holds; a second call does nothing. */
  readonly remove: () => Promise<void>
}

/** Has a process group ended if this process ends without having ended it. Call it in the same breath as `spawn`. */
export function guardProcess(pid: number): void {
  tell(`+process ${pid}`)
}

/** The process has ended: its id may be somebody else's from now on. */
export function releaseProcess(pid: number): void {
  tell(`-process ${pid}`)
}

/** Has a file or folder removed if this process ends without having released it. */
export function guardPath(path: string): void {
  tell(`+path ${path}`)
}

/** Nothing is left to remove there, or it is to stay. */
export function releasePath(path: string): void {
  tell(`-path ${path}`)
}

/** Makes an empty folder under the system's temporary folder. */
export function temporaryFolder(purpose: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `image-update-operator-${purpose}-`))
  guardPath(path)
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    releasePath(path)
  }
  return { path, remove }
}

let input: Writable | undefined

function tell(line: string): void {
  input ??= startWatchdog()
  input.write(`${line}\n`)
}

/** Neither the process nor its pipe keeps this process from ending by itself. */
function startWatchdog(): Writable {
  const watchdog: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.ts')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  if (!watchdog.stdin) throw new Error('the watchdog has no standard input')
  watchdog.stdin.on('error', () => undefined)
  watchdog.unref()
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref()
  return watchdog.stdin
}
