import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LaneEdit } from '../../../src/git/lanes/plan-commits.ts'
import { openGit, setTag, startGitWorld } from '../world.ts'
import { propose, pushBranch as branch } from './propose.ts'

const { server, git, access } = await startGitWorld()

/** Has an edit committed, as the operator does: after a look. */
async function submit(name: string, edit: LaneEdit) {
  await git.tip(access(name), 'main', { notBefore: Infinity, beside: branch })
  return await git.submit(access(name), 'main', edit)
}

/** What the server says of the push branch at its tip, and how often it was pushed to since. */
async function isFixed(name: string) {
  const tip = (await server.tip(name, branch)) ?? ''
  const { fixed } = await git.standing(access(name), tip, { base: 'main', push: branch })
  return fixed
}
const pushes = (name: string) =>
  server
    .requests()
    .filter(
      ({ repository, service, step }) => repository === name && service === 'git-receive-pack' && step === 'exchange',
    ).length
const subjects = async (name: string) => (await server.log(name, `main..${branch}`)).map(({ subject }) => subject)

const noRewriting = `#!/bin/sh
while read old new ref; do
  case $old in 0000*) continue;; esac
  git merge-base --is-ancestor $old $new || { echo "no rewriting here" >&2; exit 1; }
done`
const strict: readonly [by: string, forbid: (name: string) => Promise<void>][] = [
  ['hook', (name) => server.hook(name, 'pre-receive', noRewriting)],
  ['setting', (name) => server.configure(name, 'receive.denyNonFastForwards', 'true')],
]
for (const [by, forbid] of strict) {
  test(`a server that lets nobody rewrite, by a ${by}, gets the commit on top, and is not asked again`, async () => {
    const name = `strict-${by}`
    await server.createRepository(name, { a: 'tag: 1\n' })
    await forbid(name)
    await submit(name, propose('a', '2', { base: '1' }))
    assert.equal(await isFixed(name), false)
    await server.commit(name, { other: 'x' })
    assert.equal((await submit(name, propose('a', '3', { base: '1', seen: '2' }))).kind, 'pushed')
    assert.deepEqual([(await subjects(name)).length, await isFixed(name)], [2, true])
    await server.commit(name, { other: 'y' })
    const before = pushes(name)
    assert.equal((await submit(name, propose('a', '4', { base: '1', seen: '3' }))).kind, 'pushed')
    assert.deepEqual([(await subjects(name)).length, await isFixed(name), pushes(name) - before], [3, true, 1])
  })

  test(`a branch that can no longer be merged, nor be rewritten by a ${by}: one push is refused, and none comes after it`, async () => {
    const name = `overtaken-${by}`
    await server.createRepository(name, { a: 'tag: 1\n' })
    await forbid(name)
    await submit(name, propose('a', '2', { base: '1' }))
    await server.commit(name, { a: 'tag: 1.5\n' })
    const again = () => submit(name, propose('a', '2', { base: '1.5', seen: '2' }))
    const before = pushes(name)
    assert.equal((await again()).kind, 'unchanged')
    const refused = pushes(name) - before
    assert.equal((await again()).kind, 'unchanged')
    assert.deepEqual([refused > 0, pushes(name) - before, await isFixed(name)], [true, refused, true])
    await server.commit(name, { notes: 'mine' }, { branch })
    assert.equal(await isFixed(name), false, 'what was refused was to take away another commit')
  })
}

test('a server that refuses whatever is pushed has said nothing of rewriting', async () => {
  const name = 'closed'
  await server.createRepository(name, { a: 'tag: 1\n' })
  await submit(name, propose('a', '2', { base: '1' }))
  await server.commit(name, { other: 'x' })
  await server.hook(name, 'pre-receive', '#!/bin/sh\necho "closed for the night"; exit 1')
  const edit = () => submit(name, propose('a', '3', { base: '1', seen: '2' }))
  await assert.rejects(edit(), { reason: 'PushRejected', message: /closed for the night/ })
  assert.equal(await isFixed(name), false)
  await server.hook(name, 'pre-receive', undefined)
  assert.equal((await edit()).kind, 'pushed')
  assert.equal((await subjects(name)).length, 1, 'it begins anew, for nobody minds')
})

test('nor has one that refuses one of several commits on a branch that has been merged', async () => {
  const name = 'picky'
  await server.createRepository(name, { a: 'tag: 1\n', b: 'tag: 1\n' })
  await submit(name, propose('a', '2', { base: '1' }))
  await server.merge(name, branch, 'merge')
  await server.hook(
    name,
    'pre-receive',
    '#!/bin/sh\nread old new ref; git log --format=%ae $old..$new | grep -q bad@ && { echo "not bad"; exit 1; }; exit 0',
  )
  await git.tip(access(name), 'main', { notBefore: Infinity, beside: branch })
  const style = { author: { name: 'Bad', email: 'bad@example.com' } }
  const results = await Promise.allSettled([
    git.submit(access(name), 'main', propose('a', '3', { base: '2', seen: '2' })),
    git.submit(access(name), 'main', { ...propose('b', '2', { base: '1', seen: '1', application: 'api' }), style }),
  ])
  assert.deepEqual([...results.map(({ status }) => status), await isFixed(name)], ['fulfilled', 'rejected', false])
})

test('a branch that git can’t keep beside another is refused, and not tried for ever', async () => {
  await server.createRepository('beside', { a: 'tag: 1\n' })
  await server.commit('beside', { notes: 'x' }, { branch: 'image-updates' })
  await assert.rejects(submit('beside', propose('a', '2', { base: '1' })), {
    reason: 'PushRejected',
    message: /does not let branch image-updates\/web be made/,
  })
})

for (const [what, at, edit] of [
  ['a branch to be made', branch, () => propose('a', '2', { base: '1' })],
  ['a branch that is there', 'main', () => setTag('a', '2', { from: '1' })],
] as const)
  test(`a lock that a crash left on the server, for ${what}, is told as what it is`, async () => {
    const name = `locked-${at.replace('/', '-')}`
    await server.createRepository(name, { a: 'tag: 1\n' })
    const unlock = await server.lockBranch(name, at)
    await assert.rejects(submit(name, edit()), {
      reason: 'PushRejected',
      message: new RegExp(`keeps branch ${at} locked: .*refs/heads/${at}\\.lock`),
    })
    assert.ok(pushes(name) < 12)
    await unlock()
    assert.equal((await submit(name, edit())).kind, 'pushed')
  })

test('a lock that goes away while it is tried, as that of another push does, is no obstacle', async () => {
  const name = 'locked-briefly'
  await server.createRepository(name, { a: 'tag: 1\n' })
  const unlock = await server.lockBranch(name, 'main')
  let count = 0
  server.fault(async ({ repository, service, step }) => {
    if (repository === name && service === 'git-receive-pack' && step === 'exchange' && (count += 1) === 3)
      await unlock()
    return undefined
  })
  const own = openGit()
  assert.equal((await own.submit(access(name), 'main', setTag('a', '2', { from: '1' }))).kind, 'pushed')
  server.fault(undefined)
  await own.close()
})
