// Nothing new for three intervals: no write to the API server, one tag list a repository and interval whoever names it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pushImage } from '../servers/image.ts'
import { chartFiles, startWorld, type World } from './world.ts'

const intervalMs = 3_000
const writeBacks = {
  argocd: { method: 'argocd' },
  git: { method: 'git' },
  push: { method: 'git', git: { pushBranch: 'image-updates/{{ .AppName }}' } },
} as const
const counts = { argocd: 2, git: 10, push: 2 } as const
let world: World
before(async () => {
  world = await startWorld()
})
after(() => world.stop())

test('three intervals with nothing new write nothing and ask each repository once an interval', async () => {
  await world.lendRepository('config')
  const repositories = ['api', 'web']
  const policies = repositories.flatMap((image) =>
    Object.entries(counts).flatMap(([way, count]) =>
      Array.from({ length: count }, (_, n) => ({
        image,
        way: way as keyof typeof writeBacks,
        name: `${image}-${way}-${n}`,
      })),
    ),
  )
  const files = Object.assign(
    {},
    ...policies.map(({ name, image }) => chartFiles(name, { repository: world.image(image), tag: '0' })),
  ) as Record<string, string>
  await world.git.createRepository('config', files)
  for (const image of repositories) await pushImage(world.registry, image, ['1.0.0', '1.1.0'])
  for (const { name } of policies)
    await world.application(
      name,
      { repoURL: world.git.repositoryUrl('config'), path: name, targetRevision: 'main' },
      { compared: false },
    )
  await world.operator.start(`--interval=${intervalMs / 1000}s`)
  for (const { name, image, way } of policies)
    await world.policy(name, { image: world.image(image), strategy: 'semver', writeBack: writeBacks[way] })
  for (const { name, way } of policies)
    await world.until(
      name,
      'up to date and live, or waiting to be merged',
      ({ applications: [application] = [], conditions = [] }) =>
        way === 'push'
          ? conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Held')
          : application?.live === '1.1.0' &&
            application.health === 'Healthy' &&
            conditions.some(({ reason }) => reason === 'UpToDate'),
    )
  // What a write leaves to do (following it until it is live) is over with the interval in which it became live.
  await pause(intervalMs)

  const since = new Date()
  world.registry.clearRequests()
  world.git.clearRequests()
  await pause(3 * intervalMs)
  const until = Date.now()
  const git = world.git.requests()

  const writes = (await world.cluster.auditLog(since)).filter(
    ({ user, verb }) =>
      user.username.endsWith(`${world.namespace}:image-update-operator`) && !['get', 'list', 'watch'].includes(verb),
  )
  assert.deepEqual(
    writes.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
    [],
  )
  const asked = world.registry.requests().filter(({ receivedAt }) => receivedAt.getTime() <= until)
  assert.ok(
    asked.every(({ path }) => path.includes('/tags/list')),
    'nothing but tag lists is asked',
  )
  for (const image of repositories) {
    const lists = asked.filter(({ path }) => path.startsWith(`/v2/${image}/tags/list`)).length
    assert.ok(lists >= 2 && lists <= 4, `${lists} tag lists of ${image} in three intervals, of fourteen policies`)
  }
  // Of git only the tips are asked, for all twenty-four that write there.
  assert.deepEqual(
    new Set(git.map(({ service, command }) => `${service} ${command}`)),
    new Set(['git-upload-pack ls-refs']),
  )
  assert.ok(git.length >= 2 && git.length <= 8, `${git.length} requests to git in three intervals`)
})
