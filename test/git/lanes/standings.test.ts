import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMark } from '../../../src/core/git/branch-mark.ts'
import type { LaneEdit } from '../../../src/git/lanes/plan-commits.ts'
import { openStandings } from '../../../src/git/lanes/standings.ts'
import { newCommit, readCommit, sealOfNew } from '../../../src/git/objects/commit-object.ts'
import type { ObjectSource } from '../../../src/git/objects/object-source.ts'
import { startGitWorld } from '../world.ts'
import { propose, pushBranch as branch } from './propose.ts'

const { server, git, access } = await startGitWorld()

/** Has an edit committed, as the operator does: after a look. */
async function submit(name: string, edit: LaneEdit) {
  await git.tip(access(name), 'main', { notBefore: Infinity, beside: branch })
  return await git.submit(access(name), 'main', edit)
}

test('commits of an author of the policy’s own are ours, too', async () => {
  await server.createRepository('author', { a: 'tag: 1\n' })
  const style = { author: { name: 'Image Updates', email: 'image-updates@example.com' } }
  await submit('author', { ...propose('a', '2', { base: '1' }), style })
  const base = await server.commit('author', { other: 'x' })
  await submit('author', { ...propose('a', '3', { base: '1', seen: '2' }), style })
  assert.equal((await server.log('author', branch))[1]?.oid, base)
})

test('commits by the authors of several policies are all ours, whoever of them comes next', async () => {
  await server.createRepository('authors', { a: 'tag: 1\n', b: 'tag: 1\n' })
  const by = (name: string) => ({ author: { name, email: 'image-updates@example.com' } })
  await submit('authors', { ...propose('a', '2', { base: '1' }), style: by('Web') })
  await submit('authors', { ...propose('b', '2', { base: '1', application: 'api' }), style: by('Api') })
  const base = await server.commit('authors', { a: 'tag: 1.5\n' })
  await submit('authors', { ...propose('a', '2', { base: '1.5', seen: '2' }), style: by('Web') })
  const [commit, parent] = await server.log('authors', branch)
  assert.deepEqual([commit?.author, parent?.oid], ['Web <image-updates@example.com>', base])
})

test('a commit of ours that a person amended is theirs, even if the person commits under our name', async () => {
  await server.createRepository('amended', { a: 'tag: 1\n' })
  await submit('amended', propose('a', '2', { base: '1' }))
  await server.amend(
    'amended',
    branch,
    { notes: 'mine' },
    'image-update-operator <image-update-operator@noreply.invalid>',
  )
  const theirs = await server.tip('amended', branch)
  await server.commit('amended', { other: 'x' })
  await submit('amended', propose('a', '3', { base: '1', seen: '2' }))
  assert.equal((await server.log('amended', branch))[1]?.oid, theirs)
})

const fork = 'f'.repeat(40)
const author = { name: 'us', email: 'us@example.com' }

/** A commit of ours with a message of so many characters, on a branch that it begins. */
async function ours(nth: number, length: number) {
  const bare = { tree: 'e'.repeat(40), parent: fork, author, time: nth * 1_000 }
  const mark = formatMark({ branch, base: 'main', fork, seal: sealOfNew(bare) })
  return readCommit(await newCommit({ ...bare, message: `${'x'.repeat(length)}\n\n${mark}` }))
}

test('of a thousand branches what little they say is known, and of long stories only the newest', async () => {
  const commits = new Map<string, Awaited<ReturnType<typeof ours>>>()
  let looks = 0
  const history = (tip: string) => {
    looks += 1
    return Promise.resolve([commits.get(tip)].filter((commit) => commit !== undefined))
  }
  const standings = openStandings({ using: (work) => work({ history } as unknown as ObjectSource) }, Date.now)
  for (const [length, known] of [
    [10, true],
    [100_000, false],
  ] as const) {
    const tips: string[] = []
    for (let nth = 0; nth < 900; nth += 1) {
      const commit = await ours(nth, length)
      commits.set(commit.oid, commit)
      tips.push(commit.oid)
      await standings.at(commit.oid, { base: 'main', push: branch })
    }
    looks = 0
    const { messages } = await standings.at(tips[0] ?? '', { base: 'main', push: branch })
    assert.deepEqual([messages.length, looks], [1, known ? 1 : 2], 'the fork is asked for once more')
  }
})
