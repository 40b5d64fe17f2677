import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { claimCacheFolder } from '../../../src/git/objects/cache-folder.ts'
import { openAccess, openGit, startGitWorld, textsOf } from '../world.ts'

const folder = mkdtempSync(join(tmpdir(), 'claim-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('what processes that are gone have left is removed, what others use stays', () => {
  const gone = String(2 ** 22 + 1)
  for (const name of [gone, 'something', String(process.pid), String(process.ppid)])
    mkdirSync(join(folder, name, 'objects'), { recursive: true })
  assert.equal(claimCacheFolder(folder), join(folder, String(process.pid)))
  assert.deepEqual(readdirSync(folder), [String(process.ppid)])
})

test('nothing is left on disk once the repositories are closed', async () => {
  const { server } = await startGitWorld()
  await server.createRepository('config', { a: '1' })
  const cacheFolder = join(folder, 'closed')
  const git = openGit({ cacheFolder })
  const access = openAccess(server.repositoryUrl('config'))
  const { tip } = await git.tip(access, undefined, { notBefore: 0 })
  await textsOf(git, access, tip, ['a'])
  assert.equal(readdirSync(join(cacheFolder, 'git', String(process.pid))).length, 1)
  await git.close()
  assert.deepEqual(readdirSync(join(cacheFolder, 'git')), [])
})

test('a cache folder that can not be written to is told of', async () => {
  const { server } = await startGitWorld()
  await server.createRepository('config', { a: '1' })
  const cacheFolder = join(folder, 'full')
  const git = openGit({ cacheFolder })
  rmSync(join(cacheFolder, 'git'), { recursive: true })
  writeFileSync(join(cacheFolder, 'git'), '')
  const access = openAccess(server.repositoryUrl('config'))
  const { tip } = await git.tip(access, undefined, { notBefore: 0 })
  await assert.rejects(textsOf(git, access, tip, ['a']), {
    reason: 'InternalError',
    message: /--cache-dir names \(E\w+\)/,
  })
})
