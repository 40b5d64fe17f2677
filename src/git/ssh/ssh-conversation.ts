import { once } from 'node:events'
import type { ClientChannel } from 'ssh2'
import { GitFault } from '../wire/git-fault.ts'
import { createMessageReader } from '../wire/message-reader.ts'

/** A service of a git server at the other end of an SSH channel. */
export interface Conversation {
  /** Whether the server has not ended it. */
  readonly isOpen: boolean
  /** Says something, and reads one message of the answer. */
  ask(body: Buffer, limit: number): Promise<Buffer>
  /** Says the last thing, and reads everything that comes. */
  finish(body: Buffer, limit: number): Promise<Buffer>
  /** Reads a message that needs no asking. */
  listen(limit: number): Promise<Buffer>
  close(): void
}

const longestComplaint = 16 * 1024

/**
 * Speaks on a channel. What the server says beside the protocol, and nothing else, is thrown as a GitFault of kind `said`: it
 * does so where it does not even begin, as for a repository that is not there.
 */
export function converse(channel: ClientChannel): Conversation {
  const reader = createMessageReader(channel.iterator({ destroyOnReturn: false }))
  const ended = once(channel, 'close').catch(() => undefined)
  let isOpen = true
  let complaint = ''
  channel.on('end', () => (isOpen = false))
  channel.on('error', () => (isOpen = false))
  channel.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(0, longestComplaint)
  })

  async function answer(reading: Promise<Buffer>): Promise<Buffer> {
    const read = await reading
    if (read.length > 0) return read
    // What is said on the side may arrive after the end.
    await ended
    throw complaint.trim() === ''
      ? new GitFault('broke', 'it ended the conversation without a word')
      : new GitFault('said', complaint)
  }

  return {
    get isOpen() {
      return isOpen
    },
    ask(body, limit) {
      channel.write(body)
      return answer(reader.message(limit))
    },
    finish(body, limit) {
      channel.end(body)
      return answer(reader.rest(limit))
    },
    listen: (limit) => answer(reader.message(limit)),
    close: () => void channel.destroy(),
  }
}
