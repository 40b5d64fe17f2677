import { GitFault } from './git-fault.ts'

/** Reads a stream of git's protocol, message by message. */
export interface MessageReader {
  /** The next message, its flush included; what there is of it when the stream ends before. */
  message(limit: number): Promise<Buffer>
  /** All that is left. */
  rest(limit: number): Promise<Buffer>
}

/** Opens a reader of chunks. It throws a GitFault for what is no pkt-line, or is larger than `limit` bytes. */
export function createMessageReader(chunks: AsyncIterator<Buffer>): MessageReader {
  let waiting: Buffer | undefined

  async function next(): Promise<Buffer | undefined> {
    const kept = waiting
    waiting = undefined
    if (kept !== undefined) return kept
    const { done, value } = await chunks.next()
    return done === true ? undefined : value
  }

  async function collect(limit: number, endOf: (chunk: Buffer) => number | undefined): Promise<Buffer> {
    const parts: Buffer[] = []
    let size = 0
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
      const end = endOf(chunk)
      parts.push(end === undefined ? chunk : chunk.subarray(0, end))
      size += chunk.length
      if (size > limit) throw new GitFault('tooLarge', 'its answer is larger than is read')
      if (end === undefined) continue
      if (end < chunk.length) waiting = chunk.subarray(end)
      break
    }
    return Buffer.concat(parts)
  }

  return {
    message: (limit) => collect(limit, createFlushFinder()),
    rest: (limit) => collect(limit, () => undefined),
  }
}

/** Finds in chunk after chunk where the message's flush ends, whatever lies across their borders. */
function createFlushFinder(): (chunk: Buffer) => number | undefined {
  let head = ''
  let payload = 0
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (payload > 0) {
        const skipped = Math.min(payload, chunk.length - at)
        payload -= skipped
        at += skipped
        continue
      }
      const taken = chunk.toString('latin1', at, at + 4 - head.length)
      head += taken
      at += taken.length
      if (head.length < 4) continue
      if (head === '0000') return at
      payload = payloadOf(head)
      head = ''
    }
    return undefined
  }
}

/** Marks other than the flush have no payload. */
function payloadOf(head: string): number {
  const length = /^[0-9a-fA-F]{4}$/.test(head) ? Number.parseInt(head, 16) : 3
  if (length === 3) throw new GitFault('broke', 'its answer is not in the git protocol')
  return Math.max(0, length - 4)
}
