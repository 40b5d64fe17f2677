// Push branches: what is written waits until a person merges it, whatever else people do with the branch.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=2s')
})
after(() => world.stop())

const pushTo = (pushBranch: string, git: object = {}): NonNullable<ImageUpdatePolicySpec['writeBack']> => ({
  method: 'git',
  git: { pushBranch, ...git },
})
const values = { target: 'helmValues' } as const

/** A chart at 0.9.0 with an image, and an Application of it. */
async function begin(name: string, tags: readonly string[]): Promise<string> {
  const image = world.image(name)
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.9.0' }))
  await world.lendRepository(name)
  await pushImage(world.registry, name, tags)
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  return image
}

const one = ({ applications = [] }: ImageUpdatePolicyStatus) => applications[0]
const waits = (name: string, value: string) =>
  world.until(name, `${value} waits to be merged`, (status) => {
    const gates = status.pending?.heldBy.map(({ gate }) => gate) ?? []
    return one(status)?.proposed === value && one(status)?.heldBy === 'Merge' && gates.includes('Merge')
  })
const isLive = (name: string, value: string) =>
  world.until(name, `${value} is live`, (status) => one(status)?.live === value && one(status)?.written === value)
const isReverted = (name: string) => world.until(name, 'held', (status) => one(status)?.heldBy === 'Reverted')
const tagAt = async (name: string, revision: string) =>
  /tag: "?([^"\n]+)/.exec((await world.git.readFile(name, 'chart/values.yaml', revision)) ?? '')?.[1]
const lookAgain = async (name: string, why: string) => {
  await world.patch('policy', name, { metadata: { annotations: { 'imageupdate.dev/requestedAt': why } } })
  await world.until(name, `a look ${why}`, (status) => status.lastHandledReconcileAt === why)
}
const beyond = async (name: string, branch: string) =>
  (await world.git.log(name, `main..${branch}`)).map(({ subject }) => subject)
const eventsOf = async (name: string, wanted: string) =>
  (await world.events(name)).filter(({ reason }) => reason === wanted).map(({ note }) => note)

/** Two policies, each for an Application of its own, whose changes wait on one push branch. */
async function beginShared(web: string, api: string): Promise<void> {
  const image = await begin(web, ['1.0.0'])
  const other = world.image(api)
  await world.git.commit(web, chartFiles('api', { repository: other, tag: '0.9.0' }))
  await pushImage(world.registry, api, '2.0.0')
  await world.application(api, { repoURL: world.git.repositoryUrl(web), path: 'api', targetRevision: 'main' })
  await world.policy(web, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
  await world.policy(api, { image: other, strategy: 'semver', writeBack: pushTo('updates', values) })
  await Promise.all([waits(web, '1.0.0'), waits(api, '2.0.0')])
}

suite('push branches', { concurrency: 4 }, () => {
  for (const way of ['merge', 'squash', 'rebase'] as const)
    test(`a commit on its branch waits, is merged (${way}), and is followed until it is live; then the next`, async () => {
      const name = `way-${way}`
      const branch = `image-updates/${name}`
      const image = await begin(name, ['1.0.0'])
      const before = await world.git.tip(name, 'main')
      await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('image-updates/{{ .AppName }}') })
      await waits(name, '1.0.0')
      const { status } = await world.untilReady(name, 'Held')
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')
      assert.equal(ready?.status, 'True')
      assert.match(ready.message, new RegExp(`1\\.0\\.0 is on branch ${branch} and waits to be merged into main`))
      assert.deepEqual(status?.pending, { tag: '1.0.0', heldBy: [{ gate: 'Merge', applications: name }] })
      assert.deepEqual([one(status ?? {})?.current, one(status ?? {})?.live], [undefined, undefined])
      assert.equal(await world.git.tip(name, 'main'), before, 'the base is left to people')
      assert.match(
        (await eventsOf(name, 'Updated'))[0] ?? '',
        new RegExp(`on branch ${branch}, to be merged into main`),
      )

      await world.git.merge(name, branch, way)
      await isLive(name, '1.0.0')
      assert.equal((await world.getPolicy(name)).status?.pending, undefined)
      await waitFor('the event of the merge', async () => (await eventsOf(name, 'Merged'))[0])

      await pushImage(world.registry, name, '1.1.0')
      await waits(name, '1.1.0')
      assert.deepEqual(await beyond(name, branch), [`Update ${image} to 1.1.0`])
      await world.git.merge(name, branch, way)
      await isLive(name, '1.1.0')
      await world.git.fsck(name)
    })

  test('a branch that is merged and taken away by the server is no rollback, and the next begins anew', async () => {
    const name = 'auto-deleted'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
    await waits(name, '1.0.0')
    await world.git.merge(name, 'updates', 'squash')
    await world.git.deleteBranch(name, 'updates')
    await isLive(name, '1.0.0')
    await world.untilReady(name, 'UpToDate')
    await pushImage(world.registry, name, '1.1.0')
    await waits(name, '1.1.0')
    assert.deepEqual(await eventsOf(name, 'Reverted'), [])
  })

  test('a branch that can no longer be merged, on a server that lets nobody rewrite it, is told and pushed to no more', async () => {
    const name = 'strict'
    const image = await begin(name, ['1.0.0'])
    await world.git.configure(name, 'receive.denyNonFastForwards', 'true')
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
    await waits(name, '1.0.0')
    const waiting = await world.git.tip(name, 'updates')
    await world.git.commit(name, chartFiles('chart', { repository: image, tag: '0.9.5' }))
    const isTold = () =>
      world.until(name, 'it is told', (status) => /lets nobody rewrite the branch/.test(one(status)?.message ?? ''))
    await isTold()
    const pushes = () =>
      world.git.requests().filter((each) => each.repository === name && each.service === 'git-receive-pack').length
    const before = pushes()
    await lookAgain(name, 'now that it is known')
    await isTold()
    assert.deepEqual([pushes() - before, await world.git.tip(name, 'updates')], [0, waiting])
    await pushImage(world.registry, name, '1.1.0')
    await waits(name, '1.1.0')
    assert.equal((await beyond(name, 'updates')).length, 2)
  })

  test('a branch on which only carried-over entries were made equal, and that somebody deleted, is not made again', async () => {
    const name = 'unrepaired'
    const image = await begin(name, ['1.0.0'])
    const setReplicas = (value: string) =>
      world.patch('application', name, {
        spec: { source: { helm: { parameters: [{ name: 'replicas', value }] } } },
      })
    await setReplicas('3')
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates') })
    await waits(name, '1.0.0')
    await world.git.merge(name, 'updates', 'merge')
    await world.git.deleteBranch(name, 'updates')
    await isLive(name, '1.0.0')
    await setReplicas('5')
    await waitFor('the branch that mends it', () => world.git.tip(name, 'updates'))
    await lookAgain(name, 'while it waits')
    await world.git.deleteBranch(name, 'updates')
    await lookAgain(name, 'after it was deleted')
    assert.equal(await world.git.tip(name, 'updates'), undefined)
  })

  test('a branch that is deleted without being merged is held, until something newer or a new resumedAt', async () => {
    const name = 'deleted'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
    await waits(name, '1.0.0')
    await world.git.deleteBranch(name, 'updates')
    const { status } = await isReverted(name)
    assert.match(one(status ?? {})?.message ?? '', /1\.0\.0 was on branch updates, which somebody deleted before/)
    await waitFor('the event', async () => (await eventsOf(name, 'Reverted'))[0])
    assert.equal(await world.git.tip(name, 'updates'), undefined)
    await pushImage(world.registry, name, '1.1.0')
    await waits(name, '1.1.0')
    await world.git.deleteBranch(name, 'updates')
    await isReverted(name)
    await world.patch('policy', name, { metadata: { annotations: { 'imageupdate.dev/resumedAt': 'now' } } })
    await waits(name, '1.1.0')
    assert.deepEqual([await tagAt(name, 'updates'), await tagAt(name, 'main')], ['1.1.0', '0.9.0'])
  })

  test('a person’s commit on the branch is kept when a newer tag comes; one that takes ours back is heeded', async () => {
    const name = 'kept'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
    await waits(name, '1.0.0')
    const theirs = await world.git.commit(name, { 'notes.md': 'mine' }, { branch: 'updates', message: 'Notes' })
    await world.git.commit(name, { other: 'the base moves on' })
    await pushImage(world.registry, name, '1.1.0')
    await waits(name, '1.1.0')
    const log = await world.git.log(name, 'updates')
    assert.deepEqual([log[0]?.subject, log[1]?.oid], [`Update ${image} to 1.1.0`, theirs])
    const text = (await world.git.readFile(name, 'chart/values.yaml', 'updates')) ?? ''
    await world.git.commit(name, { 'chart/values.yaml': text.replace('1.1.0', '0.9.0') }, { branch: 'updates' })
    const { status } = await isReverted(name)
    assert.match(one(status ?? {})?.message ?? '', /1\.1\.0 was on branch updates, and somebody took it back there/)
    assert.equal(await tagAt(name, 'updates'), '0.9.0')
    await pushImage(world.registry, name, '1.2.0')
    await waits(name, '1.2.0')
    await world.git.merge(name, 'updates', 'merge')
    await isLive(name, '1.2.0')
    assert.equal(await world.git.readFile(name, 'notes.md'), 'mine')
  })

  test('a newer tag while the first waits is one more commit; a base that changes the value has the branch made anew', async () => {
    const name = 'newer'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
    await waits(name, '1.0.0')
    await pushImage(world.registry, name, '1.1.0')
    await waits(name, '1.1.0')
    assert.deepEqual(await beyond(name, 'updates'), [`Update ${image} to 1.1.0`, `Update ${image} to 1.0.0`])
    const text = (await world.git.readFile(name, 'chart/values.yaml')) ?? ''
    await world.git.commit(name, { 'chart/values.yaml': text.replace('0.9.0', '0.9.1') })
    await waitFor('the branch stands on the base as it is now', async () => {
      const subjects = await beyond(name, 'updates')
      return subjects.length === 1 ? subjects : undefined
    })
    await world.git.merge(name, 'updates', 'merge')
    await isLive(name, '1.1.0')
  })

  test('what is undone on the base after it was merged is held there', async () => {
    const name = 'undone'
    const image = await begin(name, ['1.0.0'])
    await world.policy(name, { image, strategy: 'semver', writeBack: pushTo('updates', values) })
    await waits(name, '1.0.0')
    await world.git.merge(name, 'updates', 'merge')
    await isLive(name, '1.0.0')
    const text = (await world.git.readFile(name, 'chart/values.yaml')) ?? ''
    await world.git.commit(name, { 'chart/values.yaml': text.replace('1.0.0', '0.9.0') })
    await isReverted(name)
    await world.patch('application', name, { metadata: { annotations: { 'imageupdate.dev/resumedAt': 'now' } } })
    await waits(name, '1.0.0')
    await world.git.merge(name, 'updates', 'merge')
    await isLive(name, '1.0.0')
    assert.equal(await tagAt(name, 'main'), '1.0.0')
  })

  test('two policies on one branch share it: each adds its own, and both are merged together', async () => {
    const [web, api] = ['shared-web', 'shared-api']
    await beginShared(web, api)
    // The base takes away what one of them changes: the branch begins anew, and the other finds its way back.
    const text = (await world.git.readFile(web, 'chart/values.yaml')) ?? ''
    await world.git.commit(web, { 'chart/values.yaml': text.replace('0.9.0', '0.9.1') })
    await waitFor('both are on the new branch', async () => {
      // What is read of the branch counts only once it is the new one.
      if ((await world.git.log(web, 'updates..main')).length > 0) return undefined
      const values = await world.git.readFile(web, 'api/values.yaml', 'updates')
      return values?.includes('2.0.0') === true && (await tagAt(web, 'updates')) === '1.0.0'
    })
    await world.git.merge(web, 'updates', 'merge')
    await Promise.all([isLive(web, '1.0.0'), isLive(api, '2.0.0')])
    assert.deepEqual([...(await eventsOf(web, 'Reverted')), ...(await eventsOf(api, 'Reverted'))], [])
  })

  test('what was on a branch that somebody deleted stays held when another policy makes the branch again', async () => {
    const [web, api] = ['again-web', 'again-api']
    await beginShared(web, api)
    await world.git.deleteBranch(web, 'updates')
    await Promise.all([isReverted(web), isReverted(api)])
    await pushImage(world.registry, api, '2.1.0')
    await waits(api, '2.1.0')
    const seen = await world.git.tip(web, 'updates')
    await world.patch('policy', web, { metadata: { annotations: { 'imageupdate.dev/requestedAt': 'now' } } })
    await world.until(web, 'another look', ({ lastHandledReconcileAt }) => lastHandledReconcileAt === 'now')
    const { status } = await isReverted(web)
    assert.equal(one(status ?? {})?.takenBack, true)
    assert.deepEqual([await world.git.tip(web, 'updates'), await tagAt(web, 'updates')], [seen, '0.9.0'])
  })

  const refusals: readonly [name: string, pushBranch: string, reason: string, says: RegExp][] = [
    ['base-itself', '{{ .Labels.branch }}', 'BranchUnknown', /comes to "main", which is the branch to merge into/],
    ['no-label', '{{ .Labels.team }}', 'BranchUnknown', /has no label team, which writeBack\.git\.pushBranch needs/],
    ['not-ours', 'production', 'GitAuthFailed', /branch production is there and was not begun by the operator/],
  ]
  for (const [name, pushBranch, reason, says] of refusals)
    test(`refused and said: ${name}`, async () => {
      const image = await begin(name, ['1.0.0'])
      await world.git.commit(name, { 'notes.md': 'live' }, { branch: 'production' })
      const tips = async () => await Promise.all(['main', 'production'].map((branch) => world.git.tip(name, branch)))
      const before = await tips()
      await world.patch('application', name, { metadata: { labels: { branch: 'main' } } })
      await world.policy(name, { image, strategy: 'semver', writeBack: pushTo(pushBranch, values) })
      const { status } = await world.untilReady(name, reason)
      assert.match(status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '', says)
      assert.deepEqual(await tips(), before)
    })
})
