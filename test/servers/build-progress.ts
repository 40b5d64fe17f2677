const quietIntervalMs = 15_000
const liveIntervalMs = 200

/** Tells on standard error how far something long has come. */
export interface Progress {
  /** What is being done now, without the time. */
  readonly show: (what: string) => void
  /** The last word; nothing is shown after it. */
  readonly end: (what: string) => void
}

/** Where to tell it: standard error, or a test's stand-in. */
export interface ProgressOutput {
  readonly isTTY: boolean
  /** 0 on a terminal that does not know its width. */
  readonly columns: number
  readonly write: (text: string) => unknown
}

/** A line that is rewritten in place on a terminal; elsewhere a new line at once, and then every 15 s. */
export function startProgress(title: string, output: ProgressOutput = process.stderr): Progress {
  const start = performance.now()
  const live = output.isTTY
  let current = ''
  const line = (): string => `${title}: ${current} (${formatDuration(performance.now() - start)})`
  const print = (): unknown =>
    output.write(live ? `\r\u001b[2K${line().slice(0, (output.columns || 80) - 1)}` : `${line()}\n`)
  const timer = setInterval(print, live ? liveIntervalMs : quietIntervalMs)
  return {
    show: (what) => {
      const isFirst = current === ''
      current = what
      if (isFirst) print()
    },
    end: (what) => {
      clearInterval(timer)
      current = what
      print()
      if (live) output.write('\n')
    },
  }
}

/** `42 s`, `3 min 05 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}
