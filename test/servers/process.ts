import { spawn } from 'node:child_process'
import { createServer, Socket } from 'node:net'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { guardProcess, releaseProcess } from './guard.ts'
import { LogTail } from './log-tail.ts'
import { waitFor } from './poll.ts'

/** What to start, and how to tell that it is ready. */
export interface ProcessOptions {
  /** What to call it in messages. */
  readonly name: string
  readonly command: string
  readonly args?: readonly string[]
  readonly cwd?: string
  /** The whole environment; this process's own unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** Asked every few milliseconds until it answers true; an error counts as false. Ready at once unless given. */
  readonly ready?: () => Promise<boolean> | boolean
  /** For how long to ask (30 s unless given). */
  readonly readyWithinMs?: number
  /** Told every line that the process writes, on either stream. */
  readonly onLine?: (line: string) => void
}

/** How a process ended. */
export interface Exit {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

/** A child process. It ends with this process at the latest, however this one ends (see watchdog.ts). */
export interface RunningProcess {
  readonly pid: number
  /** The last 64 KB it wrote, both streams in the order of arrival. */
  readonly log: () => string
  readonly hasExited: () => boolean
  readonly exited: Promise<Exit>
  /** SIGTERM, and SIGKILL when it is still there after `graceMs` (5 s unless given). Waits until it has ended. */
  readonly stop: (graceMs?: number) => Promise<Exit>
  /** `kill -9`, to it and to whatever it started. Waits until it has ended. */
  readonly kill: () => Promise<Exit>
}

// What a process wrote before it ended may arrive after the news of its end.
const lastWordsMs = 50

/** Starts a process and waits until it is ready. Throws, with the end of its log, when it ends before or takes too long. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const running = await launch(options)
  try {
    await waitUntilReady(options, running)
  } catch (cause) {
    await running.kill()
    await pause(lastWordsMs)
    throw new Error(`${options.name} did not get ready. The end of its log:\n${running.log()}`, { cause })
  }
  return running
}

async function waitUntilReady(
  { name, ready, readyWithinMs = 30_000 }: ProcessOptions,
  running: RunningProcess,
): Promise<void> {
  if (!ready) return
  const reached = await waitFor(
    `${name} is ready`,
    async () => (running.hasExited() ? 'exited' : (await ready()) && 'ready'),
    readyWithinMs,
  )
  if (reached === 'exited') throw new Error(`${name} ended ${describeExit(await running.exited)}`)
}

async function launch({
  name,
  command,
  args = [],
  cwd,
  env = process.env,
  onLine,
}: ProcessOptions): Promise<RunningProcess> {
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) {
    const [cause]: unknown[] = await once(child, 'error')
    throw new Error(`${name} could not be started`, { cause })
  }
  guardProcess(pid)
  // A forgotten child must not keep a test process alive: that one ends, and the watchdog ends the child.
  child.unref()
  const tail = new LogTail(onLine)
  for (const stream of [child.stdout, child.stderr]) follow(stream, tail)
  let exit: Exit | undefined
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      signalGroup(pid, 'SIGKILL')
      releaseProcess(pid)
      exit = { code: code ?? undefined, signal: signal ?? undefined }
      resolve(exit)
    })
  })
  return {
    pid,
    exited,
    log: () => tail.text(),
    hasExited: () => exit !== undefined,
    ...ending(pid, exited, () => exit !== undefined),
  }
}

function ending(pid: number, exited: Promise<Exit>, hasExited: () => boolean): Pick<RunningProcess, 'stop' | 'kill'> {
  const end = async (signal: NodeJS.Signals, graceMs: number): Promise<Exit> => {
    if (hasExited()) return await exited
    signalGroup(pid, signal)
    // This timer also keeps the event loop alive for the answer, which the unref'ed child does not.
    const timer = setInterval(() => signalGroup(pid, 'SIGKILL'), graceMs)
    try {
      return await exited
    } finally {
      clearInterval(timer)
    }
  }
  return { stop: (graceMs = 5_000) => end('SIGTERM', graceMs), kill: () => end('SIGKILL', 1_000) }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}

function follow(stream: Readable, tail: LogTail): void {
  if (stream instanceof Socket) stream.unref()
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => tail.add(chunk))
  stream.on('error', () => undefined)
}

function describeExit({ code, signal }: Exit): string {
  return signal === undefined ? `with status ${code}` : `by ${signal}`
}

// Below the range from which Linux (32768 and up) and macOS (49152 and up) take the ports of outgoing connections:
// so that a server that is stopped and started again finds its port free, and that nobody connects to himself meanwhile.
const lowestPort = 20_000
const portCount = 12_000
// Processes that run side by side begin in different places, so that they do not pick the same port at the same moment.
const firstOffset = process.pid * 40
let offset = firstOffset

/** A port on 127.0.0.1 on which nobody listens, and which this process has not been given before. */
export async function freePort(): Promise<number> {
  while (offset < firstOffset + portCount) {
    const port = lowestPort + (offset++ % portCount)
    if (await isFree(port)) return port
  }
  throw new Error(`found no free port from ${lowestPort} to ${lowestPort + portCount - 1} on 127.0.0.1`)
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
