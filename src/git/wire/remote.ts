import type { HostGuard } from '../../http/host-guard.ts'
import type { InstallationTokens } from './installation-tokens.ts'

/** The two services of a git server. */
export type Service = 'git-upload-pack' | 'git-receive-pack'

/** A git repository on a server, however one speaks to it. Failures are ReconcileErrors, or GitFaults. */
export interface Remote {
  /** `host/path`, for messages. */
  readonly name: string
  readonly host: string
  /** The first exchange with a service; protocol version 2 is offered to upload-pack. */
  advertisement(service: Service): Promise<Buffer>
  /** One exchange with a service. */
  call(service: Service, body: Buffer, options: CallOptions): Promise<Buffer>
  /** Ends the connections that are its own. */
  close(): void
}

/** `limit` bounds the answer in bytes, `version` is the protocol's. */
export interface CallOptions {
  readonly limit: number
  readonly version: 0 | 2
  /** It is about the refs as they are now: a service that has told of them before may have kept them in memory. */
  readonly now?: boolean
}

/** How long a request may take, in ms. */
export interface RemoteTimeouts {
  /** From the start until the answer has come in full. */
  readonly read: number
  /** The same for a push, during which the server's hooks run. */
  readonly push: number
}

/** Told of every request that was answered, or was not. */
export type GitRequestObserver = (request: {
  readonly host: string
  /** `fetch` for whatever reads, `push` for whatever writes. */
  readonly operation: 'fetch' | 'push'
  /** The status of HTTP; SSH knows only `ok`. */
  readonly status: number | 'ok' | 'error'
}) => void

/** What talking to a server needs besides its address. */
export interface RemoteParts {
  readonly guard: HostGuard
  readonly tokens: InstallationTokens
  readonly timeouts: RemoteTimeouts
  readonly onRequest?: GitRequestObserver | undefined
}

/** Longest list of what a server has and can do, in bytes, that is read. */
export const longestAdvertisement = 64 * 1024 * 1024
