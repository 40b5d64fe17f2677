import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGitWorld } from './world.ts'

const { server, git: repositories, access } = await startGitWorld()

const files = {
  'apps/web/b.yaml': 'b: 1\n',
  'apps/web/a.yml': 'a: 1\n',
  'apps/web/deep/er/c.json': '{}\n',
  'apps/web/ünï.yaml': 'u: 1\n',
  'apps/base/Kustomization': 'images: []\n',
  'apps/web/readme.md': '# no\n',
  'apps/web/link.yaml': { text: 'b.yaml', mode: '120000' as const },
  'apps/linked': { text: 'web', mode: '120000' as const },
  'apps/web-2/d.yaml': 'd: 1\n',
  'values.yaml': 'v: 1\n',
}

const rows: readonly [path: string, found: readonly string[]][] = [
  ['apps/web', ['apps/web/a.yml', 'apps/web/b.yaml', 'apps/web/deep/er/c.json', 'apps/web/ünï.yaml']],
  ['apps/web/deep', ['apps/web/deep/er/c.json']],
  ['apps/web/b.yaml', ['apps/web/b.yaml']],
  ['apps/base', ['apps/base/Kustomization']],
  ['apps/nothing', []],
  ['apps/web/b.yaml/x', []],
]
const refusals: readonly [path: string, says: RegExp][] = [
  ['apps/linked', /apps\/linked is a symbolic link, which is not followed/],
  ['apps/linked/deep', /apps\/linked is a symbolic link/],
  ['apps/web/link.yaml', /is a symbolic link/],
  ['../etc', /contains "\." or "\.\."/],
  ['apps/.git', /contains "\.git"/],
]

test('the YAML files at a path: itself, or all below it, and no links', async () => {
  await server.createRepository('files', files)
  const { tip } = await repositories.tip(access('files'), 'main', { notBefore: 0 })
  for (const [path, found] of rows) assert.deepEqual(await repositories.list(access('files'), tip, path), found, path)
  assert.equal((await repositories.list(access('files'), tip, '')).length, 7)
  for (const [path, message] of refusals)
    await assert.rejects(repositories.list(access('files'), tip, path), { reason: 'TargetUnsupported', message })
})

test('what was listed at a commit is not asked for again', async () => {
  const { tip } = await repositories.tip(access('files'), 'main', { notBefore: 0 })
  await repositories.list(access('files'), tip, 'apps')
  server.clearRequests()
  await repositories.list(access('files'), tip, 'apps')
  assert.deepEqual(server.requests(), [])
})

test('too many files are refused', async () => {
  const many = Object.fromEntries(Array.from({ length: 2_001 }, (_, nth) => [`many/${nth}.yaml`, 'a: 1\n']))
  await server.createRepository('many', many)
  const { tip } = await repositories.tip(access('many'), 'main', { notBefore: 0 })
  await assert.rejects(repositories.list(access('many'), tip, 'many'), { message: /more than 2000 YAML files at many/ })
})
