import { join } from 'node:path'
import { builtPrograms } from './build-binary.ts'
import { findProgram, isExecutable, versionOf } from './find-program.ts'
import { controlPlaneModule, helmModule, registryModule } from './go-modules.ts'

/** Where the control plane's three programs are; each is started as it is, by path. */
export interface ControlPlanePrograms {
  readonly apiServer: string
  readonly etcd: string
  readonly kubectl: string
}

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

/**
 * Has everything there before it is used, one after the other, so that each build has the machine and the last line of the
 * terminal to itself. Minutes the first time on a machine, else a few milliseconds.
 */
export async function preparePrograms(): Promise<void> {
  await controlPlanePrograms()
  await helmProgram()
  await registryProgram()
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
