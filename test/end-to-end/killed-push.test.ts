// kill -9 at each step of a push, again and again: never a second commit for the same change, never a lost one, nothing broken.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import type { GitFault } from '../servers/git-server.ts'
import type { GitRequest } from '../servers/git/request-log.ts'
import { gitEnvironment, runGit } from '../servers/git/command.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, startWorld, type World } from './world.ts'

const kills = 20
const repository = 'config'
const flags = ['--interval=1h']
const signs = temporaryFolder('signs')
let world: World
before(async () => {
  world = await startWorld()
})
after(async () => {
  await world.stop()
  await signs.remove()
})

/** A step of a push, and how the operator is killed just there: by the server, which knows where it is. */
interface Step {
  readonly name: string
  readonly at: (request: GitRequest) => boolean
  readonly fault: (kill: () => Promise<void>) => Promise<GitFault | undefined>
  /** Whether the push is done all the same; undefined: git decides. */
  readonly arrives: boolean | undefined
}

const isRead = ({ service, step }: GitRequest): boolean => service === 'git-upload-pack' && step === 'exchange'
const isPush = ({ service, step }: GitRequest): boolean => service === 'git-receive-pack' && step === 'exchange'
const killThenCut: Step['fault'] = async (kill) => {
  await kill()
  return { kind: 'cut' }
}

const steps: readonly Step[] = [
  { name: 'before the branch is read', at: isRead, fault: killThenCut, arrives: false },
  { name: 'when the push has begun and git has not seen it', at: isPush, fault: killThenCut, arrives: false },
  {
    name: 'when git has half of the pack',
    at: isPush,
    fault: async (done) => ({ kind: 'loseAnswer', bytes: 300, done }),
    arrives: false,
  },
  {
    name: 'when the objects are there and the branch has not moved, and git ends with its client',
    at: isPush,
    fault: async (kill) => void (await atHook(kill)),
    arrives: undefined,
  },
  {
    name: 'when the objects are there and the branch has not moved, and git goes on',
    at: isPush,
    fault: async (kill) => ({ kind: 'loseAnswer', done: await atHook(kill) }),
    arrives: true,
  },
  {
    name: 'when the branch has moved and nobody was told',
    at: isPush,
    fault: async (done) => ({ kind: 'loseAnswer', done }),
    arrives: true,
  },
  // After a step that needed no second push: else this server has been asked already.
  {
    name: 'before the push, when it asks what the server can do',
    at: ({ service, step }) => service === 'git-receive-pack' && step === 'refs',
    fault: killThenCut,
    arrives: false,
  },
  {
    name: 'as soon as the branch has moved',
    at: isPush,
    fault: async (kill) => {
      afterMove(kill, await world.git.tip(repository))
      return undefined
    },
    arrives: true,
  },
]

/** Kills while git's hook waits; resolves at once to what waits for that. */
async function atHook(kill: () => Promise<void>): Promise<() => Promise<void>> {
  // Names of its own each time: a hook may outlive its client, and looks for its own sign to go on.
  const sign = join(signs.path, randomUUID())
  const script = `#!/bin/sh\ntouch '${sign}.waits'\nwhile [ ! -e '${sign}.go' ]; do sleep 0.02; done\n`
  await world.git.hook(repository, 'pre-receive', script)
  const killed = waitFor('git is in its hook', () => existsSync(`${sign}.waits`))
    .then(kill)
    .finally(() => writeFileSync(`${sign}.go`, ''))
  return () => killed
}

function afterMove(kill: () => Promise<void>, before: string | undefined): void {
  void waitFor('the branch has moved', async () => (await world.git.tip(repository)) !== before).then(kill)
}

/** Publishes a version, and resolves when the operator has been killed at this step of pushing it. */
async function killAt(step: Step, version: string): Promise<void> {
  let armed = true
  let killed = false
  const kill = async (): Promise<void> => {
    await world.operator.kill()
    killed = true
  }
  world.git.fault((request) => {
    if (!armed || !step.at(request)) return undefined
    armed = false
    return step.fault(kill)
  })
  await pushImage(world.registry, 'web', version)
  await world.patch('policy', 'web', { metadata: { annotations: { 'imageupdate.dev/requestedAt': version } } })
  await waitFor(`the operator is killed ${step.name}`, () => killed)
  world.git.fault(undefined)
}

/** Has git look through everything that the killed operator has left in its cache folder; how many repositories these are. */
async function fsckCache(): Promise<number> {
  const cache = world.operator.cacheFolder
  const names = await readdir(cache, { recursive: true })
  const folders = names.filter((name) => basename(name) === 'HEAD').map((name) => join(cache, dirname(name)))
  for (const folder of folders)
    await runGit(['fsck', '--full', '--strict'], { folder, environment: gitEnvironment(signs.path) })
  return folders.length
}

const isWritten = (version: string) =>
  world.until('web', `at ${version}`, ({ applications = [] }) => applications[0]?.written === version, 30_000)

const versionInGit = async (): Promise<string | undefined> =>
  /value: "?([\d.]+)"?/.exec((await world.git.readFile(repository, 'chart/.argocd-source-web.yaml')) ?? '')?.[1]

/** How many commits say that they changed the Application to a version. */
async function commitsTo(version: string): Promise<number> {
  const log = await world.git.log(repository)
  return log.filter(({ body }) => new RegExp(`^Image-Update: .*/web ${version}$`, 'm').test(body)).length
}

async function begin(): Promise<void> {
  const image = world.image('web')
  await world.git.createRepository(repository, chartFiles('chart', { repository: image, tag: '0.0.0' }))
  await world.lendRepository(repository)
  await pushImage(world.registry, 'web', '1.0.0')
  const repoURL = world.git.repositoryUrl(repository)
  await world.application('web', { repoURL, path: 'chart', targetRevision: 'main' })
  // Its second start, and so all that follow, takes half the time.
  await world.operator.start()
  await world.operator.stop()
  await world.operator.start(...flags)
  await world.policy('web', { image, strategy: 'semver', writeBack: { method: 'git' } })
  await isWritten('1.0.0')
}

test(`killed ${kills} times while it pushes: each change is in one commit, and everything is whole`, async () => {
  await begin()
  let cached = 0
  for (let count = 1; count <= kills; count += 1) {
    const step = steps[(count - 1) % steps.length]
    if (step === undefined) continue
    const version = `1.0.${count}`
    const said = `${version}: ${step.name}`
    await killAt(step, version)
    // What git has taken in it finishes by itself.
    if (step.arrives === true) await waitFor(said, async () => (await versionInGit()) === version)
    if (step.arrives === false) assert.notEqual(await versionInGit(), version, said)
    cached += await fsckCache()
    await world.git.hook(repository, 'pre-receive', undefined)
    await world.operator.start(...flags)
    await isWritten(version)
    assert.equal(await versionInGit(), version, said)
    assert.equal(await commitsTo(version), 1, said)
    await world.git.fsck(repository)
  }
  assert.ok(cached >= kills / 2, `${cached} repositories in caches were looked through`)
  assert.equal((await world.git.log(repository)).length, kills + 2)
})
