import { startGitServer, type GitServer } from '../servers/git-server.ts'
import { closeClient, openClient, type Client } from './git-client.ts'
import { cloneEditPush, type CommandTimes } from './git-command.ts'
import { appsOf, filesOf, placeOf, type App } from './git-places.ts'
import { largeFile } from './git-large.ts'
import { figure, medianOf, type Figure } from './report.ts'
import type { Measured } from './worker.ts'

const sizes = {
  usual: { runs: 5, many: 300, small: [10, 50], large: [50, 100], singles: 10, edits: 5, bytes: 1024 * 1024 },
  tiny: { runs: 2, many: 10, small: [2, 5], large: [2, 10], singles: 2, edits: 2, bytes: 128 * 1024 },
} as const

/** What a piece of work was seen to do at the server, and what it took the client. */
interface Sample extends Measured<number> {
  readonly refs: number
  readonly fetches: number
  readonly pushes: number
  readonly commits: number
  readonly bytes: number
}

/** Commits to one repository: by us, and by the git command line. */
export async function git(tiny: boolean): Promise<readonly Figure[]> {
  const size = sizes[tiny ? 'tiny' : 'usual']
  const server = await startGitServer()
  try {
    return [
      ...(await manyAtOnce(server, size)),
      ...(await largeRepository(server, size)),
      ...(await fewAtOnce(server, size)),
      ...(await largeFile(server, size)),
    ]
  } finally {
    await server.stop()
  }
}

/** (a) Hundreds of edits at once: the first time in a new process, then with what is known, then against a rival. */
async function manyAtOnce(
  server: GitServer,
  { runs, many }: { runs: number; many: number },
): Promise<readonly Figure[]> {
  const apps = appsOf(1, many)
  await server.createRepository('many', filesOf(apps))
  const first = []
  const later = []
  const raced = []
  const commands = []
  for (let process = 0; process < runs; process += 1) {
    const client = await openClient()
    first.push(await write(server, client, { name: 'many', apps, to: `1.${process}.1`, looks: true }))
    later.push(await write(server, client, { name: 'many', apps, to: `1.${process}.2` }))
    rivalBeforePushes(server, 'many', 3)
    raced.push(await write(server, client, { name: 'many', apps, to: `1.${process}.3` }))
    server.fault(undefined)
    await closeClient(client)
    commands.push(await command(server, 'many', { apps, to: `1.${process}.4` }))
  }
  const title = `${many} edits at once`
  return [
    ...countsOf(title, later, { commits: 1, pushes: 1, fetches: 2 }),
    ...timesOf(title, later, { wall: 5_000, cpu: 5_000 }),
    ...countsOf(`${title}, nothing known (new process, reading included)`, first, { commits: 1, pushes: 1 }),
    ...timesOf(`${title}, nothing known (new process, reading included)`, first, { wall: 5_000, cpu: 5_000 }),
    ...countsOf(`${title}, a rival pushes before each of our first 3 pushes`, raced, {}),
    ...timesOf(`${title}, a rival pushes before each of our first 3 pushes`, raced, { wall: 10_000 }),
    ...besideCommand(title, first, commands),
  ]
}

/** (b) One edit in repositories of two sizes, each time by a new process that knows nothing. */
async function largeRepository(
  server: GitServer,
  { runs, small, large }: { runs: number; small: readonly [number, number]; large: readonly [number, number] },
): Promise<readonly Figure[]> {
  const few = await oneEditIn(server, appsOf(...small), { runs, name: 'small' })
  const lots = await oneEditIn(server, appsOf(...large), { runs, name: 'large' })
  const growth = medianOf(lots.wrote.map(({ wallMs }) => wallMs)) / medianOf(few.wrote.map(({ wallMs }) => wallMs))
  const { title } = lots
  return [
    figure(`${title}: bytes on the wire, reading included`, 'bytes', lots.bytes, { atMost: 100_000 }),
    figure(`${few.title}: bytes on the wire, reading included`, 'bytes', few.bytes),
    figure(
      `${title}: requests to read`,
      'count',
      lots.looked.map(({ refs, fetches }) => refs + fetches),
    ),
    figure(
      `${title}: requests to write`,
      'count',
      lots.wrote.map(({ refs, fetches, pushes }) => refs + fetches + pushes),
    ),
    figure(
      `${title}: from decision to accepted push`,
      'ms',
      lots.wrote.map(({ wallMs }) => wallMs),
      { atMost: 1_000 },
    ),
    figure(
      `${title}: reading before the decision`,
      'ms',
      lots.looked.map(({ wallMs }) => wallMs),
    ),
    figure(
      `${few.title}: from decision to accepted push`,
      'ms',
      few.wrote.map(({ wallMs }) => wallMs),
    ),
    figure(`growth of that time from the small repository to the large one`, '×', growth, { atMost: 2 }),
    figure(
      `${title}: peak memory of the process`,
      'MB',
      lots.wrote.map(({ peakMb }) => peakMb),
      { atMost: 200 },
    ),
    ...besideCommand(title, lots.whole, lots.commands),
  ]
}

async function oneEditIn(server: GitServer, apps: readonly App[], { runs, name }: { runs: number; name: string }) {
  await server.createRepository(name, filesOf(apps))
  const looked = []
  const wrote: Sample[] = []
  const commands = []
  for (let run = 0; run < runs; run += 1) {
    const edited = apps.slice(run * 3, run * 3 + 1)
    const client = await openClient()
    looked.push(await look(server, client, name, edited))
    wrote.push(await submit(server, client, { name, apps: edited, to: `1.1.${run}` }))
    await closeClient(client)
    commands.push(await command(server, name, { apps: edited, to: `1.2.${run}` }))
  }
  const whole = looked.map((sample, run) => together(sample, wrote[run] ?? sample))
  const title = `one edit among ${apps.length * 4} files`
  return { title, looked, wrote, whole, commands, bytes: whole.map(({ bytes }) => bytes) }
}

/** (c) and (d): a single change, and twenty at the same moment, in a process that has worked before. */
async function fewAtOnce(
  server: GitServer,
  { singles, many }: { singles: number; many: number },
): Promise<readonly Figure[]> {
  const apps = appsOf(1, many)
  await server.createRepository('few', filesOf(apps))
  const client = await openClient()
  const one = []
  const twenty = []
  const idle = []
  for (let run = 0; run <= singles; run += 1) {
    one.push(await write(server, client, { name: 'few', apps: apps.slice(0, 1), to: `2.${run}.0` }))
    twenty.push(await write(server, client, { name: 'few', apps: apps.slice(1, 21), to: `2.${run}.0` }))
    // What is new since the last look is our own, and known.
    idle.push(await look(server, client, 'few', apps.slice(0, 21)))
  }
  await closeClient(client)
  // The first of each is the warm-up.
  return [
    ...countsOf('a single change', one.slice(1), { commits: 1, pushes: 1 }),
    ...timesOf('a single change', one.slice(1), { wall: 250 }),
    ...timesOf('a single change, the first of a process (warm-up)', one.slice(0, 1), {}),
    ...countsOf('twenty changes at the same moment', twenty.slice(1), { commits: 2 }),
    ...timesOf('twenty changes at the same moment', twenty.slice(1), { wall: 1_500 }),
    ...idleOf('an interval of twenty-one Applications on one branch with nothing new', idle),
  ]
}

/** What an interval costs in which nothing is written. */
function idleOf(title: string, samples: readonly Sample[]): readonly Figure[] {
  return [
    figure(
      `${title}: requests for refs`,
      'count',
      samples.map(({ refs }) => refs),
      { atMost: 1 },
    ),
    figure(
      `${title}: other requests`,
      'count',
      samples.map(({ fetches, pushes }) => fetches + pushes),
      { atMost: 0 },
    ),
  ]
}

interface Order {
  readonly name: string
  readonly apps: readonly App[]
  readonly to: string
  /** Reading what is desired is measured as well. */
  readonly looks?: boolean
}

async function write(server: GitServer, client: Client, order: Order): Promise<Sample> {
  const looked = await look(server, client, order.name, order.apps)
  const wrote = await submit(server, client, order)
  return order.looks === true ? together(looked, wrote) : wrote
}

async function look(server: GitServer, client: Client, name: string, apps: readonly App[]): Promise<Sample> {
  return await seen(server, name, () => client.run('look', server.repositoryUrl(name), apps))
}

async function submit(server: GitServer, client: Client, { name, apps, to }: Order): Promise<Sample> {
  return await seen(server, name, () => client.run('write', server.repositoryUrl(name), apps, to))
}

/** `commits` counts ours, a rival's not. */
async function seen(server: GitServer, name: string, work: () => Promise<Measured<number>>): Promise<Sample> {
  const before = new Set((await server.log(name)).map(({ oid }) => oid))
  server.clearRequests()
  const measured = await work()
  const requests = server.requests().filter(({ repository }) => repository === name)
  const commits = (await server.log(name)).filter(({ oid, author }) => !before.has(oid) && author.startsWith('image-'))
  return {
    ...measured,
    commits: commits.length,
    refs: requests.filter(({ step, command }) => step === 'refs' || command === 'ls-refs').length,
    fetches: requests.filter(({ command }) => command === 'fetch').length,
    pushes: requests.filter(({ service, step }) => service === 'git-receive-pack' && step === 'exchange').length,
    bytes: requests.reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0),
  }
}

function together(a: Sample, b: Sample): Sample {
  return {
    value: b.value,
    wallMs: a.wallMs + b.wallMs,
    cpuMs: a.cpuMs + b.cpuMs,
    peakMb: Math.max(a.peakMb, b.peakMb),
    refs: a.refs + b.refs,
    fetches: a.fetches + b.fetches,
    pushes: a.pushes + b.pushes,
    commits: a.commits + b.commits,
    bytes: a.bytes + b.bytes,
  }
}

/** Each of our first pushes finds that somebody has just been quicker. */
function rivalBeforePushes(server: GitServer, name: string, times: number): void {
  let left = times
  server.fault(async ({ service, step }) => {
    if (service !== 'git-receive-pack' || step !== 'exchange' || left === 0) return undefined
    left -= 1
    await server.commit(name, { 'rival.txt': `${left} ${Date.now()}\n` })
    return undefined
  })
}

interface CommandSample extends CommandTimes {
  readonly bytes: number
}

async function command(
  server: GitServer,
  name: string,
  { apps, to }: { apps: readonly App[]; to: string },
): Promise<CommandSample> {
  server.clearRequests()
  const paths = apps.map((app) => placeOf(app).path)
  const times = await cloneEditPush(server.repositoryUrl(name), paths, to)
  return { ...times, bytes: server.requests().reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0) }
}

type Most = Readonly<Partial<Record<'commits' | 'pushes' | 'fetches', number>>>

function countsOf(title: string, samples: readonly Sample[], most: Most): readonly Figure[] {
  const bar = (atMost: number | undefined) => (atMost === undefined ? undefined : { atMost })
  return [
    figure(
      `${title}: commits`,
      'count',
      samples.map(({ commits }) => commits),
      bar(most.commits),
    ),
    figure(
      `${title}: pushes`,
      'count',
      samples.map(({ pushes }) => pushes),
      bar(most.pushes),
    ),
    figure(
      `${title}: fetch requests`,
      'count',
      samples.map(({ fetches }) => fetches),
      bar(most.fetches),
    ),
    figure(
      `${title}: requests for refs`,
      'count',
      samples.map(({ refs }) => refs),
    ),
    figure(
      `${title}: bytes on the wire`,
      'bytes',
      samples.map(({ bytes }) => bytes),
    ),
  ]
}

function timesOf(title: string, samples: readonly Sample[], most: { wall?: number; cpu?: number }): readonly Figure[] {
  const bar = (atMost: number | undefined) => (atMost === undefined ? undefined : { atMost })
  return [
    figure(
      `${title}: wall`,
      'ms',
      samples.map(({ wallMs }) => wallMs),
      bar(most.wall),
    ),
    figure(
      `${title}: CPU`,
      'ms',
      samples.map(({ cpuMs }) => cpuMs),
      bar(most.cpu),
    ),
  ]
}

/** The command line divided by us, and what it took itself. */
function besideCommand(title: string, ours: readonly Sample[], theirs: readonly CommandSample[]): readonly Figure[] {
  const ratio = (of: (sample: CommandSample) => number, our: (sample: Sample) => number) =>
    medianOf(theirs.map(of)) / medianOf(ours.map(our))
  const name = 'git command line (shallow clone, edit, push)'
  return [
    figure(
      `${title}: ${name}: bytes on the wire`,
      'bytes',
      theirs.map(({ bytes }) => bytes),
    ),
    figure(
      `${title}: ${name}: wall`,
      'ms',
      theirs.map(({ wallMs }) => wallMs),
    ),
    figure(
      `${title}: ${name}: CPU`,
      'ms',
      theirs.map(({ cpuMs }) => cpuMs),
    ),
    figure(
      `${title}: ${name} by ours: bytes`,
      '×',
      ratio(
        ({ bytes }) => bytes,
        ({ bytes }) => bytes,
      ),
    ),
    figure(
      `${title}: ${name} by ours: wall`,
      '×',
      ratio(
        ({ wallMs }) => wallMs,
        ({ wallMs }) => wallMs,
      ),
    ),
    figure(
      `${title}: ${name} by ours: CPU`,
      '×',
      ratio(
        ({ cpuMs }) => cpuMs,
        ({ cpuMs }) => cpuMs,
      ),
    ),
  ]
}
