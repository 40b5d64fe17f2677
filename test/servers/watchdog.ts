// Runs as a process of its own beside every process that starts real parts, and ends them should that one end
// without doing so: a failed test, Ctrl-C, `kill -9`. The kernel tells it: its standard input comes to an end.
//
// Input, a line each: `+process <pid>`, `-process <pid>`, `+path <path>`, `-path <path>`.
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const graceMs = 1_500
const processes = new Set<number>()
const paths = new Set<string>()

// Ctrl-C reaches the whole foreground group; the watchdog has to outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

for await (const line of createInterface({ input: process.stdin })) note(line)
await clearAway()

function note(line: string): void {
  const space = line.indexOf(' ')
  const subject = line.slice(space + 1)
  switch (line.slice(0, space)) {
    case '+process':
      processes.add(Number(subject))
      break
    case '-process':
      processes.delete(Number(subject))
      break
    case '+path':
      paths.add(subject)
      break
    case '-path':
      paths.delete(subject)
      break
  }
}

async function clearAway(): Promise<void> {
  signalAll('SIGTERM')
  const end = performance.now() + graceMs
  while ([...processes].some(isAlive) && performance.now() < end) await pause(20)
  signalAll('SIGKILL')
  for (const path of paths)
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => undefined)
}

/** Every process leads a group of its own, so that what it started itself ends with it. */
function signalAll(signal: NodeJS.Signals): void {
  for (const pid of processes) {
    try {
      process.kill(-pid, signal)
    } catch {
      processes.delete(pid)
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}
