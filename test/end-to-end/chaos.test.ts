// Everything around the operator fails, and it is killed, in an order drawn by chance: nothing is written twice, nothing goes back, nobody's commit is
// lost, and when it is over all comes right. Another order: CHAOS_SEED=<any integer>; a longer one: CHAOS_ROUNDS=<number>.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ImageUpdatePolicySpec, StrategyName } from '../../src/api/v1alpha1.ts'
import { startControlPlane, type StartedControlPlane } from '../servers/control-plane.ts'
import { createChaos, type Chaos } from './chaos.ts'
import { chartFiles, kustomizationFiles, startWorld, type World } from './world.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? 20_261_127)
const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 12)
const flags = ['--interval=1s']
const comesRightMs = 60_000
let cluster: StartedControlPlane
let world: World
let chaos: Chaos
before(async () => {
  cluster = await startControlPlane()
  world = await startWorld({ cluster })
  chaos = createChaos({ world, cluster, images, repositories, pushBranch, flags, seed })
})
after(async () => {
  await world.stop()
  await cluster.stop()
})

/** A policy for one Application of the same name. */
interface Case {
  readonly name: string
  readonly image: 'one' | 'two'
  readonly repository: 'config' | 'more' | 'asked'
  readonly strategy: StrategyName
  readonly writeBack: NonNullable<ImageUpdatePolicySpec['writeBack']>
  /** Beside the Application's manifests; none where git is not written to. */
  readonly file?: string
}

const pushBranch = 'updates'
const override = { method: 'git' } as const
const cases: readonly Case[] = [
  {
    name: 'a',
    image: 'one',
    repository: 'config',
    strategy: 'semver',
    writeBack: override,
    file: '.argocd-source-a.yaml',
  },
  {
    name: 'b',
    image: 'two',
    repository: 'config',
    strategy: 'latest',
    writeBack: override,
    file: '.argocd-source-b.yaml',
  },
  {
    name: 'c',
    image: 'one',
    repository: 'config',
    strategy: 'semver',
    writeBack: {
      method: 'git',
      git: { target: 'helmValues' },
      helm: [{ name: 'image.repository', tag: 'image.tag' }],
    },
    file: 'values.yaml',
  },
  {
    name: 'd',
    image: 'two',
    repository: 'more',
    strategy: 'semver',
    writeBack: { method: 'git', git: { target: 'kustomization' } },
    file: 'kustomization.yaml',
  },
  {
    name: 'e',
    image: 'two',
    repository: 'more',
    strategy: 'digest',
    writeBack: override,
    file: '.argocd-source-e.yaml',
  },
  { name: 'f', image: 'one', repository: 'more', strategy: 'semver', writeBack: { method: 'argocd' } },
  {
    name: 'g',
    image: 'one',
    repository: 'asked',
    strategy: 'semver',
    writeBack: { method: 'git', git: { pushBranch } },
    file: '.argocd-source-g.yaml',
  },
]
const repositories = ['config', 'more', 'asked'] as const
const images = ['one', 'two'] as const

test(`${rounds} times trouble, then all comes right (seed ${seed})`, async () => {
  await begin()
  const values = watchValue('f')
  try {
    for (let round = 0; round < rounds; round += 1) await chaos.trouble()
    for (const image of images) await chaos.publish(image)
    await comesRight()
    for (const one of cases) if (one.file !== undefined) assertHistory(one, await historyOf(one))
    for (const repository of repositories) await assertRepository(repository)
    assertHistory({ name: 'f', image: 'one', strategy: 'semver' }, await values.end())
  } catch (cause) {
    throw new Error(`after ${chaos.story()}`, { cause })
  } finally {
    await values.end()
  }
})

async function begin(): Promise<void> {
  for (const image of images) await chaos.publish(image)
  for (const repository of repositories) {
    const own = cases.filter((one) => one.repository === repository)
    await world.git.createRepository(repository, Object.assign({}, ...own.map(filesOf)) as Record<string, string>)
    await world.lendRepository(repository)
  }
  await world.operator.start(...flags)
  for (const { name, image, repository, strategy, writeBack } of cases) {
    const repoURL = world.git.repositoryUrl(repository)
    await world.application(name, { repoURL, path: name, targetRevision: 'main' })
    const constraints = strategy === 'digest' ? { tag: 'stable' } : { ignoreTags: ['stable'] }
    await world.policy(name, { image: world.image(image), strategy, constraints, writeBack })
  }
}

function filesOf({ name, image, file }: Case): Record<string, string> {
  const repository = world.image(image)
  return file === 'kustomization.yaml'
    ? kustomizationFiles(name, `${repository}:0.0.0`)
    : chartFiles(name, { repository, tag: '0.0.0' })
}

/** Values as they are written, the oldest build's first. */
function valuesOf({ image, strategy }: Pick<Case, 'image' | 'strategy'>): readonly string[] {
  return chaos.builds(image).map(({ tag, digest }) => (strategy === 'digest' ? `stable@${digest}` : tag))
}

async function comesRight(): Promise<void> {
  for (const one of cases) {
    const last = valuesOf(one).at(-1)
    if (one.writeBack.git?.pushBranch !== undefined) {
      await world.until(one.name, `${last} waits`, ({ applications: [a] = [] }) => a?.proposed === last, comesRightMs)
      await world.git.merge(one.repository, pushBranch, 'squash')
    }
    await world.until(one.name, `at ${last}`, ({ applications: [a] = [] }) => a?.written === last, comesRightMs)
  }
}

/** What stood in a case's file, from commit to commit of the branch. */
async function historyOf({ name, repository, file }: Case): Promise<readonly string[]> {
  const values: string[] = []
  let oid = await world.git.tip(repository)
  while (oid !== undefined) {
    const text = (await world.git.readFile(repository, `${name}/${file}`, oid)) ?? ''
    const value = /(?:value|tag|newTag): ['"]?(1\.\d+\.0|stable@sha256:\w+)/.exec(text)?.[1]
    if (value !== undefined && value !== values[0]) values.unshift(value)
    oid = /^parent (\w+)$/m.exec(await world.git.rawCommit(repository, oid))?.[1]
  }
  return values
}

/** Each build is newer than the one that stood before it, and the last is the newest. */
function assertHistory(one: Pick<Case, 'name' | 'image' | 'strategy'>, history: readonly string[]): void {
  const builds = history.map((value) => valuesOf(one).indexOf(value))
  const isRising = builds.every((build, index) => build > (builds[index - 1] ?? -1))
  assert.ok(isRising && builds.at(-1) === valuesOf(one).length - 1, `${one.name} went ${history.join(', ')}`)
}

/** No commit changes nothing, nobody's is lost, and git finds all whole. */
async function assertRepository(repository: (typeof repositories)[number]): Promise<void> {
  const log = await world.git.log(repository)
  const merges = /^Merge /
  for (const { subject, files } of log)
    assert.ok(files.length > 0 || merges.test(subject), `"${subject}" in ${repository} changes nothing`)
  const oids = new Set(log.map(({ oid }) => oid))
  const lost = chaos.peoples(repository).filter((oid) => !oids.has(oid))
  assert.deepEqual(lost, [], `people's commits that ${repository} has no more`)
  await world.git.fsck(repository)
}

/** Looks again and again at what an Application wants, and keeps what differs from the look before. */
function watchValue(name: string): { end(): Promise<readonly string[]> } {
  const values: string[] = []
  const stop = new AbortController()
  const look = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const application = await world.getApplication(name).catch(() => undefined)
      const value = application?.spec.source?.helm?.parameters?.find((each) => each.name === 'image.tag')?.value
      if (value !== undefined && value !== values.at(-1)) values.push(value)
      await pause(50)
    }
  }
  const looking = look()
  return {
    end: async () => {
      stop.abort()
      await looking
      return values
    },
  }
}
