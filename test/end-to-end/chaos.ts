import { setTimeout as pause } from 'node:timers/promises'
import type { StartedControlPlane } from '../servers/control-plane.ts'
import type { Fault } from '../servers/counting-proxy.ts'
import type { GitFault } from '../servers/git-server.ts'
import { pushImage } from '../servers/image.ts'
import type { World } from './world.ts'

/** What may go wrong, and with whose images and repositories. */
export interface ChaosOptions {
  readonly world: World
  readonly cluster: StartedControlPlane
  readonly images: readonly string[]
  readonly repositories: readonly string[]
  /** The branch that people merge, or delete, in the repositories that have it. */
  readonly pushBranch: string
  /** What the operator is started with. */
  readonly flags: readonly string[]
  /** Equal seeds give equal orders. */
  readonly seed: number
}

/** Trouble by chance. */
export interface Chaos {
  /** Lets two things happen at once, and builds meanwhile; then ends them. Throws when the operator has ended by itself. */
  trouble(): Promise<void>
  /** Publishes the next build of an image: tags `1.<n>.0` and `stable`. */
  publish(image: string): Promise<void>
  /** The builds of an image so far, the oldest first. */
  builds(image: string): readonly Build[]
  /** The commits that people made in a repository. */
  peoples(repository: string): readonly string[]
  /** What has happened, for the words of a failure. */
  story(): string
}

/** One build of an image. */
export interface Build {
  readonly tag: string
  readonly digest: string
}

/** Something begins; what it gives ends it. */
type Trouble = () => Promise<() => unknown>

const longestMs = 3_000
const html = { 'content-type': 'text/html' }
const json = { 'content-type': 'application/json' }

const registryFaults: readonly Fault[] = [
  { kind: 'cut' },
  { kind: 'delay', milliseconds: 400 },
  { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
  { kind: 'answer', status: 404 },
  { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'answer', status: 500 },
  { kind: 'answer', status: 200, headers: html, body: '<html>a log-in page</html>' },
  { kind: 'answer', status: 200, headers: json, body: '{"tags":["1.0' },
  // A list that has shrunk is a list: what is gone may be chosen no more, but nothing goes back for it.
  { kind: 'answer', status: 200, headers: json, body: '{"tags":["1.0.0"]}' },
]
const gitFaults: readonly GitFault[] = [
  { kind: 'cut' },
  { kind: 'answer', status: 401 },
  { kind: 'answer', status: 503 },
  { kind: 'answer', status: 200, body: 'a log-in page' },
  { kind: 'loseAnswer' },
  { kind: 'loseAnswer', bytes: 200 },
]

/** Prepares it; nothing has been published yet. */
export function createChaos({ world, cluster, images, repositories, pushBranch, flags, seed }: ChaosOptions): Chaos {
  const chance = chanceOf(seed)
  // How often others ask must not change what happens next.
  const coin = chanceOf(seed + 1)
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T
  const builds = new Map<string, Build[]>(images.map((image) => [image, []]))
  const peoples = new Map<string, string[]>(repositories.map((repository) => [repository, []]))
  const happened: string[] = []

  async function publish(image: string): Promise<void> {
    const all = builds.get(image) ?? []
    const tag = `1.${all.length}.0`
    const created = new Date(Date.UTC(2026, 0, 1, 0, all.length))
    const { digest } = await pushImage(world.registry, image, [tag, 'stable'], { created, seed: image })
    all.push({ tag, digest })
    happened.push(`${image} ${tag}`)
  }

  async function note(repository: string): Promise<void> {
    const all = peoples.get(repository) ?? []
    all.push(await world.git.commit(repository, { [`notes/${all.length}.md`]: 'A note.\n' }, { message: 'Add a note' }))
  }

  const troubles: readonly (readonly [name: string, trouble: Trouble])[] = [
    ["a person's commit", async () => over(await note(oneOf(repositories)))],
    // There may be no branch, or one that can't be merged any more.
    ...(['merge', 'squash', 'rebase'] as const).map(
      (way) => [way, async () => over(await onBranch((each) => world.git.merge(each, pushBranch, way)))] as const,
    ),
    ['a deleted branch', async () => over(await onBranch((each) => world.git.deleteBranch(each, pushBranch)))],
    ...registryFaults.map((fault) => [`registry: ${JSON.stringify(fault)}`, stumbling(world.registry, fault)] as const),
    ...gitFaults.map((fault) => [`git: ${JSON.stringify(fault)}`, stumbling(world.git, fault)] as const),
    ['no registry', absent(world.registry)],
    ['no git', absent(world.git)],
    ['no API server', absent({ stopServing: cluster.stopApiServer, startServing: cluster.startApiServer })],
    ['kill -9', restarted(() => world.operator.kill())],
    ['an orderly restart', restarted(() => world.operator.stop())],
  ]
  let left: typeof troubles = []
  let starting: Promise<void> = Promise.resolve()

  async function onBranch(change: (repository: string) => Promise<void>): Promise<void> {
    await Promise.all(repositories.map((repository) => change(repository).catch(() => undefined)))
  }

  function stumbling<F>(server: { fault(choose: (() => F | undefined) | undefined): void }, fault: F): Trouble {
    return async () => {
      server.fault(() => (coin() < 0.7 ? fault : undefined))
      return () => server.fault(undefined)
    }
  }

  function restarted(end: () => Promise<unknown>): Trouble {
    return async () => {
      await starting
      await end()
      // It may take until something else has come back.
      starting = world.operator.start(...flags)
      starting.catch(() => undefined)
      return () => starting
    }
  }

  /** Each once, before one comes again. */
  function draw(): (typeof troubles)[number] {
    if (left.length === 0)
      left = troubles
        .map((each) => ({ each, at: chance() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ each }) => each)
    const [next, ...others] = left
    left = others
    return next as (typeof troubles)[number]
  }

  async function trouble(): Promise<void> {
    if (!world.operator.isRunning()) throw new Error(`the operator has ended by itself:\n${world.operator.log()}`)
    const ends = []
    for (const [name, begin] of [draw(), draw()]) {
      happened.push(name)
      ends.push(await begin())
      await pause((chance() * longestMs) / 4)
      if (chance() < 0.7) await publish(oneOf(images))
    }
    await pause(chance() * longestMs)
    // At once: the operator is not ready before the API server is.
    await Promise.all(ends.map((end) => end()))
  }

  return {
    trouble,
    publish,
    builds: (image) => builds.get(image) ?? [],
    peoples: (repository) => peoples.get(repository) ?? [],
    story: () => happened.join(', '),
  }
}

/** What can be taken away and given back. */
interface Part {
  readonly stopServing: () => Promise<void>
  readonly startServing: () => Promise<void>
}

function absent({ stopServing, startServing }: Part): Trouble {
  return async () => {
    await stopServing()
    return startServing
  }
}

/** What is over as soon as it has happened. */
function over(_happened?: unknown): () => undefined {
  return () => undefined
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32, https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    const half = Math.imul(state ^ (state >>> 15), 1 | state)
    const whole = (half + Math.imul(half ^ (half >>> 7), 61 | half)) ^ half
    return ((whole ^ (whole >>> 14)) >>> 0) / 2 ** 32
  }
}
