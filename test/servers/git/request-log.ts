import type { IncomingMessage } from 'node:http'

/** One request as it was answered; `status` is 0 while it is under way or when it was cut off. Bytes are those of the bodies. */
export interface GitRequest {
  readonly method: string
  readonly path: string
  readonly repository: string
  readonly service: 'git-upload-pack' | 'git-receive-pack' | undefined
  /** `refs`: the first request, which advertises; `exchange`: the one that fetches, lists refs (protocol 2) or pushes. */
  readonly step: 'refs' | 'exchange'
  /** Protocol 2 only: what is asked of upload-pack. */
  readonly command: 'ls-refs' | 'fetch' | undefined
  readonly gitProtocol: string | undefined
  readonly authorization: boolean
  readonly status: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** A GitRequest that is still being written down. */
export type Entry = { -readonly [Key in keyof GitRequest]: GitRequest[Key] }

/** What is known of a request before its body and its answer. */
export function entryFor(request: IncomingMessage, url: URL): Entry {
  const path = url.pathname
  const [, repository = '', last = ''] =
    /^\/(.+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/.exec(path) ?? []
  const name = url.searchParams.get('service') ?? last
  const protocol = request.headers['git-protocol']
  return {
    method: request.method ?? '',
    path,
    repository,
    service: name === 'git-upload-pack' || name === 'git-receive-pack' ? name : undefined,
    step: last === 'info/refs' ? 'refs' : 'exchange',
    command: undefined,
    gitProtocol: typeof protocol === 'string' ? protocol : undefined,
    authorization: request.headers.authorization !== undefined,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
  }
}

/** Counts a piece of the request's body; the first one names protocol 2's command in its first line. */
export function countReceived(entry: Entry, chunk: Buffer): void {
  if (entry.bytesIn === 0) {
    const [, command] = /^[0-9a-f]{4}command=(ls-refs|fetch)/.exec(chunk.toString('latin1', 0, 24)) ?? []
    entry.command = command === 'ls-refs' || command === 'fetch' ? command : undefined
  }
  entry.bytesIn += chunk.length
}
