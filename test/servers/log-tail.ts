const keptCharacters = 64 * 1024

/** Keeps the end of what a process writes and cuts it into lines for whoever listens. */
export class LogTail {
  readonly #onLine: ((line: string) => void) | undefined
  #kept = ''
  #unfinished = ''

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Takes the next piece of output; lines may be split anywhere. */
  add(chunk: string): void {
    this.#kept = (this.#kept + chunk).slice(-keptCharacters)
    if (!this.#onLine) return
    const lines = (this.#unfinished + chunk).split('\n')
    this.#unfinished = (lines.pop() ?? '').slice(-keptCharacters)
    for (const line of lines) this.#onLine(line)
  }

  /** The last 64 KB. */
  text(): string {
    return this.#kept
  }
}
