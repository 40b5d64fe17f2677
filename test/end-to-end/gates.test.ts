// What may not be chosen yet waits, says for what, and is written when it may; over restarts, and beside what people have undone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Gate, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { deleteTag, pushImage } from '../servers/image.ts'
import { chartFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=1s')
})
after(() => world.stop())

const both = ['linux/amd64', 'linux/arm64']

/** An Application that desires `tag` of an image of its own name. */
async function desire(name: string, tag: string): Promise<string> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0' }))
  await world.application(name, {
    repoURL: world.git.repositoryUrl(name),
    path: 'chart',
    helm: { parameters: [{ name: 'image.tag', value: tag, forceString: true }] },
  })
  return image
}

async function valueOf(name: string): Promise<string | undefined> {
  const { spec } = await world.getApplication(name)
  return spec.source?.helm?.parameters?.find((parameter) => parameter.name === 'image.tag')?.value
}

const holdOf = ({ pending }: ImageUpdatePolicyStatus, gate: Gate) => pending?.heldBy.find((each) => each.gate === gate)
const seconds = (time: string | undefined): number => Date.parse(time ?? '') / 1000

test('minAge: a new tag waits, a restart does not make it wait anew, and then it is written', async () => {
  const name = 'young'
  const image = await desire(name, '1.0.0')
  await pushImage(world.registry, name, ['1.0.0', '0.9.0'])
  await world.policy(name, { image, strategy: 'semver', constraints: { minAge: '8s' } })
  await world.untilReady(name, 'UpToDate')
  await pushImage(world.registry, name, '1.1.0')

  const waiting = await world.until(name, '1.1.0 waits', (status) => holdOf(status, 'MinAge') !== undefined)
  const until = isTold(waiting.status ?? {})
  assert.equal(await valueOf(name), '1.0.0')

  await world.operator.kill()
  await world.operator.start('--interval=1s')
  const { status } = await world.until(name, 'written', ({ current }) => current?.tag === '1.1.0')
  const [written] = status?.history ?? []
  assert.equal(await valueOf(name), '1.1.0')
  const late = seconds(written?.time) - seconds(until)
  assert.ok(late >= 0 && late <= 4, `written ${late} s after it was old enough`)
  assert.deepEqual([status?.pending, status?.firstSeen], [undefined, []])
})

/** That 1.1.0 waits for 8 s; answers until when. */
function isTold({ pending, firstSeen, conditions, chosen, evaluation }: ImageUpdatePolicyStatus): string | undefined {
  const until = holdOf({ ...(pending && { pending }) }, 'MinAge')?.until
  const ages = firstSeen?.map(({ tag, time }) => [tag, seconds(until) - seconds(time)])
  assert.deepEqual(ages, [['1.1.0', 8]])
  assert.deepEqual([pending?.tag, chosen?.tag], ['1.1.0', '1.0.0'])
  assert.deepEqual([conditions?.[0]?.reason, evaluation?.rejected?.[0]?.reason], ['Held', 'TooYoung'])
  return until
}

test('minAge: a policy on an Application that is behind begins its clock', async () => {
  const name = 'behind'
  const image = await desire(name, '1.0.0')
  await pushImage(world.registry, name, ['1.0.0', '1.1.0'])
  await world.policy(name, { image, strategy: 'semver', constraints: { minAge: '2s' } })
  await world.until(name, '1.1.0 waits', (status) => holdOf(status, 'MinAge') !== undefined)
  await world.until(name, 'written', ({ current }) => current?.tag === '1.1.0')
})

test('platforms: a tag is passed over until its image is there for all of them', async () => {
  const name = 'partial'
  const image = await desire(name, '0.9.0')
  await pushImage(world.registry, name, '1.0.0', { platforms: both })
  await pushImage(world.registry, name, '1.1.0', { platforms: ['linux/amd64'] })
  await world.policy(name, { image, strategy: 'semver', constraints: { platforms: both } })
  const { status } = await world.until(name, '1.0.0 is written', ({ current }) => current?.tag === '1.0.0')
  assert.deepEqual([status?.pending?.tag, status?.pending?.heldBy], ['1.1.0', [{ gate: 'Platforms' }]])
  assert.deepEqual(status?.evaluation?.rejected, [{ reason: 'PlatformMissing', count: 1, examples: ['1.1.0'] }])

  await pushImage(world.registry, name, '1.1.0', { platforms: both })
  await world.until(
    name,
    '1.1.0 is written',
    ({ current, pending }) => current?.tag === '1.1.0' && pending === undefined,
  )
})

test('a list that lost most of its tags is believed when the next scan agrees', async () => {
  const name = 'shrunk'
  const image = await desire(name, '0.9.0')
  const tags = Array.from({ length: 10 }, (_, index) => `1.0.${index}`)
  await pushImage(world.registry, name, tags)
  await world.policy(name, { image, strategy: 'semver', interval: '3s' })
  await world.until(name, 'written', ({ current }) => current?.tag === '1.0.9')
  for (const tag of tags.slice(2)) await deleteTag(world.registry, name, tag)

  const doubted = await world.until(name, 'doubted', (status) => holdOf(status, 'ScanSuspicious') !== undefined)
  const { chosen, evaluation, conditions } = doubted.status ?? {}
  assert.deepEqual([chosen?.tag, evaluation?.tags], ['1.0.9', 10])
  assert.match(conditions?.[0]?.message ?? '', /^the repository had 10 tags and has \d now: not believed/)
  // What is left then ranks below what stands there.
  const agreed = await world.until(name, 'agreed', (status) => holdOf(status, 'Downgrade') !== undefined)
  assert.deepEqual([agreed.status?.chosen?.tag, agreed.status?.evaluation?.tags], ['1.0.1', 2])
  assert.equal(await valueOf(name), '1.0.9')
})

test('a rollback is held while something newer waits, and ends with it', async () => {
  const name = 'undone'
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0' }))
  await world.lendRepository(name)
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await pushImage(world.registry, name, ['1.0.0', '1.1.0'])
  await world.policy(name, {
    image,
    strategy: 'semver',
    constraints: { minAge: '6s' },
    writeBack: { method: 'git' },
  })
  await world.until(name, '1.1.0 is written', ({ current }) => current?.tag === '1.1.0')
  const file = `chart/.argocd-source-${name}.yaml`
  const text = await world.git.readFile(name, file)
  await world.git.commit(name, { [file]: (text ?? '').replace('1.1.0', '1.0.0') }, { message: 'Back to 1.0.0' })
  await world.until(name, 'held', (status) => holdOf(status, 'Reverted') !== undefined)

  await pushImage(world.registry, name, '1.2.0')
  const { status } = await world.until(name, 'both wait', (one) => holdOf(one, 'MinAge') !== undefined)
  assert.deepEqual(
    status?.pending?.heldBy.map(({ gate }) => gate),
    ['MinAge', 'Reverted'],
  )
  assert.deepEqual([status.pending.tag, status.chosen?.tag, status.current?.tag], ['1.2.0', '1.1.0', '1.0.0'])
  await world.until(
    name,
    '1.2.0 is written',
    ({ current, pending }) => current?.tag === '1.2.0' && pending === undefined,
  )
})
