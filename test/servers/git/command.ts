import { execFile } from 'node:child_process'

/** One run of the git command line. `input` goes to its standard input. */
export interface GitRun {
  readonly folder?: string
  readonly environment: NodeJS.ProcessEnv
  readonly input?: string | Buffer
}

/** What git said when it ended with a status other than 0. */
export class GitCommandError extends Error {
  readonly status: number | undefined
  constructor(message: string, status: number | undefined) {
    super(message)
    this.name = 'GitCommandError'
    this.status = status
  }
}

const longestRun = 60_000
const longestOutput = 512 * 1024 * 1024

/** Runs git and answers with its standard output. Rejects with a GitCommandError that quotes its complaint; a run is ended after a minute. */
export function runGit(command: readonly string[], { folder, environment, input }: GitRun): Promise<Buffer> {
  const options = {
    ...(folder === undefined ? {} : { cwd: folder }),
    env: environment,
    encoding: 'buffer' as const,
    timeout: longestRun,
    maxBuffer: longestOutput,
  }
  return new Promise((resolve, reject) => {
    const child = execFile('git', [...command], options, (error, output, complaint) => {
      if (error === null) return resolve(output)
      // fsck complains on its standard output.
      const words = complaint.toString('utf8').trim() || output.toString('utf8', 0, 4096).trim() || error.message
      reject(
        new GitCommandError(
          `git ${command[0] ?? ''}: ${words}`,
          typeof error.code === 'number' ? error.code : undefined,
        ),
      )
    })
    // A git that ends before it has read everything closes the pipe: its status says what there is to say.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })
}

/** An environment in which git reads no configuration of the machine or of the person, only `folder`/.gitconfig. */
export function gitEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
}

/** The configuration of all repositories of one server, as the text of a .gitconfig. */
export function gitConfiguration(filters: boolean): string {
  return `[http]
	receivepack = true
[uploadpack]
	allowFilter = ${filters}
	allowAnySHA1InWant = ${filters}
[receive]
	autogc = false
[gc]
	auto = 0
[core]
	quotePath = false
	fsync = none
[safe]
	directory = *
`
}
