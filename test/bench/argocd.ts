import type { ControlPlane } from '../servers/control-plane-access.ts'
import { startControlPlane } from '../servers/control-plane.ts'
import { pushImage } from '../servers/image.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'
import type { tasks } from './argocd-tasks.ts'
import { makeCrowd, requestRun, type Crowd } from '../end-to-end/crowd.ts'
import { allowOperator } from '../end-to-end/operator.ts'
import { followAudit, type Seen } from './audit-tail.ts'
import { figure, medianOf, type Figure } from './report.ts'
import { startWorker, type Measured, type Worker } from './worker.ts'

type Client = Worker<typeof tasks>

const operatorName = 'image-update-operator'

const sizes = { usual: { many: 300, runs: 3 }, tiny: { many: 10, runs: 2 } } as const

interface Parts {
  readonly cluster: ControlPlane
  readonly registry: Registry
}

/** What a new tag was seen to do at the API server, and what it took the operator. */
interface Sample {
  /** From the moment in which somebody asks for a run until the last Application is patched and the last event is there. */
  readonly wallMs: number
  readonly cpuMs: number
  readonly patches: number
  readonly events: number
  readonly statuses: number
  readonly others: number
  /** Answers 429 of the API server's priority and fairness. */
  readonly refused: number
}

/** Hundreds of Applications patched at the same moment, an event each, on a real API server. */
export async function argocd(tiny: boolean): Promise<readonly Figure[]> {
  const size = sizes[tiny ? 'tiny' : 'usual']
  const cluster = await startControlPlane()
  const registry = await startRegistry()
  try {
    await cluster.applyCrds([
      'crds/imageupdatepolicies.yaml',
      'test/servers/crds/application.yaml',
      'test/servers/crds/appproject.yaml',
    ])
    return [
      ...(await measure({ cluster, registry }, { ...size, policies: 1 })),
      ...(await measure({ cluster, registry }, { ...size, policies: size.many })),
    ]
  } finally {
    await registry.stop()
    await cluster.stop()
  }
}

interface Run {
  /** In a new process, and right after it. */
  readonly first: Sample
  readonly later: Sample
  /** The same requests without the operator. */
  readonly bare: Measured<unknown>
}

async function measure(
  parts: Parts,
  { many, runs, policies }: { many: number; runs: number; policies: number },
): Promise<readonly Figure[]> {
  const all = []
  for (let run = 0; run < runs; run += 1)
    all.push(await oneRun(parts, { policies, applications: many, tag: `1.${run}` }))
  const [first, later] = [all.map((run) => run.first), all.map((run) => run.later)]
  const title = `${many} Applications patched by ${policies === 1 ? 'one policy' : `${policies} policies`}`
  return [
    ...countsOf(title, [...first, ...later], many),
    ...timesOf(title, later, { atMost: 1_500 }),
    ...timesOf(`${title}, the first of a process (warm-up)`, first),
    ...(policies === 1 ? besideBare(title, all) : []),
  ]
}

/** A new process, a new namespace, and two tags, one after the other. */
async function oneRun({ cluster, registry }: Parts, crowd: Omit<Crowd, 'image'>): Promise<Run> {
  const repository = `shop/web-${crowd.policies}`
  await pushImage(registry, repository, `${crowd.tag}.0`)
  const namespace = await cluster.createNamespace('bench')
  await allowOperator(cluster, namespace)
  const { names, untilReady } = await makeCrowd(cluster, namespace, {
    ...crowd,
    image: `${registry.host}/${repository}`,
  })
  const place = { namespace, names, kubeconfig: await cluster.serviceAccountKubeconfig(namespace, operatorName) }
  const client: Client = await startWorker(import.meta.resolve('./argocd-tasks.ts'))
  const next = async (patch: number): Promise<Sample> => {
    await pushImage(registry, repository, `${crowd.tag}.${patch}`)
    return await patched({ cluster, client }, { ...crowd, namespace })
  }
  try {
    await client.run('open', place)
    await untilReady()
    const [first, later] = [await next(1), await next(2)]
    await client.run('close')
    return { first, later, bare: await client.run('bare', { ...place, tag: 'bare' }) }
  } finally {
    await client.stop()
  }
}

async function patched(
  { cluster, client }: { cluster: ControlPlane; client: Client },
  { namespace, applications }: { namespace: string; applications: number },
): Promise<Sample> {
  const audit = await followAudit(cluster, operatorName)
  const before = (await client.run('cpu')).value
  const begun = Date.now()
  await requestRun(cluster, namespace)
  const seen = await audit.until(
    'every Application is patched and told of',
    (all) => patchesIn(all).length >= applications && eventsIn(all).length >= applications,
  )
  const after = (await client.run('cpu')).value
  const needed = [...patchesIn(seen), ...eventsIn(seen)]
  const count = (test: (one: Seen) => boolean) => seen.filter(test).length
  return {
    wallMs: Math.max(...needed.map(({ endedAt }) => endedAt)) - begun,
    cpuMs: after - before,
    patches: patchesIn(seen).length,
    events: eventsIn(seen).length,
    statuses: count(({ resource }) => resource === 'imageupdatepolicies/status'),
    others: count(({ resource, verb }) => verb !== 'watch' && !counted.has(resource)),
    refused: count(({ code }) => code === 429),
  }
}

const counted = new Set(['applications', 'events', 'imageupdatepolicies/status'])

function patchesIn(seen: readonly Seen[]): readonly Seen[] {
  return seen.filter(({ verb, resource, code }) => resource === 'applications' && verb === 'patch' && code === 200)
}

function eventsIn(seen: readonly Seen[]): readonly Seen[] {
  return seen.filter(({ verb, resource, code }) => resource === 'events' && verb === 'create' && code === 201)
}

function countsOf(title: string, samples: readonly Sample[], many: number): readonly Figure[] {
  const counts = [
    ['patches', ({ patches }: Sample) => patches, { atMost: many }],
    ['events', ({ events }: Sample) => events, undefined],
    ['writes of a status until then', ({ statuses }: Sample) => statuses, undefined],
    ['further requests until then', ({ others }: Sample) => others, { atMost: 0 }],
    ['refused by priority and fairness', ({ refused }: Sample) => refused, { atMost: 0 }],
  ] as const
  return counts.map(([what, of, bar]) => figure(`${title}: ${what}`, 'count', samples.map(of), bar))
}

function timesOf(title: string, samples: readonly Sample[], bar?: { atMost: number }): readonly Figure[] {
  return [
    figure(
      `${title}: wall, from the request until the last patch and event`,
      'ms',
      samples.map(({ wallMs }) => wallMs),
      bar,
    ),
    figure(
      `${title}: CPU of the operator`,
      'ms',
      samples.map(({ cpuMs }) => cpuMs),
    ),
  ]
}

function besideBare(title: string, runs: readonly Run[]): readonly Figure[] {
  const name = 'the same requests in a bare loop'
  const ratio = (of: 'wallMs' | 'cpuMs') =>
    medianOf(runs.map(({ later }) => later[of])) / medianOf(runs.map(({ bare }) => bare[of]))
  return [
    figure(
      `${title}: ${name}: wall`,
      'ms',
      runs.map(({ bare }) => bare.wallMs),
    ),
    figure(
      `${title}: ${name}: CPU`,
      'ms',
      runs.map(({ bare }) => bare.cpuMs),
    ),
    figure(`${title}: ours by ${name}: wall`, '×', ratio('wallMs')),
    figure(`${title}: ours by ${name}: CPU`, '×', ratio('cpuMs')),
  ]
}
