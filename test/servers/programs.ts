import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { builtPrograms } from './build-binary.ts'
import { findProgram, isExecutable, versionOf } from './find-program.ts'
import { controlPlaneModule, helmModule, registryModule } from './go-modules.ts'

/** Where the control plane's three programs are; each is started as it is, by path. */
export interface ControlPlanePrograms {
  readonly apiServer: string
  readonly etcd: string
  readonly kubectl: string
}

const run = promisify(execFile)
const oldestKubernetesMinor = 34

/** From `KUBEBUILDER_ASSETS`, else from `PATH` (Kubernetes 1.34 or newer), else built from source. */
export async function controlPlanePrograms(): Promise<ControlPlanePrograms> {
  const given = (await fromAssets()) ?? (await fromPath())
  if (given) return { ...given, kubectl: await kubectlBeside(given.apiServer) }
  const folder = await built()
  return { apiServer: join(folder, 'kube-apiserver'), etcd: join(folder, 'etcd'), kubectl: join(folder, 'kubectl') }
}

/** distribution's registry, always built from source: it has a command of ours, `htpasswd`. */
export async function registryProgram(): Promise<string> {
  return join(await builtPrograms(registryModule, 'put it on PATH'), 'registry')
}

/** Helm from `PATH` when it is 3 or newer, else built from source. */
export async function helmProgram(): Promise<string> {
  const found = await findProgram('helm')
  const version = found === undefined ? undefined : await versionOf(found, ['version', '--short'])
  if (found !== undefined && version !== undefined && version[0] >= 3) return found
  return join(await builtPrograms(helmModule, 'Helm 3 or newer'), 'helm')
}

/** sshd where a Debian has it, which is installed where that can be done. It must be started by its whole path. */
export async function sshdProgram(): Promise<string> {
  const found = await findSshd()
  if (found !== undefined) return found
  await installDebian('openssh-server')
  const installed = await findSshd()
  if (installed !== undefined) return installed
  throw new Error('There is no sshd: install OpenSSH’s server (on Debian: apt-get install openssh-server).')
}

/** GnuPG, which is installed where that can be done and it is missing. */
export async function gpgProgram(): Promise<string> {
  const found = await findProgram('gpg')
  if (found !== undefined) return found
  await installDebian('gnupg')
  const installed = await findProgram('gpg')
  if (installed !== undefined) return installed
  throw new Error('There is no gpg: install GnuPG (on Debian: apt-get install gnupg).')
}

/** Does nothing where there is no Debian, or nobody who may change it. */
async function installDebian(name: string): Promise<void> {
  if (userInfo().uid !== 0 || (await findProgram('apt-get')) === undefined) return
  console.error(`Installing ${name} (apt-get) …`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', name]])
    await run('apt-get', ['--quiet', ...args], { env: environment, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 })
}

/** Few users have the folders of such programs in their PATH. */
async function findSshd(): Promise<string | undefined> {
  const found = await findProgram('sshd')
  if (found !== undefined) return found
  const places = ['/usr/sbin/sshd', '/usr/local/sbin/sshd']
  const there = await Promise.all(places.map(isExecutable))
  return places.find((_, index) => there[index])
}

/**
 * Has everything there before it is used, one after the other, so that each build has the machine and the last line of the
 * terminal to itself. Minutes the first time on a machine, else a few milliseconds.
 */
export async function preparePrograms(): Promise<void> {
  await controlPlanePrograms()
  await helmProgram()
  await registryProgram()
  await sshdProgram()
  await gpgProgram()
}

type Servers = Omit<ControlPlanePrograms, 'kubectl'>

async function fromAssets(): Promise<Servers | undefined> {
  const folder = process.env['KUBEBUILDER_ASSETS']
  if (folder === undefined || folder === '') return undefined
  const servers = { apiServer: join(folder, 'kube-apiserver'), etcd: join(folder, 'etcd') }
  for (const path of Object.values(servers)) {
    if (!(await isExecutable(path)))
      throw new Error(`KUBEBUILDER_ASSETS is set, but there is no program ${path}. Correct it or unset it.`)
  }
  return servers
}

async function fromPath(): Promise<Servers | undefined> {
  const apiServer = await findProgram('kube-apiserver')
  const etcd = await findProgram('etcd')
  if (apiServer === undefined || etcd === undefined) return undefined
  const version = await versionOf(apiServer, ['--version'])
  const etcdVersion = await versionOf(etcd, ['--version'])
  const fits =
    version?.[0] === 1 && version[1] >= oldestKubernetesMinor && etcdVersion?.[0] === 3 && etcdVersion[1] >= 5
  return fits ? { apiServer, etcd } : undefined
}

async function kubectlBeside(apiServer: string): Promise<string> {
  const beside = join(apiServer, '..', 'kubectl')
  if (await isExecutable(beside)) return beside
  return (await findProgram('kubectl')) ?? join(await built(), 'kubectl')
}

async function built(): Promise<string> {
  return await builtPrograms(
    controlPlaneModule,
    'set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl',
  )
}
