import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gitConfiguration, gitEnvironment } from './git/command.ts'
import { answerWithGit, type LostAnswer } from './git/http-backend.ts'
import { listen } from './git/listener.ts'
import { openRepositories, type Repositories } from './git/repositories.ts'
import { countReceived, entryFor, type Entry, type GitRequest } from './git/request-log.ts'
import type { GitTree } from './git/tree.ts'
import { temporaryFolder } from './guard.ts'

/** What a client must show on every request. */
export type GitAuth = { readonly username: string; readonly password: string } | { readonly bearer: string }

/** `filters: false` refuses partial fetches and objects that no ref names, as older servers do; without `auth` everybody may read and write. */
export interface GitServerOptions {
  readonly auth?: GitAuth
  readonly filters?: boolean
}

/**
 * What happens to a request instead of its answer. `loseAnswer`: git does its work, of the request's first `bytes` where they are
 * given, then `done` is awaited, then the connection ends without a word.
 */
export type GitFault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | { readonly kind: 'cut' }
  | ({ readonly kind: 'loseAnswer' } & LostAnswer)

/** Called before git sees a request, and awaited: what it does meanwhile is a race made sure of. Undefined lets the request pass. */
export type FaultHandler = (request: GitRequest) => GitFault | undefined | Promise<GitFault | undefined>

/** A running git server with its repositories. */
export interface GitServer extends Repositories {
  readonly url: string
  /** The address by which clients reach a repository. */
  readonly repositoryUrl: (name: string) => string
  /** The files at a branch, tag, commit or HEAD (also ""), as a client that fetches sees them: rejects while nothing is served. */
  readonly readTree: (repositoryUrl: string, revision: string) => Promise<GitTree>
  /** Every request since the start or the last clearRequests(), in the order in which they came. */
  readonly requests: () => readonly GitRequest[]
  readonly clearRequests: () => void
  /** Sets, replaces or (undefined) removes what interferes with requests. */
  readonly fault: (handler: FaultHandler | undefined) => void
  /** Serves again, on the same port. */
  readonly startServing: () => Promise<void>
  /** Refuses connections and ends those that are open; the repositories stay. */
  readonly stopServing: () => Promise<void>
  /** Ends the server and removes its folder. */
  readonly stop: () => Promise<void>
}

/** Starts `git http-backend` behind HTTP on a free port of 127.0.0.1. Its repositories are in a temporary folder that goes with stop(), or with this process. */
export async function startGitServer({ auth, filters = true }: GitServerOptions = {}): Promise<GitServer> {
  const folder = temporaryFolder('git')
  await writeFile(join(folder.path, '.gitconfig'), gitConfiguration(filters))
  const environment = { ...gitEnvironment(folder.path), GIT_PROJECT_ROOT: folder.path }
  const repositories = openRepositories(folder.path, environment)
  const running = new Set<ChildProcess>()
  let entries: Entry[] = []
  let faultHandler: FaultHandler | undefined

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const entry = entryFor(request, url)
    entries.push(entry)
    const fault = challengeFor(auth, request.headers.authorization) ?? (await faultHandler?.({ ...entry }))
    if (fault !== undefined && fault.kind !== 'loseAnswer') {
      entry.status = fault.kind === 'cut' ? 0 : fault.status
      return refuse(request, response, fault)
    }
    await answerWithGit({
      request,
      response,
      url,
      environment,
      lost: fault,
      received: (chunk) => countReceived(entry, chunk),
      sent: (bytes) => void Object.assign(entry, { status: response.statusCode, bytesOut: entry.bytesOut + bytes }),
      started: (child) => void running.add(child.once('close', () => running.delete(child))),
    })
  }

  const { url, isServing, startServing, stopServing } = await listen(answer)
  return {
    ...repositories,
    url,
    startServing,
    stopServing,
    repositoryUrl: (name) => `${url}/${name}.git`,
    readTree: async (repositoryUrl, revision) => {
      if (!isServing()) throw new Error(`failed to list refs: Get "${repositoryUrl}/info/refs": connection refused`)
      if (!repositoryUrl.startsWith(`${url}/`)) throw new Error('repository not found')
      return repositories.readCommitOf(repositoryUrl.slice(url.length + 1).replace(/(\.git)?\/*$/, ''), revision)
    },
    requests: () => entries.map((entry) => ({ ...entry })),
    clearRequests: () => void (entries = []),
    fault: (handler) => void (faultHandler = handler),
    stop: async () => {
      await stopServing()
      for (const child of running) child.kill('SIGKILL')
      await folder.remove()
    },
  }
}

type Refusal = Exclude<GitFault, { kind: 'loseAnswer' }>

function challengeFor(auth: GitAuth | undefined, authorization: string | undefined): Refusal | undefined {
  if (auth === undefined) return undefined
  const [scheme, credentials] =
    'bearer' in auth
      ? ['Bearer', auth.bearer]
      : ['Basic', Buffer.from(`${auth.username}:${auth.password}`).toString('base64')]
  if (authorization === `${scheme} ${credentials}`) return undefined
  return { kind: 'answer', status: 401, headers: { 'www-authenticate': `${scheme} realm="git"` } }
}

function refuse(request: IncomingMessage, response: ServerResponse, fault: Refusal): void {
  request.resume()
  if (fault.kind === 'cut') return void response.destroy()
  response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers }).end(fault.body ?? '')
}
