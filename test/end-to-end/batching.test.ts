// Two policies and forty Applications in one git repository, one new tag: one commit, one push.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pushImage } from '../servers/image.ts'
import { chartFiles, startWorld, type World } from './world.ts'

const names = Array.from({ length: 40 }, (_, index) => `web-${String(index).padStart(2, '0')}`)
let world: World
before(async () => {
  world = await startWorld()
})
after(() => world.stop())

test('one new tag for forty Applications of two policies is one commit and one push', async () => {
  const image = world.image('web')
  const files = Object.assign(
    {},
    ...names.map((name) => chartFiles(`apps/${name}`, { repository: image, tag: '1.0.0' })),
  ) as Record<string, string>
  await world.git.createRepository('config', files)
  await pushImage(world.registry, 'web', '1.0.0')
  for (const name of names)
    await world.application(
      name,
      { repoURL: world.git.repositoryUrl('config'), path: `apps/${name}`, targetRevision: 'main' },
      { compared: false },
    )
  await world.lendRepository('config')
  await world.operator.start('--interval=3s')
  for (const half of ['0', '2'])
    await world.policy(`policy-${half}`, {
      image,
      strategy: 'semver',
      applications: [{ name: `web-[${half}${Number(half) + 1}]*` }],
      writeBack: { method: 'git' },
    })
  const all = (value: string) => async (): Promise<void> => {
    for (const half of ['0', '2'])
      await world.until(
        `policy-${half}`,
        `twenty at ${value}`,
        ({ applications = [] }) => applications.filter(({ written }) => written === value).length === 20,
      )
  }
  await all('1.0.0')()
  const before = (await world.git.log('config')).length
  world.git.clearRequests()
  world.registry.clearRequests()
  await pushImage(world.registry, 'web', '1.1.0')
  await all('1.1.0')()
  const log = await world.git.log('config')
  assert.equal(log.length, before + 1)
  assert.equal(log[0]?.subject, `Update ${image} to 1.1.0`)
  assert.equal(log[0].files.length, 40)
  assert.equal(
    world.git.requests().filter(({ method, service }) => method === 'POST' && service === 'git-receive-pack').length,
    1,
  )
  for (const name of names)
    assert.match(
      (await world.git.readFile('config', `apps/${name}/.argocd-source-${name}.yaml`)) ?? '',
      /value: "?1\.1\.0"?/,
    )
  await world.git.fsck('config')
})
