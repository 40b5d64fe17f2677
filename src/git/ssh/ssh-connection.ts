import type { Socket } from 'node:net'
import ssh2, { type ClientChannel, type ParsedKey, type PublicKeyAuthMethod } from 'ssh2'
import type { SshAddress } from '../../core/git/git-address.ts'
import type { ReconcileError } from '../../errors.ts'
import type { HostGuard } from '../../http/host-guard.ts'
import type { HostKeyCheck } from './host-key.ts'

/** A connection to an SSH server, on which commands run. */
export interface SshConnection {
  readonly isOpen: boolean
  /** Begins a command, with git's protocol version 2 offered in its environment. */
  run(command: string): Promise<ClientChannel>
  /** Ends the connection and whatever runs on it, at once. */
  close(): void
}

/** What connecting needs; `timeout` in ms. */
export interface SshConnectionParts {
  readonly key: ParsedKey
  readonly check: HostKeyCheck
  readonly guard: Pick<HostGuard, 'connect'>
  readonly timeout: number
}

// A server that is gone without a word is noticed within a minute, also between commands.
const keepAliveMs = 20_000

/** Connects and logs in. Rejects with a ReconcileError about the host or its key, or with what the client says. */
export async function connectSsh(address: SshAddress, parts: SshConnectionParts): Promise<SshConnection> {
  const socket = await parts.guard.connect(address.host, address.port)
  const client = new ssh2.Client()
  let isOpen = true
  const close = () => {
    isOpen = false
    client.destroy()
  }
  client.on('close', () => (isOpen = false))
  try {
    await logIn(client, socket, { address, parts })
  } catch (error) {
    close()
    throw error
  }
  // From here on whoever reads from a channel notices.
  client.on('error', close)
  return {
    get isOpen() {
      return isOpen
    },
    run: (command) =>
      new Promise((resolve, reject) => {
        client.exec(command, { env: { GIT_PROTOCOL: 'version=2' } }, (error, channel) =>
          error === undefined ? resolve(channel) : reject(error),
        )
      }),
    close,
  }
}

interface Login {
  readonly address: SshAddress
  readonly parts: SshConnectionParts
}

function logIn(client: ssh2.Client, socket: Socket, { address, parts }: Login): Promise<void> {
  const { key, check, timeout } = parts
  let objection: ReconcileError | undefined
  const showKey: PublicKeyAuthMethod = { type: 'publickey', username: address.user, key }
  return new Promise((resolve, reject) => {
    client.once('ready', resolve)
    // Every one is heard, also what comes after the first: an error that nobody hears ends the process.
    client.on('error', (error) => reject(objection ?? error))
    client.once('close', () => reject(objection ?? new Error('closed')))
    client.connect({
      sock: socket,
      ident: 'image-update-operator',
      readyTimeout: timeout,
      keepaliveInterval: keepAliveMs,
      algorithms: { serverHostKey: [...check.algorithms] },
      hostVerifier: (shown: Buffer) => {
        objection = check.objectionTo(shown)
        return objection === undefined
      },
      // Nothing but the key is offered, and no question of the server's is answered.
      authHandler: [showKey],
      username: address.user,
    })
  })
}
