/** What a command may know of where it is called. */
export interface Surroundings {
  /** The version of the program. */
  readonly version: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Every command of the program, with what it does in a few words. */
  readonly commands: Readonly<Record<string, string>>
  /** All of standard input, as text. */
  readonly input: () => Promise<string>
}

/** What a command came to: 0 fine, 1 the answer is negative or there is none, 2 used wrongly. */
export interface Answer {
  readonly status: 0 | 1 | 2
  /** For standard output, and for standard error; no line end at the end. */
  readonly out?: string
  readonly err?: string
}

/** One command of the program: `args` are what stands after its name. */
export type Command = (args: readonly string[], surroundings: Surroundings) => Promise<Answer>
