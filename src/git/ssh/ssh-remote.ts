import type { SshAddress } from '../../core/git/git-address.ts'
import { readAdvertisement } from '../wire/advertisement.ts'
import { nameOf, type GitAccess } from '../access.ts'
import { GitFault } from '../wire/git-fault.ts'
import { longestAdvertisement, type CallOptions, type Remote, type RemoteParts, type Service } from '../wire/remote.ts'
import type { Conversation } from './ssh-conversation.ts'
import { sshError } from './ssh-error.ts'
import { openSshLine } from './ssh-line.ts'

/**
 * Opens a repository behind SSH (gitprotocol-pack, "SSH Transport"); nothing is sent yet. One connection serves for what is
 * asked within some seconds, and with protocol version 2 one conversation for all that is read.
 */
export function openSshRemote(
  access: GitAccess,
  address: SshAddress,
  { guard, timeouts, onRequest }: RemoteParts,
): Remote {
  const name = nameOf(access)
  const host = name.slice(0, name.indexOf('/'))
  // The library for SSH, of which most operators need none, is loaded with the first connection.
  const line = openSshLine(async () => (await import('./open-connection.ts')).openConnection(access, address, guard))
  const kept = createKept()

  async function exchange<T>(service: Service, work: () => Promise<T>): Promise<T> {
    const push = service === 'git-receive-pack'
    const count = (status: 'ok' | 'error') => onRequest?.({ host, operation: push ? 'push' : 'fetch', status })
    try {
      const result = await line.during(push ? timeouts.push : timeouts.read, work)
      count('ok')
      return result
    } catch (error) {
      count('error')
      if (error instanceof GitFault) throw error
      throw sshError(error, address, { name, host, authorized: true, push })
    }
  }

  async function begin(service: Service): Promise<{ readonly talk: Conversation; readonly advertisement: Buffer }> {
    const talk = await line.begin(`${service} ${quoted(address.path)}`)
    return { talk, advertisement: await orClose(talk, talk.listen(longestAdvertisement)) }
  }

  /** For a server that has told before what it can do. */
  async function beginAgain(service: Service, { version }: CallOptions): Promise<Conversation> {
    const { talk, advertisement: shown } = await begin(service)
    if (readAdvertisement(shown).version === version) return talk
    talk.close()
    throw new GitFault('broke', 'it changed its protocol')
  }

  async function advertisement(service: Service): Promise<Buffer> {
    return exchange(service, async () => {
      const { talk, advertisement: shown } = await begin(service)
      kept.keep(service, { talk, used: false })
      return shown
    })
  }

  async function call(service: Service, body: Buffer, options: CallOptions): Promise<Buffer> {
    return exchange(service, async () => {
      const old = kept.take(service, options)
      try {
        const talk = old ?? (await beginAgain(service, options))
        const answer = await speak(talk, body, options)
        if (options.version === 2) kept.keep(service, { talk, used: true })
        return answer
      } catch (error) {
        // The server may have ended the old one just now. A push is not repeated before it is known what became of it.
        if (old === undefined || old.isOpen || service === 'git-receive-pack' || isTooLarge(error)) throw error
        return await speak(await beginAgain(service, options), body, options)
      }
    })
  }

  return { name, host, advertisement, call, close: () => line.close() }
}

/** A conversation that can go on from where an earlier exchange left it. */
interface Kept {
  readonly talk: Conversation
  /** Something was asked in it. */
  readonly used: boolean
}

/** One conversation a service, for whoever asks next. */
function createKept() {
  const kept = new Map<Service, Kept>()
  return {
    keep(service: Service, next: Kept): void {
      kept.get(service)?.talk.close()
      kept.set(service, next)
    },
    /** Git reads each ref once in a process: of what is now it can tell in a new conversation only. */
    take(service: Service, { now = false }: CallOptions): Conversation | undefined {
      const found = kept.get(service)
      if (found === undefined || (now && found.used)) return undefined
      kept.delete(service)
      return found.talk.isOpen ? found.talk : undefined
    },
  }
}

function speak(talk: Conversation, body: Buffer, { limit, version }: CallOptions): Promise<Buffer> {
  return orClose(talk, version === 0 ? talk.finish(body, limit) : talk.ask(body, limit))
}

/** For the shell at the other end. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

async function orClose<T>(talk: Conversation, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    talk.close()
    throw error
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof GitFault && error.kind === 'tooLarge'
}
