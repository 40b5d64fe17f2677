// Each strategy by each write-back method: from the policy to the written value, the status, the printed columns, the event.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { StrategyName, ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { pushImage } from '../servers/image.ts'
import { chartFiles, kustomizationFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=5s')
})
after(() => world.stop())

interface Row {
  readonly strategy: StrategyName
  readonly constraints: ImageUpdatePolicySpec['constraints']
  /** Tags in the order in which they are pushed; each is a build of its own, a day younger than the one before. */
  readonly tags: readonly string[]
  /** What is written, given the digests by tag. */
  readonly wanted: (digests: ReadonlyMap<string, string>) => string
}

const rows: readonly Row[] = [
  {
    strategy: 'semver',
    constraints: { version: '^1.0' },
    tags: ['1.0.0', '1.10.0', '1.9.0', '2.0.0', 'latest'],
    wanted: () => '1.10.0',
  },
  {
    strategy: 'latest',
    constraints: { allowTags: '^sha-' },
    tags: ['sha-ffff', 'sha-aaaa', 'main'],
    wanted: () => 'sha-aaaa',
  },
  {
    strategy: 'digest',
    constraints: { tag: 'main' },
    tags: ['1.0.0', 'main'],
    wanted: (digests) => `main@${digests.get('main') ?? ''}`,
  },
  {
    strategy: 'name',
    constraints: { allowTags: '^gh-' },
    tags: ['gh-0009', 'gh-0010', 'latest'],
    wanted: () => 'gh-0010',
  },
  { strategy: 'numerical', constraints: {}, tags: ['9', '10', 'x'], wanted: () => '10' },
]

const webSource = 'https://git.example.com/acme/web'

async function push(repository: string, tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>()
  for (const [index, tag] of tags.entries()) {
    const { digest } = await pushImage(world.registry, repository, tag, {
      created: new Date(Date.UTC(2026, 0, index + 1)),
      seed: tag,
      labels: { 'org.opencontainers.image.source': webSource, 'org.opencontainers.image.revision': `r${index}` },
    })
    digests.set(tag, digest)
  }
  return digests
}

suite('strategy by method', { concurrency: true }, () => {
  for (const row of rows) testsOf(row)
})

function testsOf({ strategy, constraints, tags, wanted }: Row): void {
  test(`${strategy} is patched into the Application (method argocd)`, async () => {
    const name = `${strategy}-argocd`
    const image = world.image(name)
    await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: tags[0] ?? '' }))
    const digests = await push(name, tags)
    await world.application(name, {
      repoURL: world.git.repositoryUrl(name),
      path: 'chart',
      helm: { parameters: [{ name: 'replicas', value: '3' }] },
    })
    await world.policy(name, { image, strategy, constraints: constraints ?? {} })
    const value = wanted(digests)
    await world.until(name, `written ${value}`, ({ applications = [] }) => applications[0]?.written === value)
    const { spec } = await world.getApplication(name)
    assert.deepEqual(spec.source?.helm?.parameters, [
      { name: 'replicas', value: '3' },
      { name: 'image.tag', value, forceString: true },
    ])
    await settled(name, image, value)
  })

  test(`${strategy} is committed beside the kustomization (method git)`, async () => {
    const name = `${strategy}-git`
    const image = world.image(name)
    await world.git.createRepository(name, kustomizationFiles('app', `${image}:${tags[0] ?? ''}`))
    const digests = await push(name, tags)
    await world.lendRepository(name)
    await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'app', targetRevision: 'main' })
    await world.policy(name, { image, strategy, constraints: constraints ?? {}, writeBack: { method: 'git' } })
    const value = wanted(digests)
    await world.until(name, `written ${value}`, ({ applications = [] }) => applications[0]?.written === value)
    const text = (await world.git.readFile(name, `app/.argocd-source-${name}.yaml`)) ?? ''
    assert.match(text, /^#/)
    assert.ok(text.includes(`${image}:${value}`), text)
    const [commit, ...others] = await world.git.log(name)
    assert.equal(commit?.subject, `Update ${image} to ${shortened(value)}`)
    assert.deepEqual(commit.files, [`app/.argocd-source-${name}.yaml`])
    assert.equal(others.length, 1)
    // Only this one has the images looked at.
    assert.equal(commit.body.includes(`, built from ${webSource} at r`), strategy === 'latest', commit.body)
    const { status } = await settled(name, image, value)
    assert.equal(status?.applications?.[0]?.revision, commit.oid)
  })
}

/** What status, columns and events say of a write once the image is live. */
async function settled(name: string, image: string, value: string) {
  const short = shortened(value)
  const policy = await world.until(
    name,
    'up to date and live',
    ({ conditions = [], applications = [] }) =>
      conditions.some(({ type, reason }) => type === 'Ready' && reason === 'UpToDate') &&
      applications[0]?.live === value,
  )
  assertStatus(policy, { name, value, short })
  const columns = await world.printed(name)
  assert.deepEqual(
    ['Image', 'Current', 'Chosen', 'Ready', 'Reason'].map((column) => columns.get(column)),
    [image, short, short, 'True', 'UpToDate'],
  )
  const events = (await world.events(name)).filter(({ reason }) => reason === 'Updated')
  assert.equal(events.length, 1)
  assert.equal(events[0]?.type, 'Normal')
  assert.ok(events[0].note.includes(name) && events[0].note.includes(value), events[0].note)
  return policy
}

type Policy = Awaited<ReturnType<World['getPolicy']>>

function assertStatus({ status = {}, metadata }: Policy, at: { name: string; value: string; short: string }): void {
  const { current, chosen, linked, conditions = [], observedGeneration, history } = status
  assert.deepEqual([current?.image, chosen?.image, linked], [at.short, at.short, at.name])
  assert.deepEqual(
    conditions.map(({ type, status: is }) => `${type}=${is}`),
    ['Ready=True', 'ImageResolved=True', 'ApplicationsResolved=True', 'WrittenBack=True'],
  )
  assert.equal(observedGeneration, metadata.generation)
  assert.deepEqual(
    history?.map(({ to }) => to),
    [at.value],
  )
}

const shortened = (value: string): string => value.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+/, '$1')
