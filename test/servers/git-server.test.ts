import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { gitEnvironment } from './git/command.ts'
import { startGitServer, type GitServer } from './git-server.ts'
import { temporaryFolder, type TemporaryFolder } from './guard.ts'

const run = promisify(execFile)
let folder: TemporaryFolder
let git: GitServer
let count = 0

/** git as a person has it, in `path`; rejects with what it wrote to standard error. */
const client = (path: string, ...command: string[]) =>
  run('git', ['-c', 'user.name=C', '-c', 'user.email=c@example.com', ...command], {
    cwd: path,
    env: { ...gitEnvironment(folder.path), GIT_PROTOCOL_FROM_USER: '0' },
    timeout: 20_000,
  })

const cloneOf = async (name: string, ...options: string[]) => {
  const path = join(folder.path, `clone-${(count += 1)}`)
  await client(folder.path, 'clone', '--quiet', ...options, git.repositoryUrl(name), path)
  return path
}

const changed = async (path: string, file: string, text: string) => {
  await writeFile(join(path, file), text)
  await client(path, 'add', file)
  await client(path, 'commit', '--quiet', '--message', `Change ${file}`)
}

before(() => void (folder = temporaryFolder('git-client')))
after(() => folder.remove())

describe('an open git server', () => {
  before(async () => void (git = await startGitServer()))
  after(() => git.stop())
  beforeEach(async () => {
    git.fault(undefined)
    await git.createRepository(`r${(count += 1)}`, { 'a.txt': 'one\n', 'deep/b.txt': 'two\n' })
    git.clearRequests()
  })
  const repository = () => `r${count}`

  test('is cloned over protocol 2, and tells what was asked', async () => {
    const name = repository()
    const path = await cloneOf(name)
    assert.equal(await readFile(join(path, 'deep/b.txt'), 'utf8'), 'two\n')
    const told = git.requests().map(({ step, command, status, gitProtocol }) => [step, command, status, gitProtocol])
    assert.deepEqual(told, [
      ['refs', undefined, 200, 'version=2'],
      ['exchange', 'ls-refs', 200, 'version=2'],
      ['exchange', 'fetch', 200, 'version=2'],
    ])
    assert.ok(
      git.requests().every((request) => request.repository === name && !request.authorization && request.bytesOut > 0),
    )
  })

  test('takes a push, and reads the result back without a clone', async () => {
    const name = repository()
    const path = await cloneOf(name)
    await changed(path, 'a.txt', 'three\n')
    await client(path, 'push', '--quiet', 'origin', 'main')
    const [newest, oldest] = await git.log(name)
    assert.deepEqual(newest, {
      oid: await git.tip(name, 'main'),
      subject: 'Change a.txt',
      body: '',
      author: 'C <c@example.com>',
      files: ['a.txt'],
    })
    assert.deepEqual(oldest?.files, ['a.txt', 'deep/b.txt'])
    assert.equal(await git.readFile(name, 'a.txt'), 'three\n')
    assert.match(await git.diff(name, newest.oid), /^-one\n\+three$/m)
    await git.fsck(name)
  })

  test('commits by itself: new text, a file less, another mode, a new branch', async () => {
    const name = repository()
    await git.commit(name, { 'run.sh': { text: '#!/bin/sh\n', mode: '100755' } })
    const oid = await git.commit(
      name,
      { 'run.sh': '#!/bin/sh\ntrue\n', 'a.txt': undefined },
      { branch: 'next', message: 'Subject\n\nBody\n', author: 'X <x@example.com>' },
    )
    const path = await cloneOf(name, '--branch', 'next')
    assert.match((await client(path, 'ls-files', '--stage')).stdout, /^100755 .*run\.sh$/m)
    assert.equal(await git.readFile(name, 'a.txt', 'next'), undefined)
    assert.equal(await git.readFile(name, 'a.txt', 'main'), 'one\n')
    const [newest] = await git.log(name, 'next')
    assert.deepEqual(newest, {
      oid,
      subject: 'Subject',
      body: 'Body',
      author: 'X <x@example.com>',
      files: ['a.txt', 'run.sh'],
    })
    await git.deleteBranch(name, 'next')
    assert.equal(await git.tip(name, 'next'), undefined)
  })

  test('loses none of ten commits made at once', async () => {
    const name = repository()
    const oids = await Promise.all(Array.from({ length: 10 }, (_, i) => git.commit(name, { [`f${i}`]: `${i}` })))
    const told = (await git.log(name)).map(({ oid }) => oid)
    assert.equal(new Set(oids).size, 10)
    assert.ok(oids.every((oid) => told.includes(oid)))
    await git.fsck(name)
  })

  test('lets a test win the race between a push’s two requests', async () => {
    const name = repository()
    const path = await cloneOf(name)
    await changed(path, 'a.txt', 'theirs\n')
    git.fault(async ({ service, step }) => {
      if (service !== 'git-receive-pack' || step !== 'exchange') return undefined
      await git.commit(name, { 'rival.txt': 'ours\n' }, { message: 'Rival' })
      return undefined
    })
    await assert.rejects(client(path, 'push', 'origin', 'main'), /remote rejected.*main/)
    assert.deepEqual(
      (await git.log(name)).map(({ subject }) => subject),
      ['Rival', 'Begin'],
    )
  })

  test('answers with a fault instead of git', async () => {
    const name = repository()
    const path = await cloneOf(name)
    await changed(path, 'a.txt', 'three\n')
    git.clearRequests()
    git.fault(({ service }) => (service === 'git-receive-pack' ? { kind: 'answer', status: 503 } : undefined))
    await assert.rejects(client(path, 'push', 'origin', 'main'), /503/)
    git.fault(() => ({ kind: 'cut' }))
    await assert.rejects(client(path, 'push', 'origin', 'main'), /Empty reply|unexpectedly|closed/)
    assert.deepEqual([...new Set(git.requests().map(({ status }) => status))], [503, 0])
    git.fault(undefined)
    await client(path, 'push', '--quiet', 'origin', 'main')
  })

  test('can take a push and lose the answer', async () => {
    const name = repository()
    const path = await cloneOf(name)
    await changed(path, 'a.txt', 'three\n')
    git.fault(({ step }) => (step === 'exchange' ? { kind: 'loseAnswer' } : undefined))
    await assert.rejects(client(path, 'push', 'origin', 'main'))
    assert.equal(await git.readFile(name, 'a.txt'), 'three\n')
  })

  test('refuses a push by a hook, in the hook’s words', async () => {
    const name = repository()
    const path = await cloneOf(name)
    await changed(path, 'a.txt', 'three\n')
    await git.hook(name, 'pre-receive', '#!/bin/sh\necho "main is protected" >&2\nexit 1\n')
    await assert.rejects(client(path, 'push', 'origin', 'main'), /main is protected[^]*pre-receive hook declined/)
    await git.hook(name, 'pre-receive', undefined)
    await client(path, 'push', '--quiet', 'origin', 'main')
  })

  test('finds a repository broken when an object is gone', async () => {
    const name = repository()
    await git.hook(name, 'pre-receive', '#!/bin/sh\nrm -rf objects/??\n')
    const path = await cloneOf(name)
    await changed(path, 'a.txt', 'three\n')
    await client(path, 'push', 'origin', 'main').catch(() => undefined)
    await assert.rejects(git.fsck(name), /git fsck: .*(missing|invalid|bad)/s)
  })

  test('stops and starts again on the same port', async () => {
    const name = repository()
    await git.stopServing()
    await assert.rejects(cloneOf(name), /connect/i)
    await assert.rejects(git.readTree(git.repositoryUrl(name), 'main'), /connection refused/)
    await git.startServing()
    await cloneOf(name)
  })

  const revisions = ['main', '', 'HEAD', 'v1', 'refs/heads/main']
  for (const revision of revisions) {
    test(`reads all files of revision "${revision}"`, async () => {
      const name = repository()
      await git.commit(name, { link: { text: 'a.txt', mode: '120000' }, 'é e.yaml': 'ü\n' })
      await git.tag(name, 'v1')
      const { commit, files } = await git.readTree(git.repositoryUrl(name), revision)
      assert.equal(commit, await git.tip(name))
      assert.deepEqual(Object.fromEntries(files), { 'a.txt': 'one\n', 'deep/b.txt': 'two\n', 'é e.yaml': 'ü\n' })
    })
  }

  test('says that a revision or a repository is not there', async () => {
    await assert.rejects(git.readTree(git.repositoryUrl(repository()), 'nowhere'), /unable to resolve 'nowhere'/)
    await assert.rejects(git.readTree('https://elsewhere.example.com/r.git', 'main'), /repository not found/)
  })
})

describe('partial fetches', () => {
  const rows = [
    { filters: true, sentence: 'are granted', missing: true },
    { filters: false, sentence: 'are refused with filters: false', missing: false },
  ]
  for (const { filters, sentence, missing } of rows) {
    test(sentence, async () => {
      git = await startGitServer({ filters })
      await git.createRepository('r', { 'a.txt': 'one\n' })
      const path = await cloneOf('r', '--bare', '--filter=blob:none')
      const { stdout } = await client(path, 'rev-list', '--objects', '--missing=print', 'HEAD')
      assert.equal(/^\?/m.test(stdout), missing)
      await git.stop()
    })
  }
})

describe('a guarded git server', () => {
  const rows = [
    {
      kind: 'basic',
      auth: { username: 'u', password: 'p:w' },
      good: `Basic ${Buffer.from('u:p:w').toString('base64')}`,
    },
    { kind: 'bearer', auth: { bearer: 'token' }, good: 'Bearer token' },
  ]
  for (const { kind, auth, good } of rows) {
    test(`asks for ${kind} credentials`, async () => {
      git = await startGitServer({ auth })
      await git.createRepository('r', { 'a.txt': 'one\n' })
      const url = `${git.repositoryUrl('r')}/info/refs?service=git-upload-pack`
      const ask = (authorization?: string) =>
        fetch(url, { headers: authorization === undefined ? {} : { authorization } })
      const refused = await ask()
      assert.equal(refused.status, 401)
      assert.match(refused.headers.get('www-authenticate') ?? '', new RegExp(`^${kind} realm=`, 'i'))
      assert.equal((await ask(`${good}x`)).status, 401)
      assert.equal((await ask(good)).status, 200)
      assert.deepEqual(
        git.requests().map(({ authorization, status }) => [authorization, status]),
        [
          [false, 401],
          [true, 401],
          [true, 200],
        ],
      )
      await git.stop()
    })
  }
})
