import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gitConfiguration, gitEnvironment } from './git/command.ts'
import { openRepositories, type Repositories } from './git/repositories.ts'
import { temporaryFolder } from './guard.ts'
import { freePort, startProcess } from './process.ts'
import { sshdProgram } from './programs.ts'

const run = promisify(execFile)

/** The kinds of keys that ssh-keygen makes here. */
type SshKeyType = 'ed25519' | 'rsa' | 'ecdsa'

/** A key pair as files hold it. */
export interface SshKeyPair {
  readonly privateKey: string
  /** One line: type, key, comment. */
  readonly publicKey: string
}

/** `filters: false` refuses partial fetches; `version2: false` accepts no environment, so that clients get protocol version 0. */
export interface SshdOptions {
  readonly filters?: boolean
  readonly version2?: boolean
  /** The server's own keys; one of type ed25519 unless said. */
  readonly hostKeys?: readonly SshKeyType[]
  /** Gives each a certificate of an authority whose key is of this type, with these arguments of ssh-keygen, such as `-n name`. */
  readonly certified?: { readonly by: SshKeyType; readonly args: readonly string[] }
}

/** A running SSH server with git repositories. Whoever has one of its keys may read and write. */
export interface Sshd extends Repositories {
  readonly port: number
  readonly user: string
  /** Keys that the server lets in: one of each type, and one that `passphrase` opens. */
  readonly clientKeys: Readonly<Record<SshKeyType | 'encrypted', SshKeyPair>>
  /** The server's own public keys, each `type key`. */
  readonly hostKeys: readonly string[]
  /** The public key, `type key`, of who signed its certificates; empty where there are none. */
  readonly authority: string
  /** A known_hosts file that knows this server. */
  readonly knownHosts: string
  /** The address by which clients reach a repository. */
  readonly repositoryUrl: (name: string) => string
  /** Every command since the start, with the connection on which it came. */
  readonly commands: () => Promise<readonly { readonly connection: string; readonly command: string }[]>
  /** Runs before each command: shell that may print, wait or end. Undefined: nothing. */
  readonly before: (script: string | undefined) => Promise<void>
  /** Ends what runs and all connections; new ones are served. */
  readonly endConnections: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** What opens the key `encrypted`. */
export const passphrase = 'correct horse'

/** Starts Debian's sshd, without privileges, on a free port of 127.0.0.1. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const program = await sshdProgram()
  const folder = temporaryFolder('sshd')
  const root = folder.path
  const file = (name: string) => join(root, name)
  const port = await freePort()
  const user = userInfo().username
  const clientKeys = {
    ed25519: await makeKey(file('client-ed25519'), 'ed25519'),
    rsa: await makeKey(file('client-rsa'), 'rsa'),
    ecdsa: await makeKey(file('client-ecdsa'), 'ecdsa'),
    encrypted: await makeKey(file('client-encrypted'), 'ed25519', passphrase),
  }
  const identity = await makeIdentity(file, options)
  const authorized = Object.values(clientKeys).map(({ publicKey }) => publicKey)
  await writeFile(file('authorized_keys'), authorized.join(''))
  await writeFile(file('.gitconfig'), gitConfiguration(options.filters ?? true))
  await writeFile(file('serve'), serveScript(root))
  await chmod(file('serve'), 0o755)
  await writeFile(file('sshd_config'), [`Port ${port}`, ...identity.settings, ...settingsFor(file, options)].join('\n'))
  // As root it insists on this folder, which else its service makes.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true })
  const server = await startProcess({
    name: 'sshd',
    command: program,
    args: ['-D', '-e', '-f', file('sshd_config')],
    ready: () => answers(port),
  })
  return {
    ...openRepositories(root, gitEnvironment(root)),
    port,
    user,
    clientKeys,
    hostKeys: identity.hostKeys,
    authority: identity.authority,
    knownHosts: identity.hostKeys.map((key) => `[127.0.0.1]:${port} ${key}\n`).join(''),
    repositoryUrl: (name) => `ssh://${user}@127.0.0.1:${port}/${name}.git`,
    commands: async () => readCommands(await readFile(file('commands'), 'utf8').catch(() => '')),
    before: (script) => writeFile(file('before'), script ?? ''),
    // Each connection is a child of the server, and the parent of what it runs.
    endConnections: async () => void (await run('pkill', ['-P', String(server.pid)]).catch(() => undefined)),
    stop: async () => {
      await server.kill()
      await folder.remove()
    },
  }
}

type FileIn = (name: string) => string

/** The server's own keys, and who vouches for them. */
async function makeIdentity(file: FileIn, { hostKeys = ['ed25519'], certified }: SshdOptions) {
  const own = await Promise.all(hostKeys.map((type) => makeKey(file(`host-${type}`), type)))
  const shown = own.map(withoutComment)
  const settings = hostKeys.map((type) => `HostKey ${file(`host-${type}`)}`)
  if (certified === undefined) return { hostKeys: shown, authority: '', settings }
  const authority = await makeKey(file('authority'), certified.by)
  const sign = ['-q', '-s', file('authority'), '-I', 'tests', '-h', ...certified.args]
  for (const type of hostKeys) await run('ssh-keygen', [...sign, file(`host-${type}.pub`)])
  const certificates = hostKeys.map((type) => `HostCertificate ${file(`host-${type}-cert.pub`)}`)
  return { hostKeys: shown, authority: withoutComment(authority), settings: [...settings, ...certificates] }
}

function settingsFor(file: FileIn, { version2 = true }: SshdOptions): readonly string[] {
  return [
    'ListenAddress 127.0.0.1',
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `ForceCommand ${file('serve')}`,
    'PidFile none',
    // The temporary folder belongs to everybody.
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    ...(version2 ? ['AcceptEnv GIT_PROTOCOL'] : []),
    '',
  ]
}

function withoutComment({ publicKey }: SshKeyPair): string {
  return publicKey.split(' ').slice(0, 2).join(' ')
}

/** Makes a key pair in a file. */
async function makeKey(path: string, type: SshKeyType, secret = ''): Promise<SshKeyPair> {
  await run('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-f',
    path,
    '-N',
    secret,
    '-C',
    'tests',
  ])
  const [privateKey, publicKey] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.pub`, 'utf8')])
  return { privateKey, publicKey }
}

/** Notes each command and answers with git, for which the folder is the root of all paths. */
function serveScript(root: string): string {
  return `#!/bin/sh
cd '${root}'
echo "$SSH_CONNECTION|$SSH_ORIGINAL_COMMAND" >> commands
[ -s before ] && . ./before
export HOME='${root}' XDG_CONFIG_HOME='${root}' GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
eval "set -- $SSH_ORIGINAL_COMMAND"
exec "$1" "./\${2#/}"
`
}

function readCommands(log: string): readonly { connection: string; command: string }[] {
  const lines = log.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [connection = '', command = ''] = line.split('|')
    return { connection, command }
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.on('data', () => socket.destroy())
  })
}
