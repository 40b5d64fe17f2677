import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../servers/guard.ts'
import { pushImage } from '../servers/image.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'
import type { tasks as fetchTasks } from './fetch-tasks.ts'
import type { tasks as serverTasks } from './head-server.ts'
import type { Policies, tasks } from './registry-tasks.ts'
import { listings } from './listings.ts'
import { figure, medianOf, type Figure } from './report.ts'
import { startWorker, type Measured, type Worker } from './worker.ts'

type Client = Worker<typeof tasks>

const sizes = {
  usual: {
    repositories: 100,
    tags: 10,
    policies: 600,
    passes: 5,
    heads: 4_000,
    runs: 5,
    many: 1_000,
    steady: 50,
    coldRuns: 3,
    listed: 1_000,
  },
  tiny: {
    repositories: 5,
    tags: 3,
    policies: 20,
    passes: 2,
    heads: 1_000,
    runs: 2,
    many: 20,
    steady: 5,
    coldRuns: 1,
    listed: 20,
  },
} as const

type Size = Readonly<Record<keyof (typeof sizes)['usual'], number>>

const latencyMs = 30
const coldLatencyMs = 20

/** What is asked of a registry, and what asking takes. */
export async function registry(tiny: boolean): Promise<readonly Figure[]> {
  const size = sizes[tiny ? 'tiny' : 'usual']
  return [
    ...(await nothingNew(size)),
    ...(await listings(size.listed)),
    ...(await headsBesideFetch(size)),
    ...(await coldStarts(size)),
  ]
}

/** Two images of each of 300 Applications, from 100 repositories behind a token server. */
async function nothingNew(size: Size): Promise<readonly Figure[]> {
  const server = await startRegistry({ token: true, tokenSeconds: 3_600 })
  const names = Array.from({ length: size.repositories }, (_, index) => `shop/app-${index}`)
  try {
    await pushAll(server, names, size.tags)
    const policies = { host: server.host, repositories: names, count: size.policies }
    return [
      ...(await tagsOnly(server, { ...policies, strategy: 'semver' }, size.passes)),
      ...(await steadyState(server, { ...policies, strategy: 'semver' }, size.steady)),
      ...(await byCreation(server, { ...policies, strategy: 'latest', unlimited: true }, size)),
    ]
  } finally {
    await server.stop()
  }
}

async function tagsOnly(server: Registry, policies: Policies, passes: number): Promise<readonly Figure[]> {
  const client = await openClient(policies)
  const first = await pass(server, client)
  const later = await passOften(server, client, passes)
  server.fault(() => ({ kind: 'delay', milliseconds: latencyMs }))
  const slow = await passOften(server, client, passes)
  server.fault(undefined)
  await closeClient(client)
  const repositories = policies.repositories.length
  const title = `${policies.count} policies on ${repositories} repositories, nothing new`
  return [
    figure(
      `${title}: tag lists an interval`,
      'count',
      later.map(({ lists }) => lists),
      { atMost: repositories },
    ),
    figure(
      `${title}: manifests and blobs an interval`,
      'count',
      later.map(({ reads }) => reads),
      { atMost: 0 },
    ),
    figure(
      `${title}: HEADs an interval`,
      'count',
      later.map(({ heads }) => heads),
      { atMost: 0 },
    ),
    figure(
      `${title}: tokens an interval`,
      'count',
      later.map(({ tokens }) => tokens),
      { atMost: 0 },
    ),
    figure(`${title}: requests of the first pass`, 'count', first.all),
    figure(`${title}: tokens of the first pass`, 'count', first.tokens, { atMost: repositories }),
    figure(
      `${title}: CPU of a pass`,
      'ms',
      later.map(({ cpuMs }) => cpuMs),
      { atMost: 200 },
    ),
    figure(
      `${title}: wall of a pass`,
      'ms',
      later.map(({ wallMs }) => wallMs),
    ),
    figure(
      `${title}: wall of a pass at ${latencyMs} ms latency`,
      'ms',
      slow.map(({ wallMs }) => wallMs),
      { atMost: 1_000 },
    ),
    figure(`${title}: CPU of the first pass of a process (warm-up)`, 'ms', first.cpuMs),
  ]
}

/** What is in use, and what an interval takes, does not grow with time. */
async function steadyState(server: Registry, policies: Policies, intervals: number): Promise<readonly Figure[]> {
  const client = await openClient(policies)
  const settle = Math.ceil(intervals / 5)
  await passOften(server, client, settle)
  const before = (await client.run('heap')).value
  const passes = await passOften(server, client, intervals)
  const after = (await client.run('heap')).value
  await closeClient(client)
  const title = `${intervals} intervals`
  const cpuOf = (some: readonly Pass[]) => medianOf(some.map(({ cpuMs }) => cpuMs))
  return [
    figure(
      `${title}: requests an interval, tokens aside`,
      'count',
      passes.map(({ all, tokens }) => all - tokens),
      { atMost: policies.repositories.length },
    ),
    figure(`${title}: memory in use`, 'MB', after),
    figure(`${title}: memory in use, end by beginning`, '×', after / before, { atMost: 1.05 }),
    figure(`${title}: CPU, last by first tenth`, '×', cpuOf(passes.slice(-settle)) / cpuOf(passes.slice(0, settle)), {
      atMost: 1.5,
    }),
  ]
}

async function byCreation(server: Registry, policies: Policies, size: Size): Promise<readonly Figure[]> {
  const client = await openClient(policies)
  const first = await pass(server, client)
  const later = await passOften(server, client, size.passes)
  await closeClient(client)
  const repositories = policies.repositories.length
  const title = `the same with strategy latest (${size.tags} tags each)`
  return [
    figure(`${title}: manifests and blobs of the first pass`, 'count', first.reads, {
      atMost: 2 * repositories * size.tags,
    }),
    figure(
      `${title}: manifests and blobs an interval`,
      'count',
      later.map(({ reads }) => reads),
      { atMost: 0 },
    ),
    figure(
      `${title}: HEADs an interval`,
      'count',
      later.map(({ heads }) => heads),
      { atMost: 6 * repositories },
    ),
    figure(
      `${title}: tag lists an interval`,
      'count',
      later.map(({ lists }) => lists),
      { atMost: repositories },
    ),
    figure(`${title}: requests of the first pass`, 'count', first.all),
    figure(
      `${title}: CPU of a pass`,
      'ms',
      later.map(({ cpuMs }) => cpuMs),
    ),
    figure(
      `${title}: wall of a pass`,
      'ms',
      later.map(({ wallMs }) => wallMs),
    ),
    figure(`${title}: wall of the first pass`, 'ms', first.wallMs),
  ]
}

async function headsBesideFetch({ heads, runs }: Size): Promise<readonly Figure[]> {
  const [server, client, other] = await Promise.all([
    startWorker<typeof serverTasks>(import.meta.resolve('./head-server.ts')),
    startClient(),
    startWorker<typeof fetchTasks>(import.meta.resolve('./fetch-tasks.ts')),
  ])
  try {
    const url = `${(await server.run('listen')).value}/v2/shop/web/manifests/1.0.0`
    const ours: Measured<void>[] = []
    const theirs: Measured<void>[] = []
    for (let run = 0; run <= runs; run += 1) {
      ours.push(await client.run('heads', url, heads))
      theirs.push(await other.run('heads', url, heads))
    }
    const perSecond = (samples: readonly Measured<void>[]) =>
      samples.slice(1).map(({ wallMs }) => (heads / wallMs) * 1000)
    const cpuOf = (samples: readonly Measured<void>[]) => medianOf(samples.slice(1).map(({ cpuMs }) => cpuMs))
    return [
      figure('HEAD, our client', 'per second', perSecond(ours)),
      figure('HEAD, built-in fetch', 'per second', perSecond(theirs)),
      figure(
        'HEAD, our client by fetch: requests a second',
        '×',
        medianOf(perSecond(ours)) / medianOf(perSecond(theirs)),
        { atLeast: 2 },
      ),
      figure('HEAD, fetch by our client: CPU a request', '×', cpuOf(theirs) / cpuOf(ours)),
    ]
  } finally {
    await Promise.all([client, other, server].map((worker) => worker.stop()))
  }
}

/** As many policies as repositories, of as many tags each, by processes that know nothing. */
async function coldStarts({ many, coldRuns }: Size): Promise<readonly Figure[]> {
  const storage = temporaryFolder('bench')
  const repositories = Array.from({ length: many }, (_, index) => `many/app-${index}`)
  await layOut(storage.path, repositories, many)
  const server = await startRegistry({ storage: storage.path })
  const title = `cold start: ${many} policies on ${many} repositories of ${many} tags`
  try {
    const policies = { host: server.host, repositories, count: many, strategy: 'semver' } as const
    // Not through the counting proxy: it would take more of the machine than the client.
    const direct = { ...policies, host: new URL(server.pushUrl).host }
    const free: Pass[] = []
    for (let run = 0; run < coldRuns; run += 1) free.push(await coldStart(server, { ...direct, unlimited: true }))
    server.fault(() => ({ kind: 'delay', milliseconds: coldLatencyMs }))
    const limited = await coldStart(server, policies)
    return [
      // The registry begins another, empty page after one of 1,000 tags.
      figure(`${title}: requests`, 'count', limited.all, { atMost: 2 * many }),
      figure(`${title}: wall, usual limits, ${coldLatencyMs} ms latency`, 'ms', limited.wallMs, { atMost: 60_000 }),
      figure(
        `${title}: wall, no limits, no latency`,
        'ms',
        free.map(({ wallMs }) => wallMs),
        { atMost: 5_000 },
      ),
      figure(
        `${title}: CPU`,
        'ms',
        free.map(({ cpuMs }) => cpuMs),
      ),
      figure(
        `${title}: peak memory of scans and policies`,
        'MB',
        free.map(({ peakMb }) => peakMb),
        { atMost: 150 },
      ),
    ]
  } finally {
    await server.stop()
    await storage.remove()
  }
}

async function coldStart(server: Registry, policies: Policies): Promise<Pass> {
  const client = await openClient(policies)
  const first = await pass(server, client)
  await closeClient(client)
  return first
}

/** All repositories share one folder of tags on disk: to the registry each has its own. */
async function layOut(storage: string, names: readonly string[], tags: number): Promise<void> {
  const root = join(storage, 'docker', 'registry', 'v2')
  const shared = join(root, 'tags')
  for (let tag = 0; tag < tags; tag += 1) await mkdir(join(shared, `1.${tag}.0`), { recursive: true })
  for (const name of names) {
    const manifests = join(root, 'repositories', name, '_manifests')
    await mkdir(manifests, { recursive: true })
    await symlink(shared, join(manifests, 'tags'))
  }
}

/** What a pass was seen to ask, and what it took the client. */
interface Pass extends Measured<number> {
  readonly lists: number
  readonly heads: number
  /** GETs of manifests and blobs. */
  readonly reads: number
  readonly tokens: number
  readonly all: number
}

async function pass(server: Registry, client: Client): Promise<Pass> {
  server.clearRequests()
  server.tokenServer?.clearRequests()
  const measured = await client.run('pass')
  const requests = server.requests().map(({ method, path }) => ({ method, isList: path.includes('/tags/list') }))
  const tokens = server.tokenServer?.requests().length ?? 0
  return {
    ...measured,
    tokens,
    lists: requests.filter(({ isList }) => isList).length,
    heads: requests.filter(({ method }) => method === 'HEAD').length,
    reads: requests.filter(({ method, isList }) => method === 'GET' && !isList).length,
    all: requests.length + tokens,
  }
}

async function passOften(server: Registry, client: Client, passes: number): Promise<readonly Pass[]> {
  const all = []
  for (let count = 0; count < passes; count += 1) all.push(await pass(server, client))
  return all
}

/** Each tag is a build of its own. */
async function pushAll(server: Registry, names: readonly string[], tags: number): Promise<void> {
  const left = [...names]
  const push = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop())
      for (let tag = 0; tag < tags; tag += 1)
        await pushImage(server, name, `1.${tag}.0`, {
          created: new Date(Date.UTC(2026, 0, tag + 1)),
          seed: `${name} ${tag}`,
        })
  }
  await Promise.all(Array.from({ length: 8 }, push))
}

async function startClient(): Promise<Client> {
  return await startWorker<typeof tasks>(import.meta.resolve('./registry-tasks.ts'))
}

async function openClient(policies: Policies): Promise<Client> {
  const client = await startClient()
  await client.run('open', policies)
  return client
}

async function closeClient(client: Client): Promise<void> {
  await client.run('close')
  await client.stop()
}
