import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ControlPlane } from '../servers/control-plane-access.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { freePort, startProcess, type RunningProcess } from '../servers/process.ts'
import { helmProgram } from '../servers/programs.ts'
import { httpRequest } from '../servers/request.ts'
import { parseAllDocuments } from 'yaml'

/** The operator as a process of its own, under exactly the rights that the chart gives. */
export interface Operator {
  /** Starts it and waits until it is ready. `main` is what Node runs; the source unless given. */
  start(...flags: readonly string[]): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  /** SIGTERM, and its exit status. */
  stop(): Promise<number | undefined>
  /** The text of /metrics. */
  metrics(): Promise<string>
  /** Everything that it wrote lately. */
  log(): string
  isRunning(): boolean
  /** What `--cache-dir` names. */
  readonly cacheFolder: string
}

const run = promisify(execFile)
const chart = 'charts/image-update-operator'

/** The documents that the chart renders for a release in a namespace. */
export async function renderChart(namespace: string, ...settings: readonly string[]): Promise<readonly ChartObject[]> {
  const { stdout } = await run(await helmProgram(), [
    'template',
    'image-update-operator',
    chart,
    '--namespace',
    namespace,
    ...settings.flatMap((setting) => ['--set', setting]),
  ])
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as ChartObject | null)
    .filter((object) => object !== null)
}

/** A Kubernetes object as the chart renders it. */
export interface ChartObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** Where the API server serves objects of a kind. */
export function pathOf({ apiVersion, kind, metadata }: ChartObject): string {
  const version = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${version}${place}/${kind.toLowerCase()}s/${metadata.name}`
}

/** Makes the operator's ServiceAccount, with the rights in the watched namespaces that the chart gives it. */
export async function allowOperator(
  cluster: ControlPlane,
  namespace: string,
  watched: readonly string[] = [namespace],
): Promise<void> {
  for (const object of await renderChart(namespace, `watchNamespaces={${watched.join()}}`)) {
    if (!['ServiceAccount', 'Role', 'RoleBinding'].includes(object.kind)) continue
    await cluster.api(
      'PATCH',
      `${pathOf(object)}?fieldManager=chart&force=true`,
      object,
      'application/apply-patch+yaml',
    )
  }
}

/** Gives the operator its ServiceAccount and rights in its namespace and those of tenants, as the chart does; it is not started yet. */
export async function installOperator(
  cluster: ControlPlane,
  namespace: string,
  tenants: readonly string[] = [],
): Promise<Operator> {
  const watched = [namespace, ...tenants]
  await allowOperator(cluster, namespace, watched)
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'image-update-operator')
  let ports = { metrics: 0, health: 0 }
  const cache = temporaryFolder('operator')
  const compiled = temporaryFolder('compiled')
  let running: RunningProcess | undefined
  const get = async (port: number, path: string): Promise<{ status: number; text: string }> => {
    const { status, body } = await httpRequest({ url: `http://127.0.0.1:${port}${path}`, method: 'GET' })
    return { status, text: body.toString() }
  }
  return {
    start: async (...flags) => {
      // Those of before may be somebody else's by now.
      ports = { metrics: await freePort(), health: await freePort() }
      running = await startProcess({
        name: 'the operator',
        command: process.execPath,
        // One that has ended by itself leaves there what the next one need not compile again.
        env: { ...process.env, NODE_COMPILE_CACHE: compiled.path },
        args: [
          'src/main.ts',
          'run',
          `--kubeconfig=${kubeconfig}`,
          ...watched.map((one) => `--namespace=${one}`),
          `--argocd-namespace=${namespace}`,
          '--allowed-registries=127.0.0.1',
          '--allowed-git-hosts=127.0.0.1',
          `--metrics-address=127.0.0.1:${ports.metrics}`,
          `--health-address=127.0.0.1:${ports.health}`,
          `--cache-dir=${cache.path}`,
          '--log-level=debug',
          ...flags,
        ],
        ready: async () => (await get(ports.health, '/readyz')).status === 200,
      })
    },
    kill: async () => void (await running?.kill()),
    stop: async () => (await running?.stop(20_000))?.code,
    metrics: async () => (await get(ports.metrics, '/metrics')).text,
    log: () => running?.log() ?? '',
    cacheFolder: cache.path,
    isRunning: () => running !== undefined && !running.hasExited(),
  }
}
