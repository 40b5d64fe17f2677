import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eachAtOnce } from '../../src/registry/at-once.ts'
import { startControlPlane, type StartedControlPlane } from '../servers/control-plane.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { freePort, startProcess } from '../servers/process.ts'
import { httpRequest } from '../servers/request.ts'
import { figure, type Figure } from './report.ts'
import { buildShipped } from './shipped.ts'
import type { tasks as serverTasks } from './tag-server.ts'
import { operatorEnvironment, operatorFlags, startWorker, type Worker } from './worker.ts'

const sizes = { usual: { many: 1_000, tags: 1_000, runs: 3 }, tiny: { many: 20, tags: 50, runs: 1 } } as const

const namespace = 'bench'
const policies = `/apis/imageupdate.dev/v1alpha1/namespaces/${namespace}/imageupdatepolicies`
const argocd = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}`
const crds = [
  'crds/imageupdatepolicies.yaml',
  'test/servers/crds/application.yaml',
  'test/servers/crds/appproject.yaml',
]

/** Told to Node as a module to load before all others: what the process took, as its last line. */
const preload = `process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  process.stderr.write(JSON.stringify({ cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 }) + '\\n')
})`

interface Scene {
  readonly cluster: StartedControlPlane
  readonly server: Worker<typeof serverTasks>
  readonly many: number
  readonly main: string
  readonly registriesFile: string
}

/** The whole operator as a process, beside an API server and a registry that keeps nobody waiting. */
export async function operator(tiny: boolean): Promise<readonly Figure[]> {
  const { many, tags, runs } = sizes[tiny ? 'tiny' : 'usual']
  const folder = temporaryFolder('operator')
  const [cluster, server, shipped] = await Promise.all([
    startControlPlane(),
    startWorker<typeof serverTasks>(import.meta.resolve('./tag-server.ts')),
    buildShipped(),
  ])
  try {
    const host = (await server.run('listen', tags)).value
    const registriesFile = join(folder.path, 'registries.yaml')
    await writeFile(registriesFile, `registries: [{host: "${host}", limits: {atOnce: 8, perSecond: 0, burst: 1}}]\n`)
    await populate(cluster, host, many)
    const scene = { cluster, server, many, main: shipped.main, registriesFile }
    const [cold, again] = [[], []] as [Life[], Life[]]
    for (let run = 0; run < runs; run += 1) {
      await forget(cluster, many)
      cold.push(await live(scene))
      again.push(await live(scene))
    }
    const title = `the whole operator, ${many} policies on ${many} repositories of ${tags} tags`
    return [...figuresOf(`${title}, no status yet`, cold), ...figuresOf(`${title}, started again`, again)]
  } finally {
    await Promise.all([cluster.stop(), server.stop(), shipped.remove()])
    await folder.remove()
  }
}

function figuresOf(title: string, lives: readonly Life[]): readonly Figure[] {
  const of = (name: keyof Life) => lives.map((life) => life[name])
  return [
    figure(`${title}: peak memory`, 'MB', of('peakMb'), { atMost: 150 }),
    figure(`${title}: CPU from its start to its end`, 'ms', of('cpuMs')),
    figure(`${title}: wall, from the first tag list to the last`, 'ms', of('askedMs')),
    figure(`${title}: wall, until the last policy is reported on`, 'ms', of('reportedMs')),
  ]
}

/** What one process of the operator took. */
interface Life {
  readonly cpuMs: number
  readonly peakMb: number
  readonly askedMs: number
  readonly reportedMs: number
}

async function live({ cluster, server, many, main, registriesFile }: Scene): Promise<Life> {
  const [metrics, health] = [await freePort(), await freePort()]
  const before = (await server.run('asked')).value
  const running = await startProcess({
    name: 'the operator',
    command: process.execPath,
    env: { ...process.env, ...operatorEnvironment },
    args: [
      ...operatorFlags,
      '--import',
      `data:text/javascript,${encodeURIComponent(preload)}`,
      main,
      'run',
      `--kubeconfig=${cluster.adminKubeconfig}`,
      `--namespace=${namespace}`,
      `--argocd-namespace=${namespace}`,
      '--allowed-registries=127.0.0.1',
      `--registries-file=${registriesFile}`,
      `--metrics-address=127.0.0.1:${metrics}`,
      `--health-address=127.0.0.1:${health}`,
      '--interval=1h',
    ],
  })
  const asked = async (): Promise<number> => (await server.run('asked')).value - before
  await reaches(asked, 1)
  const begun = performance.now()
  await reaches(asked, 2 * many)
  const askedMs = performance.now() - begun
  await reaches(() => reconciled(metrics), many)
  const reportedMs = performance.now() - begun
  await running.stop(20_000)
  const { cpuMs, peakMb } = JSON.parse(running.log().trimEnd().split('\n').at(-1) ?? '') as Life
  return { cpuMs, peakMb, askedMs, reportedMs }
}

const lookEvery = 100
const longest = 300_000

async function reaches(count: () => Promise<number>, wanted: number): Promise<void> {
  const end = performance.now() + longest
  while ((await count()) < wanted) {
    if (performance.now() > end) throw new Error(`not ${wanted} within ${longest / 1000} s`)
    await pause(lookEvery)
  }
}

async function reconciled(port: number): Promise<number> {
  const { body } = await httpRequest({ url: `http://127.0.0.1:${port}/metrics` })
  const counts = body.toString().matchAll(/^imageupdate_reconciles_total\{.*\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** As many Applications as policies, in each of which the newest tag stands already. */
async function populate(cluster: StartedControlPlane, host: string, many: number): Promise<void> {
  await cluster.applyCrds(crds)
  await cluster.api('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  await eachAtOnce(Array(many).keys(), 8, async (index) => {
    const name = `app-${index}`
    await cluster.api('POST', `${argocd}/applications`, applicationOf(name, `${host}/many/${name}`))
    await cluster.api('POST', policies, {
      apiVersion: 'imageupdate.dev/v1alpha1',
      kind: 'ImageUpdatePolicy',
      metadata: { name },
      spec: {
        image: `${host}/many/${name}`,
        strategy: 'semver',
        constraints: { version: `>=0.${index % 5}` },
        applications: [{ name }],
        registry: { insecure: true },
      },
    })
  })
}

function applicationOf(name: string, image: string): object {
  const parameters = [{ name: 'image.tag', value: '1.999.0', forceString: true }]
  const source = { repoURL: 'https://git.example.com/config.git', path: name, targetRevision: 'main' }
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: { project: 'default', source: { ...source, helm: { parameters } }, destination: { name: 'in-cluster' } },
    status: {
      sourceType: 'Helm',
      sync: { status: 'Synced', revision: 'a'.repeat(40) },
      health: { status: 'Healthy' },
      summary: { images: [`${image}:1.999.0`] },
    },
  }
}

async function forget(cluster: StartedControlPlane, many: number): Promise<void> {
  await eachAtOnce(Array(many).keys(), 8, async (index) => {
    await cluster.api('PATCH', `${policies}/app-${index}/status`, { status: null })
  })
}
