import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMark } from '../../../src/core/git/branch-mark.ts'
import type { LaneEdit } from '../../../src/git/lanes/plan-commits.ts'
import type { MergeWay } from '../../servers/git/merge.ts'
import { openGit, setTag, startGitWorld, startSshWorld } from '../world.ts'
import { propose, pushBranch } from './propose.ts'

const dropped: string[] = []
const { server, git, access } = await startGitWorld({
  git: { onDropped: (policies) => void dropped.push(...policies) },
})
const branch = pushBranch
/** Has an edit committed, as the operator does: after a look. */
async function submit(name: string, edit: LaneEdit) {
  await git.tip(access(name), 'main', { notBefore: Infinity, beside: edit.push?.branch })
  return await git.submit(access(name), 'main', edit)
}
const tags = async (name: string, revision: string, paths = ['a']) =>
  await Promise.all(paths.map(async (path) => (await server.readFile(name, path, revision))?.slice(5).trim()))
const subjects = async (name: string, revision = branch) =>
  (await server.log(name, `main..${revision}`)).map(({ subject }) => subject)

test('a push branch begins at its base, and the base stays as it is', async () => {
  const begin = await server.createRepository('begun', { a: 'tag: 1\n' })
  assert.equal((await submit('begun', propose('a', '2', { base: '1' }))).kind, 'pushed')
  assert.deepEqual([await tags('begun', 'main'), await tags('begun', branch)], [['1'], ['2']])
  const [commit] = await server.log('begun', branch)
  const { seal, ...mark } = parseMark(commit?.body ?? '') ?? {}
  assert.deepEqual([mark, seal?.length], [{ branch, base: 'main', fork: begin }, 16])
  assert.equal((await submit('begun', propose('a', '3', { base: '1', seen: '2' }))).kind, 'pushed')
  assert.deepEqual(await subjects('begun'), ['Update example.com/web to 3', 'Update example.com/web to 2'])
  await server.fsck('begun')
})

test('edits for one branch, of several Applications, are one commit and one push', async () => {
  await server.createRepository('shared', { a: 'tag: 1\n', b: 'tag: 1\n' })
  server.clearRequests()
  const edits = [propose('a', '2', { base: '1' }), propose('b', '2', { base: '1', application: 'api' })]
  const results = await Promise.all(edits.map((edit) => git.submit(access('shared'), 'main', edit)))
  assert.ok(results.every(({ kind }) => kind === 'pushed'))
  assert.equal((await subjects('shared')).length, 1)
  const pushes = server.requests().filter(({ service, step }) => service === 'git-receive-pack' && step === 'exchange')
  assert.equal(pushes.length, 1)
})

test('what does not share a commit elsewhere does not here: two commits, one push, and both are known as ours', async () => {
  await server.createRepository('apart', { a: 'tag: 1\n', b: 'tag: 1\n' })
  const apart = (edit: LaneEdit, by: string): LaneEdit => ({ ...edit, style: { apart: by } })
  server.clearRequests()
  await Promise.all([
    git.submit(access('apart'), 'main', apart(propose('a', '2', { base: '1' }), 'web')),
    git.submit(access('apart'), 'main', apart(propose('b', '2', { base: '1', application: 'api' }), 'api')),
  ])
  const pushes = server.requests().filter(({ service, step }) => service === 'git-receive-pack' && step === 'exchange')
  assert.deepEqual([(await subjects('apart')).length, pushes.length], [2, 1])
  const base = await server.commit('apart', { a: 'tag: 1.5\n' })
  await submit('apart', propose('a', '2', { base: '1.5', seen: '2' }))
  assert.equal((await server.log('apart', branch))[1]?.oid, base)
})

test('each push branch, and the base itself, is a lane of its own', async () => {
  await server.createRepository('lanes', { a: 'tag: 1\n', b: 'tag: 1\n', c: 'tag: 1\n' })
  await Promise.all([
    submit('lanes', propose('a', '2', { on: 'one' })),
    submit('lanes', propose('b', '2', { on: 'two' })),
    submit('lanes', setTag('c', '2')),
  ])
  const all = ['a', 'b', 'c']
  const [one, two] = [await tags('lanes', 'one', all), await tags('lanes', 'two', all)]
  assert.deepEqual(
    [one.slice(0, 2), two.slice(0, 2), await tags('lanes', 'main', all)],
    [
      ['2', '1'],
      ['1', '2'],
      ['1', '1', '2'],
    ],
  )
})

for (const way of ['merge', 'fast-forward', 'squash', 'rebase'] as const satisfies readonly MergeWay[])
  test(`after it was merged (${way}) and left behind, the branch begins anew and can be merged again`, async () => {
    const name = `merged-${way}`
    await server.createRepository(name, { a: 'tag: 1\n', b: 'tag: 1\n' })
    await submit(name, propose('a', '2', { base: '1' }))
    await submit(name, propose('b', '2', { base: '1', application: 'api' }))
    await server.merge(name, branch, way)
    if (way !== 'fast-forward') await server.commit(name, { other: 'x' })
    assert.equal((await submit(name, propose('a', '3', { base: '2', seen: '2' }))).kind, 'pushed')
    assert.deepEqual(await subjects(name), ['Update example.com/web to 3'])
    await server.merge(name, branch, way)
    assert.deepEqual(await tags(name, 'main', ['a', 'b']), ['3', '2'])
    await server.fsck(name)
  })

test('what was merged and taken back on the base since is not proposed again with something else', async () => {
  await server.createRepository('taken-back', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await submit('taken-back', propose('a', '2', { base: '1' }))
  await submit('taken-back', propose('b', '2', { base: '1', application: 'api' }))
  await server.merge('taken-back', branch, 'merge')
  await server.commit('taken-back', { b: 'tag: 1\n' })
  await submit('taken-back', propose('a', '3', { base: '2', seen: '2' }))
  assert.deepEqual(await tags('taken-back', branch, ['a', 'b']), ['3', '1'])
})

test('nor with what the base has not touched: a branch that has been merged holds nothing any more', async () => {
  await server.createRepository('all-merged', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await submit('all-merged', propose('b', '2', { base: '1', application: 'api' }))
  await server.commit('all-merged', { notes: 'mine' }, { branch, message: 'Notes' })
  await server.merge('all-merged', branch, 'merge')
  await server.commit('all-merged', { b: 'tag: 1\n' })
  await submit('all-merged', propose('a', '2', { base: '1', seen: '1' }))
  assert.deepEqual(await tags('all-merged', branch, ['a', 'b']), ['2', '1'])
  assert.deepEqual(await subjects('all-merged'), ['Update example.com/web to 2'])
})

test('a base that has moved on elsewhere: commits on a branch that others share go on top', async () => {
  await server.createRepository('moved-on', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await submit('moved-on', propose('a', '2', { base: '1' }))
  await submit('moved-on', propose('b', '2', { base: '1', application: 'api' }))
  await server.commit('moved-on', { other: 'x' })
  await submit('moved-on', propose('a', '3', { base: '1', seen: '2' }))
  assert.equal((await subjects('moved-on')).length, 3)
  await server.merge('moved-on', branch, 'merge')
  assert.deepEqual(await tags('moved-on', 'main', ['a', 'b']), ['3', '2'])
})

test('what waits for another source of the same Application is something else', async () => {
  await server.createRepository('sources', { a: 'tag: 1\n', b: 'tag: 1\n' })
  const of = (source: number, edit: LaneEdit): LaneEdit => {
    const { change } = edit
    return { ...edit, change: { ...change, application: { ...change.application, source } } }
  }
  await submit('sources', of(0, propose('a', '2', { base: '1' })))
  await submit('sources', of(1, propose('b', '2', { base: '1' })))
  await server.commit('sources', { other: 'x' })
  await submit('sources', of(0, propose('a', '3', { base: '1', seen: '2' })))
  assert.deepEqual(await tags('sources', branch, ['a', 'b']), ['3', '2'])
})

test('a base that has moved on: a branch that holds nothing else is made anew on it', async () => {
  await server.createRepository('alone', { a: 'tag: 1\n' })
  await submit('alone', propose('a', '2', { base: '1' }))
  const base = await server.commit('alone', { other: 'x' })
  await submit('alone', propose('a', '3', { base: '1', seen: '2' }))
  const [commit, parent] = await server.log('alone', branch)
  assert.deepEqual([commit?.subject, parent?.oid], ['Update example.com/web to 3', base])
})

test('a base that has changed the same file: the branch begins anew, and who loses a change by it is told', async () => {
  await server.createRepository('overtaken', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await submit('overtaken', propose('a', '2', { base: '1' }))
  await submit('overtaken', propose('b', '2', { base: '1', application: 'api' }))
  await server.commit('overtaken', { a: 'tag: 1.5\n' })
  dropped.length = 0
  // The branch says it already, and can't be merged: it is written again.
  assert.equal((await submit('overtaken', propose('a', '2', { base: '1.5', seen: '2' }))).kind, 'pushed')
  assert.deepEqual([await tags('overtaken', branch, ['a', 'b']), dropped], [['2', '1'], ['argocd/policy']])
  await submit('overtaken', propose('b', '2', { base: '1', seen: '1', application: 'api' }))
  await server.merge('overtaken', branch, 'merge')
  assert.deepEqual(await tags('overtaken', 'main', ['a', 'b']), ['2', '2'])
})

test('a person’s commit on the branch stays, wherever the base goes', async () => {
  await server.createRepository('kept', { a: 'tag: 1\n' })
  await submit('kept', propose('a', '2', { base: '1' }))
  const theirs = await server.commit('kept', { notes: 'mine' }, { branch, message: 'Notes' })
  await server.commit('kept', { a: 'tag: 1 # said here\n' })
  assert.equal((await submit('kept', propose('a', '3', { base: '1', seen: '2' }))).kind, 'pushed')
  const [commit, below] = await server.log('kept', branch)
  assert.deepEqual([commit?.subject, below?.oid], ['Update example.com/web to 3', theirs])
  assert.equal(parseMark(commit?.body ?? '')?.fork, undefined, 'and never will it be rewritten by what we add')
  await submit('kept', propose('a', '4', { base: '1', seen: '3' }))
  assert.deepEqual(await subjects('kept'), [
    'Update example.com/web to 4',
    'Update example.com/web to 3',
    'Notes',
    'Update example.com/web to 2',
  ])
})

test('a branch of somebody else’s that is there already is added to', async () => {
  await server.createRepository('theirs', { a: 'tag: 1\n' })
  await server.commit('theirs', { notes: 'mine' }, { branch, message: 'Notes' })
  await server.commit('theirs', { other: 'x' })
  await submit('theirs', propose('a', '2', { base: '1', seen: '1' }))
  assert.deepEqual(await subjects('theirs'), ['Update example.com/web to 2', 'Notes'])
})

test('a branch that somebody else has begun since the look is not pushed to with what was lent, and is by others', async () => {
  await server.createRepository('lent', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await git.tip(access('lent'), 'main', { notBefore: Infinity, beside: branch })
  const theirs = await server.commit('lent', { notes: 'mine' }, { branch, message: 'Notes' })
  const late = openGit()
  const lent = () => propose('a', '2', { base: '1', onlyOurs: true })
  assert.equal((await late.submit(access('lent'), 'main', lent())).kind, 'moved')
  assert.equal(await server.tip('lent', branch), theirs)
  const own = propose('b', '2', { base: '1', application: 'api' })
  const results = await Promise.all([lent(), own].map((edit) => late.submit(access('lent'), 'main', edit)))
  await late.close()
  assert.deepEqual(
    [...results.map(({ kind }) => kind), ...(await tags('lent', branch, ['a', 'b']))],
    ['moved', 'pushed', '1', '2'],
  )
})

test('a branch that was made of the base’s own commits is somebody else’s, too', async () => {
  await server.createRepository('lent-bare', { a: 'tag: 1\n' })
  await server.commit('lent-bare', { notes: 'mine' }, { branch, message: 'Notes' })
  await server.merge('lent-bare', branch, 'fast-forward')
  const result = await submit('lent-bare', propose('a', '2', { base: '1', onlyOurs: true }))
  assert.deepEqual([result.kind, await tags('lent-bare', branch)], ['moved', ['1']])
})

test('what was lent pushes to a branch of ours that somebody else has committed to', async () => {
  await server.createRepository('lent-ours', { a: 'tag: 1\n' })
  await submit('lent-ours', propose('a', '2', { base: '1', onlyOurs: true }))
  await server.commit('lent-ours', { notes: 'mine' }, { branch, message: 'Notes' })
  const edit = propose('a', '3', { base: '1', seen: '2', onlyOurs: true })
  assert.deepEqual([(await submit('lent-ours', edit)).kind, await tags('lent-ours', branch)], ['pushed', ['3']])
})

test('a person who commits while the branch is being made anew loses nothing', async () => {
  await server.createRepository('raced', { a: 'tag: 1\n' })
  await submit('raced', propose('a', '2', { base: '1' }))
  await server.commit('raced', { other: 'x' })
  let isFirst = true
  server.fault(async ({ repository, service, step }) => {
    if (repository !== 'raced' || service !== 'git-receive-pack' || step !== 'exchange' || !isFirst) return undefined
    isFirst = false
    await server.commit('raced', { notes: 'mine' }, { branch, message: 'Notes' })
    return undefined
  })
  assert.equal((await submit('raced', propose('a', '3', { base: '1', seen: '2' }))).kind, 'pushed')
  server.fault(undefined)
  assert.deepEqual(await subjects('raced'), ['Update example.com/web to 3', 'Notes', 'Update example.com/web to 2'])
})

test('a branch that was taken away since it was looked at is not made again: it is decided anew', async () => {
  await server.createRepository('taken-away', { a: 'tag: 1\n' })
  await submit('taken-away', propose('a', '2', { base: '1' }))
  await server.deleteBranch('taken-away', branch)
  const late = openGit()
  const result = await late.submit(access('taken-away'), 'main', propose('a', '3', { base: '1', seen: '2' }))
  await late.close()
  assert.deepEqual([result.kind, await server.tip('taken-away', branch)], ['moved', undefined])
})

test('a branch that somebody else has begun meanwhile is added to', async () => {
  await server.createRepository('both', { a: 'tag: 1\n', b: 'tag: 1\n' })
  const other = openGit()
  await git.tip(access('both'), 'main', { notBefore: 0, beside: branch })
  await other.submit(access('both'), 'main', propose('b', '2', { base: '1', application: 'api' }))
  assert.equal((await submit('both', propose('a', '2', { base: '1' }))).kind, 'pushed')
  assert.deepEqual(await tags('both', branch, ['a', 'b']), ['2', '2'])
  await other.close()
})

test('a branch that waits for another base is left alone, also where both begin it at the same moment', async () => {
  await server.createRepository('bases', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await server.commit('bases', { a: 'tag: 0\n' }, { branch: 'dev' })
  const results = await Promise.all([
    git.submit(access('bases'), 'main', propose('a', '2', { base: '1' })),
    git.submit(access('bases'), 'dev', propose('b', '2', { base: '1', application: 'api' })),
  ])
  assert.deepEqual(results.map(({ kind }) => kind).toSorted(), ['pushed', 'refused'])
  const refused = results.find((result) => result.kind === 'refused')
  assert.equal(refused?.reason, 'BranchUnknown')
  assert.match(refused.message, /^branch image-updates\/web waits to be merged into (dev, not main|main, not dev): /)
  assert.equal(
    (await server.log('bases', `main..${branch}`)).filter(({ subject }) => subject.startsWith('Update')).length,
    1,
  )
})

test('a branch that waited for another base and has been merged into this one begins anew', async () => {
  const name = 'base-renamed'
  await server.createRepository(name, { a: 'tag: 1\n' })
  await submit(name, propose('a', '2', { base: '1' }))
  await server.merge(name, branch, 'merge')
  await server.commit(name, { other: 'x' }, { branch: 'trunk' })
  await git.tip(access(name), 'trunk', { notBefore: Infinity, beside: branch })
  assert.equal((await git.submit(access(name), 'trunk', propose('a', '3', { base: '2', seen: '2' }))).kind, 'pushed')
  assert.deepEqual((await server.log(name, `trunk..${branch}`)).length, 1)
})

test('a push whose answer is lost is found: one commit', async () => {
  await server.createRepository('lost', { a: 'tag: 1\n' })
  let count = 0
  server.fault(({ repository, service, step }) => {
    if (repository !== 'lost' || service !== 'git-receive-pack' || step !== 'exchange') return undefined
    count += 1
    return count === 1 ? { kind: 'loseAnswer' } : undefined
  })
  assert.equal((await submit('lost', propose('a', '2', { base: '1' }))).kind, 'pushed')
  server.fault(undefined)
  assert.deepEqual([(await subjects('lost')).length, count], [1, 1])
})

test('over SSH: begun, made anew, and a person’s commit kept', async () => {
  const ssh = await startSshWorld()
  await ssh.server.createRepository('config', { a: 'tag: 1\n' })
  const push = async (edit: LaneEdit) => {
    await ssh.git.tip(ssh.access('config'), 'main', { notBefore: Infinity, beside: branch })
    return await ssh.git.submit(ssh.access('config'), 'main', edit)
  }
  await push(propose('a', '2', { base: '1' }))
  await ssh.server.commit('config', { other: 'x' })
  await push(propose('a', '3', { base: '1', seen: '2' }))
  await ssh.server.commit('config', { notes: 'mine' }, { branch, message: 'Notes' })
  await push(propose('a', '4', { base: '1', seen: '3' }))
  assert.deepEqual(
    (await ssh.server.log('config', `main..${branch}`)).map(({ subject }) => subject),
    ['Update example.com/web to 4', 'Notes', 'Update example.com/web to 3'],
  )
})

test('a server of old, asked by a process that has just started: what the base was when the branch began is found', async () => {
  const { server: old, access: to, git: before } = await startSshWorld({ version2: false, filters: false })
  const fork = await old.createRepository('config', { a: 'tag: 1\n', b: 'tag: 1\n' })
  await before.submit(to('config'), 'main', propose('a', '2', { base: '1' }))
  await old.commit('config', { b: 'tag: 1.5\n' })
  const lane = { base: 'main', push: branch }
  const [looking, writing] = [openGit(), openGit()]
  const { beside = '' } = await looking.tip(to('config'), 'main', { notBefore: 0, beside: branch })
  assert.equal((await looking.standing(to('config'), beside, lane)).fork, fork)
  const texts = await looking.read(to('config'), fork, ['a'])
  assert.deepEqual(texts.get('a'), { kind: 'text', text: 'tag: 1\n', mode: '100644' })
  const edit = propose('b', '2', { base: '1.5', seen: '1', application: 'api' })
  assert.equal((await writing.submit(to('config'), 'main', edit)).kind, 'pushed')
  await Promise.all([looking.close(), writing.close()])
})

test('a server that hands out whole commits only', async () => {
  const old = await startGitWorld({ filters: false })
  await old.server.createRepository('config', { a: 'tag: 1\n', b: 'tag: 1\n' })
  const push = async (edit: LaneEdit) => {
    await old.git.tip(old.access('config'), 'main', { notBefore: Infinity, beside: branch })
    return await old.git.submit(old.access('config'), 'main', edit)
  }
  await push(propose('a', '2', { base: '1' }))
  await push(propose('b', '2', { base: '1', application: 'api' }))
  await old.server.commit('config', { a: 'tag: 1.5\n' })
  assert.equal((await push(propose('a', '2', { base: '1.5', seen: '2' }))).kind, 'pushed')
  await old.server.merge('config', branch, 'merge')
  assert.equal(await old.server.readFile('config', 'a'), 'tag: 2\n')
})
