// Digests beside tags, and instead of them: for every strategy, in one key or in two, by patch and by commit.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { parse } from 'yaml'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { pushImage } from '../servers/image.ts'
import { chartFiles, kustomizationFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=2s')
})
after(() => world.stop())

interface Row {
  readonly strategy: ImageUpdatePolicySpec['strategy']
  readonly constraints?: NonNullable<ImageUpdatePolicySpec['constraints']>
  readonly tag: string
  readonly writeBack: NonNullable<ImageUpdatePolicySpec['writeBack']>
  /** What stands there in the end: parameters of Helm, or one image of Kustomize. */
  readonly wanted: (image: string, digest: string) => readonly (readonly [name: string, value: string])[]
}

const both = [{ tag: 'image.tag', digest: 'image.digest' }]

const rows: readonly Row[] = [
  {
    strategy: 'semver',
    tag: '1.0.0',
    writeBack: { digest: 'withTag' },
    wanted: (_, digest) => [['image.tag', `1.0.0@${digest}`]],
  },
  {
    strategy: 'latest',
    tag: 'build',
    writeBack: { digest: 'withTag', helm: both },
    wanted: (_, digest) => [
      ['image.tag', 'build'],
      ['image.digest', digest],
    ],
  },
  {
    strategy: 'digest',
    constraints: { tag: 'main' },
    tag: 'main',
    writeBack: { digest: 'only', helm: [{ digest: 'image.digest' }] },
    wanted: (_, digest) => [['image.digest', digest]],
  },
  {
    strategy: 'name',
    tag: '2026-01-01',
    writeBack: { digest: 'only', helm: [{ spec: 'image.spec' }] },
    wanted: (image, digest) => [['image.spec', `${image}@${digest}`]],
  },
  {
    strategy: 'numerical',
    tag: '7',
    writeBack: { digest: 'withTag', method: 'git' },
    wanted: (image, digest) => [['kustomize', `${image}:7@${digest}`]],
  },
]

suite('digests are written', { concurrency: true }, () => {
  for (const [index, row] of rows.entries())
    test(`strategy ${row.strategy}, digest: ${row.writeBack.digest}`, async () => {
      const name = `digest-${index}`
      const image = world.image(name)
      const { digest } = await pushImage(world.registry, name, row.tag, { created: new Date() })
      await link(name, image, row)
      await world.policy(name, {
        image,
        strategy: row.strategy,
        writeBack: row.writeBack,
        ...(row.constraints === undefined ? {} : { constraints: row.constraints }),
      })
      await world.until(name, 'written', ({ applications = [] }) => applications[0]?.written?.includes(digest) === true)
      assert.deepEqual(await written(name, row), row.wanted(image, digest))
      await world.untilReady(name, 'UpToDate')
    })
})

test('a version tag that is pushed anew is told, and what was chosen stays', async () => {
  const name = 'moved'
  const image = world.image(name)
  const { digest } = await pushImage(world.registry, name, '1.0.0', { seed: 'first' })
  const row = { ...rows[0], writeBack: { digest: 'withTag' } } as Row
  await link(name, image, row)
  await world.policy(name, { image, strategy: 'semver', writeBack: row.writeBack })
  await world.untilReady(name, 'UpToDate')
  const moved = await pushImage(world.registry, name, '1.0.0', { seed: 'second' })
  // Where a tag points to is asked again once an hour, or by a process that has just started.
  await world.operator.stop()
  await world.operator.start('--interval=2s')
  const { status } = await world.until(
    name,
    'told',
    ({ evaluation }) => evaluation?.note?.includes(moved.digest) === true,
  )
  assert.equal(status?.evaluation?.note, `tag 1.0.0 points to ${moved.digest} now; ${digest}, which was chosen, stays`)
  assert.deepEqual(await written(name, row), [['image.tag', `1.0.0@${digest}`]])
})

async function link(name: string, image: string, { writeBack }: Row): Promise<void> {
  const kustomize = writeBack.method === 'git'
  const files = kustomize ? kustomizationFiles('app', `${image}:0`) : chartFiles('app', { repository: image, tag: '0' })
  await world.git.createRepository(name, files)
  await world.lendRepository(name)
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'app', targetRevision: 'main' })
}

async function written(name: string, { writeBack }: Row): Promise<readonly (readonly [string, string])[]> {
  if (writeBack.method === 'git') {
    const text = (await world.git.readFile(name, `app/.argocd-source-${name}.yaml`)) ?? ''
    const { kustomize } = parse(text) as { kustomize: { images: readonly string[] } }
    return kustomize.images.map((each) => ['kustomize', each])
  }
  const { spec } = await world.getApplication(name)
  return (spec.source?.helm?.parameters ?? []).map((parameter) => [parameter.name, parameter.value])
}
