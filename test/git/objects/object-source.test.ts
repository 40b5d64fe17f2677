import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createObjectMemory } from '../../../src/git/objects/object-memory.ts'
import { openObjectSource } from '../../../src/git/objects/object-source.ts'
import { openObjectStore } from '../../../src/git/objects/object-store.ts'
import { createInstallationTokens } from '../../../src/git/wire/installation-tokens.ts'
import { openRemote } from '../../../src/git/wire/open-remote.ts'
import { locate } from '../../../src/git/snapshot.ts'
import { openUploadSession } from '../../../src/git/wire/upload-session.ts'
import { createHostGuard } from '../../../src/http/host-guard.ts'
import { openAccess, setTag, startGitWorld, textsOf } from '../world.ts'

const { server, git, access } = await startGitWorld()
const folder = mkdtempSync(join(tmpdir(), 'source-'))
const guard = createHostGuard({ allowed: ['127.0.0.1'], flag: '--allowed-git-hosts' })
after(async () => {
  await guard.close()
  rmSync(folder, { recursive: true, force: true })
})

async function openSource(repository: string, { limit, memory = 1 << 20 }: { limit: number; memory?: number }) {
  const session = openUploadSession(
    openRemote(openAccess(server.repositoryUrl(repository)), {
      guard,
      tokens: createInstallationTokens(Date.now),
      timeouts: { read: 10_000, push: 10_000 },
    }),
  )
  const limits = { inflated: 1 << 24, object: 1 << 24 }
  const store = await openObjectStore(join(folder, repository), limits, createObjectMemory(memory))
  return openObjectSource({
    store,
    whole: false,
    limit,
    fetch: (request) => session.talk((upload) => upload.fetch(request)),
  })
}

async function tipOf(repository: string): Promise<string> {
  return (await server.tip(repository, 'main')) ?? ''
}

test('a file that is too large for an answer is left out, the others are read', async () => {
  const noise = randomBytes(150_000).toString('base64')
  await server.createRepository('large', { a: 'A', b: 'B', c: 'C', noise, more: `${noise}.` })
  const source = await openSource('large', { limit: 100_000 })
  const { tree } = await source.commit(await tipOf('large'))
  const places = [...(await locate(source, tree, ['a', 'noise', 'b', 'more', 'c'])).values()]
  const oids = places.map((place) => (place.kind === 'file' ? place.oid : ''))
  const blobs = await source.blobs(oids)
  assert.deepEqual(
    oids.map((oid) => blobs.get(oid)?.content.toString()),
    ['A', undefined, 'B', undefined, 'C'],
  )
})

test('what memory does not hold is read from disk, not fetched again', async () => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, `content of ${index}\n`]))
  await server.createRepository('disk', files)
  const source = await openSource('disk', { limit: 1 << 20, memory: 1 })
  const { tree } = await source.commit(await tipOf('disk'))
  const read = async () => {
    const places = [...(await locate(source, tree, Object.keys(files))).values()]
    const oids = places.map((place) => (place.kind === 'file' ? place.oid : ''))
    const blobs = await source.blobs(oids)
    return oids.map((oid) => blobs.get(oid)?.content.toString())
  }
  assert.deepEqual(await read(), Object.values(files))
  server.clearRequests()
  assert.deepEqual(await read(), Object.values(files))
  assert.deepEqual(server.requests(), [])
})

test('one edit in a repository of 20,000 files moves less than 100 KB', async () => {
  const files: Record<string, string> = {}
  for (let index = 0; index < 20_000; index += 1)
    files[`team-${index % 200}/app-${index}/values.yaml`] = `tag: ${index}\n`
  await server.createRepository('twenty-thousand', files)
  server.clearRequests()
  const path = 'team-7/app-7/values.yaml'
  const { tip } = await git.tip(access('twenty-thousand'), undefined, { notBefore: 0 })
  assert.equal((await textsOf(git, access('twenty-thousand'), tip, [path])).get(path), 'tag: 7\n')
  assert.equal((await git.submit(access('twenty-thousand'), 'main', setTag(path, '8', { from: '7' }))).kind, 'pushed')
  const bytes = server.requests().reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0)
  assert.ok(bytes < 100_000, `${bytes} bytes`)
  assert.equal(await server.readFile('twenty-thousand', path), 'tag: 8\n')
  const [commit] = await server.log('twenty-thousand')
  assert.deepEqual(commit?.files, [path])
})
