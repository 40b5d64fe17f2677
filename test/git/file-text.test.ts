import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Files } from '../../src/core/targets/edit.ts'
import { gitEnvironment, runGit } from '../servers/git/command.ts'
import { setTag, startGitWorld, textsOf } from './world.ts'

const { server, git: repositories, access } = await startGitWorld()
const folder = mkdtempSync(join(tmpdir(), 'odd-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the git command line in a repository of our own, which pushes what the test server's helpers can't make. */
const git = (command: readonly string[], input?: string | Buffer) =>
  runGit(command, { folder, environment: gitEnvironment(folder), ...(input === undefined ? {} : { input }) })
const line = async (command: readonly string[], input?: string | Buffer) =>
  (await git(command, input)).toString().trim()

await server.createRepository('odd', {
  'apps/web/values.yaml': { text: 'tag: 1\n', mode: '100755' },
  link: { text: 'apps/web/values.yaml', mode: '120000' },
  folder: { text: 'apps', mode: '120000' },
  'apps/out': { text: '../../../etc/passwd', mode: '120000' },
  binary: 'PNG\u0000',
  lfs: 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
  large: `tag: 1\n${'#'.repeat(1024 * 1024)}`,
  'almost-large': `${'#'.repeat(1024 * 1024)}`,
})
await git(['init', '--quiet', '.'])
await git(['fetch', '--quiet', server.repositoryUrl('odd'), 'main'])
await git(['read-tree', 'FETCH_HEAD'])
await git(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`])
const latin = await line(['hash-object', '-w', '--stdin'], Buffer.from([0x74, 0xfc, 0x0a]))
await git(['update-index', '--add', '--cacheinfo', `100644,${latin},latin`])
// A name that is not UTF-8, and a mode that git itself no longer writes.
const strange = [Buffer.from(`100664 blob ${latin}\tgroup\u0000100644 blob ${latin}\tf`), Buffer.from([0xfc, 0x72, 0])]
const tree = await line(
  ['mktree', '-z'],
  Buffer.concat([await git(['ls-tree', '-z', await line(['write-tree'])]), ...strange]),
)
const author = ['-c', 'user.name=a', '-c', 'user.email=b@c']
const commit = await line([...author, 'commit-tree', tree, '-p', 'FETCH_HEAD', '-m', 'Odd'])
await git(['push', '--quiet', server.repositoryUrl('odd'), `${commit}:refs/heads/main`])

for (const [path, reason, message] of [
  ['link', 'TargetUnsupported', /^link is a symbolic link, which is not followed$/],
  ['folder/web/values.yaml', 'TargetUnsupported', /^folder is a symbolic link/],
  ['apps/out', 'TargetUnsupported', /^apps\/out is a symbolic link/],
  ['apps/out/x', 'TargetUnsupported', /^apps\/out is a symbolic link/],
  ['module', 'TargetUnsupported', /^module is a submodule$/],
  ['module/values.yaml', 'TargetUnsupported', /^module is a submodule$/],
  ['apps', 'TargetNotFound', /^apps is a folder, not a file$/],
  ['binary/values.yaml', 'TargetNotFound', /^binary is a file, not a folder$/],
  ['large', 'TargetUnsupported', /^large is larger than 1 MiB/],
  ['latin', 'TargetUnsupported', /^latin is not UTF-8 text/],
  ['lfs', 'TargetUnsupported', /^lfs is kept in Git LFS/],
  ['../apps/web/values.yaml', 'TargetUnsupported', /contains "\." or "\.\."/],
  ['.git/config', 'TargetUnsupported', /contains "\.git"/],
] as const) {
  test(`${path} is not read and not written: ${message.source}`, async () => {
    const { tip } = await repositories.tip(access('odd'), undefined, { notBefore: 0 })
    assert.equal((await textsOf(repositories, access('odd'), tip, [path])).get(path), undefined)
    const result = await repositories.submit(access('odd'), 'main', setTag(path, '2'))
    assert.ok(result.kind === 'refused')
    assert.equal(result.reason, reason)
    assert.match(result.message, message)
  })
}

test('a file of just 1 MiB is text, and a large one beside it does not keep it from being read', async () => {
  const { tip } = await repositories.tip(access('odd'), undefined, { notBefore: 0 })
  const files = await textsOf(repositories, access('odd'), tip, ['almost-large', 'large'])
  assert.deepEqual([files.get('almost-large')?.length, files.get('large')], [1024 * 1024, undefined])
})

test('modes, links, submodules and odd names stay as they were', async () => {
  const list = async () => {
    await git(['fetch', '--quiet', server.repositoryUrl('odd'), 'main'])
    return (await git(['ls-tree', '-r', 'FETCH_HEAD'])).toString('latin1').split('\n')
  }
  const before = await list()
  assert.equal((await repositories.submit(access('odd'), 'main', setTag('apps/web/values.yaml', '2'))).kind, 'pushed')
  assert.equal((await repositories.submit(access('odd'), 'main', setTag('new.yaml', '2'))).kind, 'pushed')
  const after = await list()
  const changed = after.filter((entry) => !before.includes(entry))
  assert.deepEqual(
    changed.map((entry) => entry.replace(/ [0-9a-f]{40}/, '')),
    ['100755 blob\tapps/web/values.yaml', '100644 blob\tnew.yaml'],
  )
  assert.equal(after.length, before.length + 1)
  const modes = (await git(['cat-file', 'tree', 'FETCH_HEAD:'])).toString('latin1')
  assert.match(modes, /100664 group\0/)
})

test('a byte-order mark and foreign line ends stay', async () => {
  await server.createRepository('bytes', { a: '\uFEFFx: 1\r\ntag: 1\r\n' })
  const apply = async (files: Files) => ({
    kind: 'edited' as const,
    text: (files.get('a') ?? '').replace('tag: 1', 'tag: 2'),
    carried: [],
  })
  const edit = { ...setTag('a', '2'), edit: { path: 'a', reads: [], apply } }
  assert.equal((await repositories.submit(access('bytes'), 'main', edit)).kind, 'pushed')
  assert.equal(await server.readFile('bytes', 'a'), '\uFEFFx: 1\r\ntag: 2\r\n')
})

test('what .gitattributes say is kept elsewhere, encrypted or in another encoding is neither changed nor made', async () => {
  await server.createRepository('attributes', {
    '.gitattributes': '*.lfs.yaml filter=lfs\nsecret/** filter=git-crypt\n',
    'apps/.gitattributes': 'wide.yaml working-tree-encoding=UTF-16\nends.yaml text eol=crlf\n',
    'a.lfs.yaml': 'tag: 1\n',
    'secret/a.yaml': 'tag: 1\n',
    'apps/wide.yaml': 'tag: 1\n',
    'apps/ends.yaml': 'tag: 1\n',
    'linked/.gitattributes': { text: '../secret/a.yaml', mode: '120000' },
    'linked/a.yaml': 'tag: 1\n',
  })
  server.clearRequests()
  const own = access('attributes')
  const { tip } = await repositories.tip(own, undefined, { notBefore: 0 })
  const refused = [
    ['a.lfs.yaml', /is kept in Git LFS/],
    ['secret/a.yaml', /is encrypted/],
    ['apps/wide.yaml', /another encoding/],
    ['secret/new.yaml', /is encrypted/],
  ] as const
  const taken = ['apps/ends.yaml', 'linked/a.yaml']
  const found = await repositories.read(own, tip, [...refused.map(([path]) => path), ...taken])
  assert.deepEqual(
    [...found.values()].map(({ kind }) => kind),
    ['refused', 'refused', 'refused', 'absent', 'text', 'text'],
  )
  const fetches = server.requests().filter(({ command }) => command === 'fetch')
  assert.ok(fetches.length <= 4, `${fetches.length} fetches: attributes come with the files`)
  for (const [path, says] of refused) {
    const result = await repositories.submit(own, 'main', setTag(path, '2'))
    assert.ok(result.kind === 'refused' && result.reason === 'TargetUnsupported', path)
    assert.match(result.message, says)
  }
  for (const path of taken) assert.equal((await repositories.submit(own, 'main', setTag(path, '2'))).kind, 'pushed')
  assert.equal(await server.readFile('attributes', 'apps/ends.yaml'), 'tag: 2\n')
})
