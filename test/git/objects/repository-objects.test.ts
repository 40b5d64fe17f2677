import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { errorMessage, startProxy } from '../proxy.ts'
import { openAccess, setTag, startGitWorld, textsOf } from '../world.ts'

const filtering = await startGitWorld()
const plain = await startGitWorld({ filters: false })
const old = await startProxy({ target: plain.server.url, oldProtocol: true })

for (const [name, { server, git }, urlOf] of [
  ['a server with filters', filtering, (repository: string) => filtering.server.repositoryUrl(repository)],
  ['a server that refuses filters', plain, (repository: string) => plain.server.repositoryUrl(repository)],
  [
    'a server that speaks only the protocol before version 2',
    plain,
    (repository: string) => `${old}/${repository}.git`,
  ],
] as const) {
  describe(name, () => {
    const prefix = name.length.toString()
    const fetches = (repository: string) =>
      server
        .requests()
        .filter(
          (request) =>
            request.repository === repository && request.step === 'exchange' && request.command !== 'ls-refs',
        )

    test('is read and written, and again after others wrote', async () => {
      const repository = `plain-${prefix}`
      const access = openAccess(urlOf(repository))
      const big = Array.from({ length: 20_000 }, (_, line) => `line ${line} ${Math.sin(line)}`).join('\n')
      await server.createRepository(repository, { 'apps/a.yaml': 'tag: 1\n', 'apps/b.yaml': 'tag: 1\n', big })
      assert.equal((await git.submit(access, 'main', setTag('apps/a.yaml', '2', { from: '1' }))).kind, 'pushed')
      await server.commit(repository, { 'apps/b.yaml': 'tag: 5\n', 'apps/c.yaml': 'tag: 1\n' })
      await server.commit(repository, { other: 'x' })
      server.clearRequests()
      const { tip } = await git.tip(access, undefined, { notBefore: Infinity })
      const files = await textsOf(git, access, tip, ['apps/a.yaml', 'apps/b.yaml', 'apps/c.yaml', 'apps/d.yaml'])
      assert.deepEqual([...files.values()], ['tag: 2\n', 'tag: 5\n', 'tag: 1\n', undefined])
      const bytes = fetches(repository).reduce((sum, { bytesOut }) => sum + bytesOut, 0)
      assert.ok(bytes < 5_000, `only what is new is fetched, not the big file again: ${bytes} bytes`)
      assert.equal((await git.submit(access, 'main', setTag('apps/b.yaml', '6', { from: '5' }))).kind, 'pushed')
      assert.equal(await server.readFile(repository, 'apps/b.yaml'), 'tag: 6\n')
      await server.fsck(repository)
    })

    test('tells the messages of its commits', async () => {
      const repository = `messages-${prefix}`
      const access = openAccess(urlOf(repository))
      await server.createRepository(repository, { a: '0' })
      for (let count = 1; count <= 4; count += 1)
        await server.commit(repository, { a: `${count}` }, { message: `Number ${count}` })
      const { tip } = await git.tip(access, undefined, { notBefore: 0 })
      assert.equal((await textsOf(git, access, tip, ['a'])).get('a'), '4')
      const messages = await git.recentMessages(access, tip, 3)
      assert.deepEqual(
        messages.map(({ message }) => message.trim()),
        ['Number 4', 'Number 3', 'Number 2'],
      )
    })

    test('is read again from the beginning when its branch was written anew', async () => {
      const repository = `rewritten-${prefix}`
      const access = openAccess(urlOf(repository))
      await server.createRepository(repository, { a: 'tag: 1\n', b: 'x' })
      await server.commit(repository, {}, { branch: 'other' })
      const before = await git.tip(access, 'main', { notBefore: 0 })
      assert.equal((await textsOf(git, access, before.tip, ['a'])).get('a'), 'tag: 1\n')
      await server.deleteBranch(repository, 'main')
      await server.deleteBranch(repository, 'other')
      for (let count = 5; count <= 9; count += 1) {
        const noise = randomBytes(60_000).toString('base64')
        await server.commit(repository, { a: `tag: ${count}\n`, noise }, { branch: 'main' })
      }
      server.clearRequests()
      const { tip } = await git.tip(access, 'main', { notBefore: Infinity })
      assert.deepEqual([...(await textsOf(git, access, tip, ['a', 'b'])).values()], ['tag: 9\n', undefined])
      const bytes = fetches(repository).reduce((sum, { bytesOut }) => sum + bytesOut, 0)
      assert.ok(bytes < 100_000, `the newest commit is fetched, not all of history: ${bytes} bytes`)
      assert.equal((await git.submit(access, 'main', setTag('a', '10', { from: '9' }))).kind, 'pushed')
      await server.fsck(repository)
    })

    test('says that a repository is empty, and that a branch is none', async () => {
      const repository = `empty-${prefix}`
      const access = openAccess(urlOf(repository))
      await server.createRepository(repository, { a: '1' })
      await server.tag(repository, 'v1')
      await assert.rejects(git.tip(access, 'v1', { notBefore: 0 }), {
        reason: 'BranchUnknown',
        message: /"v1" is a tag/,
      })
      await server.deleteBranch(repository, 'main')
      await assert.rejects(git.tip(access, undefined, { notBefore: Infinity }), { reason: 'BranchUnknown' })
    })
  })
}

for (const [name, words, asks] of [
  [
    'announces filters but refuses them',
    "filter 'tree' not supported",
    (body: string) => body.includes('filter tree:0'),
  ],
  [
    'filters but does not hand out single trees',
    'upload-pack: not our ref',
    (body: string) => !body.includes('deepen'),
  ],
] as const) {
  test(`a server that ${name} is read with whole commits`, async () => {
    const { server, git } = filtering
    let refused = 0
    const url = await startProxy({
      target: server.url,
      answer(path, body) {
        const text = body.toString('latin1')
        if (!path.endsWith('/git-upload-pack') || !text.includes('command=fetch') || !asks(text)) return undefined
        refused += 1
        return errorMessage(words)
      },
    })
    const repository = `fickle-${words.length}`
    await server.createRepository(repository, { 'apps/a.yaml': 'tag: 1\n' })
    const access = openAccess(`${url}/${repository}.git`)
    const { tip } = await git.tip(access, undefined, { notBefore: 0 })
    assert.equal((await textsOf(git, access, tip, ['apps/a.yaml'])).get('apps/a.yaml'), 'tag: 1\n')
    assert.equal((await git.submit(access, 'main', setTag('apps/a.yaml', '2'))).kind, 'pushed')
    assert.equal(refused, 1)
  })
}
