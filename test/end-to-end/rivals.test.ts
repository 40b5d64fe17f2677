// Another writer pushes to the branch at the same moment, five times: nothing is lost on either side.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pushImage } from '../servers/image.ts'
import { chartFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=2s')
})
after(() => world.stop())

async function begin(name: string): Promise<string> {
  const image = world.image(name)
  await world.git.createRepository(name, {
    ...chartFiles('chart', { repository: image, tag: '0' }),
    'rivals/readme': 'the others\n',
  })
  await world.lendRepository(name)
  await pushImage(world.registry, name, '1.0.0')
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await world.policy(name, { image, strategy: 'semver', writeBack: { method: 'git' } })
  await world.until(name, 'at 1.0.0', ({ applications = [] }) => applications[0]?.written === '1.0.0')
  return `chart/.argocd-source-${name}.yaml`
}

/** Before each of the next pushes reaches git, somebody else's commit does. */
function race(name: string, times: number, changes: (round: number) => Promise<Record<string, string>>): () => number {
  let rounds = 0
  world.git.fault(async ({ method, service, path }) => {
    if (method !== 'POST' || service !== 'git-receive-pack' || !path.includes(name) || rounds === times)
      return undefined
    rounds += 1
    await world.git.commit(name, await changes(rounds), {
      message: `Rival ${rounds}`,
      author: 'Rival <rival@example.com>',
    })
    return undefined
  })
  return () => rounds
}

test('five lost races in a row: every commit of the rival and our change are in the final tree', async () => {
  const path = await begin('raced')
  const rounds = race('raced', 5, (round) => Promise.resolve({ [`rivals/${round}`]: `round ${round}\n` }))
  await pushImage(world.registry, 'raced', '1.1.0')
  await world.until('raced', 'at 1.1.0', ({ applications = [] }) => applications[0]?.written === '1.1.0')
  world.git.fault(undefined)
  assert.equal(rounds(), 5)
  for (let round = 1; round <= 5; round += 1)
    assert.equal(await world.git.readFile('raced', `rivals/${round}`), `round ${round}\n`)
  assert.match((await world.git.readFile('raced', path)) ?? '', /1\.1\.0/)
  const ours = (await world.git.log('raced')).filter(({ subject }) => subject.endsWith('to 1.1.0'))
  assert.equal(ours.length, 1)
  await world.git.fsck('raced')
})

test('a rival who changes the very key is not overwritten: the policy decides anew and holds', async () => {
  const path = await begin('contested')
  const before = (await world.git.readFile('contested', path)) ?? ''
  race('contested', 1, () => Promise.resolve({ [path]: before.replace('1.0.0', '2.0.0') }))
  await pushImage(world.registry, 'contested', '1.1.0')
  await world.until(
    'contested',
    'held',
    ({ pending }) => pending?.heldBy.some(({ gate }) => gate === 'Downgrade') === true,
  )
  world.git.fault(undefined)
  assert.match((await world.git.readFile('contested', path)) ?? '', /2\.0\.0/)
})
