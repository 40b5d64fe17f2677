import type { SshConnection } from './ssh-connection.ts'
import { converse, type Conversation } from './ssh-conversation.ts'

/** A way to one SSH server that is opened when it is needed and closed when it has not been for a while. */
export interface SshLine {
  /** Does work that uses the line, for so many ms at most. */
  during<T>(milliseconds: number, work: () => Promise<T>): Promise<T>
  /** Begins a command. */
  begin(command: string): Promise<Conversation>
  close(): void
}

interface Line {
  readonly connecting: Promise<SshConnection>
  /** Undefined until it is there. */
  connection: SshConnection | undefined
}

const idleMs = 10_000

/** Opens a line; `connect` makes its connections, of which one is in use at a time. */
export function openSshLine(connect: () => Promise<SshConnection>): SshLine {
  let current: Line | undefined
  let users = 0
  let idle: NodeJS.Timeout | undefined

  /** A connection that the server has ended counts as none. */
  function line(): Line {
    if (current !== undefined && current.connection?.isOpen !== false) return current
    const opened: Line = { connecting: connect(), connection: undefined }
    opened.connecting.then(
      (connection) => (opened.connection = connection),
      () => drop(opened),
    )
    current = opened
    return opened
  }

  function drop(dropped: Line | undefined): void {
    if (current === dropped) current = undefined
    void dropped?.connecting.then(
      (connection) => connection.close(),
      () => undefined,
    )
  }

  async function begin(command: string): Promise<Conversation> {
    const used = line()
    const isKept = used.connection !== undefined
    const connection = await used.connecting
    try {
      return converse(await connection.run(command))
    } catch (error) {
      // Nothing has been asked yet: if it was an old connection, a new one may serve.
      drop(used)
      if (isKept) return begin(command)
      throw error
    }
  }

  async function during<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    clearTimeout(idle)
    users += 1
    try {
      return await within(milliseconds, work, () => drop(current))
    } finally {
      users -= 1
      if (users === 0) idle = setTimeout(() => drop(current), idleMs).unref()
    }
  }

  return {
    during,
    begin,
    close: () => {
      clearTimeout(idle)
      drop(current)
    },
  }
}

/** How undici says it, too. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

function within<T>(milliseconds: number, work: () => Promise<T>, late: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      late()
      reject(new TimeoutError())
    }, milliseconds)
    void work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
