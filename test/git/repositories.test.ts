import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTrailers } from '../../src/core/git/commit-message.ts'
import { parseTemplate, type Template } from '../../src/core/git/template.ts'
import { openGit, setTag, startGitWorld, textsOf } from './world.ts'

const { server, git, access } = await startGitWorld()
const exchanges = (repository: string) =>
  server.requests().filter((request) => request.repository === repository && request.step === 'exchange')
const pushes = (repository: string) => exchanges(repository).filter(({ service }) => service === 'git-receive-pack')

function template(source: string): Template {
  const parsed = parseTemplate(source)
  assert.ok(parsed.ok)
  return parsed.value
}

test('an edit is committed and pushed on top of what is there, told by the default message and its trailer', async () => {
  const begin = await server.createRepository('one', { 'apps/web/values.yaml': 'tag: 1\n', 'README.md': 'hello\n' })
  // On a busy machine a moment may last longer than it counts as one: here it does not pass.
  const moment = Date.now()
  const git = openGit({ now: () => moment })
  const tip = await git.tip(access('one'), undefined, { notBefore: 0 })
  assert.deepEqual(tip, { branch: 'main', tip: begin })
  const files = await textsOf(git, access('one'), tip.tip, ['apps/web/values.yaml', 'apps/nothing.yaml', 'apps'])
  assert.deepEqual([...files.values()], ['tag: 1\n', undefined, undefined])

  const result = await git.submit(access('one'), 'main', setTag('apps/web/values.yaml', '2', { from: '1' }))
  const [commit, first] = await server.log('one', 'main')
  assert.deepEqual(result, { kind: 'pushed', revision: commit?.oid, carried: [] })
  assert.deepEqual(
    [commit?.subject, commit?.files, first?.oid],
    ['Update example.com/web to 2', ['apps/web/values.yaml'], begin],
  )
  assert.equal(commit?.author, 'image-update-operator <image-update-operator@noreply.invalid>')
  assert.deepEqual(parseTrailers(`${commit?.subject}\n\n${commit?.body}`), [
    { policy: 'argocd/policy', application: { namespace: 'argocd', name: 'web' }, to: '2' },
  ])
  assert.equal(await server.readFile('one', 'apps/web/values.yaml'), 'tag: 2\n')
  assert.equal(await server.readFile('one', 'README.md'), 'hello\n')
  await server.fsck('one')
  const commands = exchanges('one').map(({ command }) => command)
  assert.deepEqual(
    commands.filter((command) => command !== 'fetch'),
    ['ls-refs', undefined],
    'a tip seen a moment ago will do',
  )
  assert.deepEqual(
    await git.tip(access('one'), 'main', { notBefore: 0 }),
    { branch: 'main', tip: commit?.oid },
    'its own push is known',
  )
})

test('a new file in folders that do not exist is made', async () => {
  await server.createRepository('new', { 'README.md': 'hello\n' })
  const result = await git.submit(access('new'), 'main', setTag('apps/web/.argocd-source-web.yaml', '1'))
  assert.equal(result.kind, 'pushed')
  assert.equal(await server.readFile('new', 'apps/web/.argocd-source-web.yaml'), 'tag: 1\n')
  await server.fsck('new')
})

test('what is there already is not committed again, what moved is dropped, and neither stops the others', async () => {
  await server.createRepository('mixed', { a: 'tag: 2\n', b: 'tag: 7\n', c: 'tag: 1\n', d: 'tag: 1\n' })
  const refusal = { kind: 'refused', reason: 'TargetNotFound', message: 'no such key' } as const
  const boom = new Error('a fault of ours')
  const apply = (path: string, work: () => typeof refusal) => ({
    ...setTag(path, '2'),
    edit: { path, reads: [], apply: async () => work() },
  })
  const results = await Promise.allSettled([
    git.submit(access('mixed'), 'main', setTag('a', '2')),
    git.submit(access('mixed'), 'main', setTag('b', '2', { from: '1' })),
    git.submit(access('mixed'), 'main', setTag('c', '2', { from: '1' })),
    git.submit(
      access('mixed'),
      'main',
      apply('d', () => refusal),
    ),
    git.submit(
      access('mixed'),
      'main',
      apply('d', () => {
        throw boom
      }),
    ),
  ])
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value.kind : result.reason)),
    ['unchanged', 'moved', 'pushed', 'refused', boom],
  )
  const [commit, ...rest] = await server.log('mixed')
  assert.deepEqual([commit?.files, rest.length], [['c'], 1])
})

test('forty edits that fall due together are one commit and one push', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `apps/app-${index}/values.yaml`)
  await server.createRepository('forty', Object.fromEntries(names.map((name) => [name, 'tag: 1\n'])))
  const results = await Promise.all(
    names.map((name, index) => git.submit(access('forty'), 'main', setTag(name, '2', { application: `app-${index}` }))),
  )
  const [commit, ...rest] = await server.log('forty')
  assert.ok(results.every((result) => result.kind === 'pushed' && result.revision === commit?.oid))
  assert.deepEqual([rest.length, commit?.files.length, pushes('forty').length], [1, 40, 1])
  assert.equal(parseTrailers(commit?.body ?? '').length, 40)
  await server.fsck('forty')
})

test('several edits of one file are applied one after the other', async () => {
  await server.createRepository('same', { 'values.yaml': 'a: 1\nb: 1\n' })
  const replace = (key: string) => ({
    ...setTag('values.yaml', '2'),
    edit: {
      path: 'values.yaml',
      reads: [],
      apply: async (files: ReadonlyMap<string, string | undefined>) => ({
        kind: 'edited' as const,
        text: (files.get('values.yaml') ?? '').replace(`${key}: 1`, `${key}: 2`),
        carried: [key],
      }),
    },
  })
  const [first, second, again] = await Promise.all(
    ['a', 'b', 'a'].map((key) => git.submit(access('same'), 'main', replace(key))),
  )
  assert.equal(await server.readFile('same', 'values.yaml'), 'a: 2\nb: 2\n')
  assert.deepEqual([first?.kind, second?.kind, again?.kind], ['pushed', 'pushed', 'pushed'])
  assert.deepEqual(
    [first, second, again].map((result) => result?.kind === 'pushed' && result.carried),
    [['a'], ['b'], []],
  )
  assert.equal((await server.log('same')).length, 2)
})

test('edits with another message template get their own commit, in the same push', async () => {
  await server.createRepository('templates', { a: 'tag: 1\n', b: 'tag: 1\n', c: 'tag: 1\n' })
  const message = template('Release on {{ .Branch }}{{ range .Changes }} {{ .Application }}={{ .To }}{{ end }}')
  const results = await Promise.all([
    git.submit(access('templates'), 'main', setTag('a', '2', { message, application: 'one' })),
    git.submit(access('templates'), 'main', setTag('b', '2')),
    git.submit(
      access('templates'),
      'main',
      setTag('c', '2', { message: template(message.source), application: 'three' }),
    ),
  ])
  const log = await server.log('templates')
  assert.deepEqual(
    log.map(({ subject }) => subject),
    ['Update example.com/web to 2', 'Release on main one=2 three=2', 'Begin'],
  )
  assert.deepEqual(
    results.map((result) => result.kind === 'pushed' && result.revision),
    [log[1]?.oid, log[0]?.oid, log[1]?.oid],
  )
  assert.equal(pushes('templates').length, 1)
  await server.fsck('templates')
})

test('two spellings of an address share a lane', async () => {
  await server.createRepository('spelled', { a: 'tag: 1\n', b: 'tag: 1\n' })
  const plain = access('spelled')
  await Promise.all([
    git.submit(plain, 'main', setTag('a', '2')),
    git.submit({ ...plain, url: `${plain.url}/` }, 'main', setTag('b', '2')),
  ])
  assert.equal((await server.log('spelled')).length, 2)
})

test('many who ask for tips and files at the same moment share one request for refs and one for each level', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `apps/app-${index}/values.yaml`)
  await server.createRepository('shared', Object.fromEntries(names.map((name, index) => [name, `tag: ${index}\n`])))
  const own = openGit()
  const asked = await Promise.all(
    names.map(async (name, index) => {
      const { tip } = await own.tip(access('shared'), index % 2 === 0 ? undefined : 'main', {
        notBefore: Date.now() - 60_000,
      })
      return (await textsOf(own, access('shared'), tip, [name])).get(name)
    }),
  )
  assert.deepEqual(
    asked,
    names.map((_, index) => `tag: ${index}\n`),
  )
  const commands = exchanges('shared').map(({ command }) => command)
  assert.deepEqual(
    commands,
    ['ls-refs', 'fetch', 'fetch', 'fetch', 'fetch', 'fetch'],
    'the commit, three levels, the files',
  )

  server.clearRequests()
  const begun = Date.now()
  const moved = [3, 5, 7].map((index) => names[index] ?? '')
  await server.commit('shared', {
    ...Object.fromEntries(moved.map((name) => [name, `tag: new ${name}\n`])),
    'apps/app-4/other': 'x',
  })
  for (const name of [...moved, ...names.slice(0, 3)]) {
    const { tip } = await own.tip(access('shared'), 'main', { notBefore: begun })
    const text = (await textsOf(own, access('shared'), tip, [name])).get(name)
    assert.equal(text, moved.includes(name) ? `tag: new ${name}\n` : `tag: ${names.indexOf(name)}\n`)
  }
  const later = exchanges('shared').map(({ command }) => command)
  assert.deepEqual(
    later,
    ['ls-refs', 'fetch', 'fetch'],
    'what is new, and the files that changed, though asked for one by one',
  )
  await own.close()
})

test('a tip that is young enough is not asked for again', async () => {
  await server.createRepository('young', { a: '1' })
  const first = await git.tip(access('young'), 'main', { notBefore: 0 })
  await server.commit('young', { a: '2' })
  server.clearRequests()
  assert.deepEqual(await git.tip(access('young'), 'main', { notBefore: Date.now() - 60_000 }), first)
  assert.equal(exchanges('young').length, 0)
  assert.notDeepEqual(await git.tip(access('young'), 'main', { notBefore: Date.now() + 1 }), first)
})

test('recent messages come newest first, no more than asked for, without files', async () => {
  await server.createRepository('messages', { a: '0' })
  for (let count = 1; count <= 5; count += 1)
    await server.commit('messages', { a: `${count}` }, { message: `Number ${count}` })
  const { tip } = await git.tip(access('messages'), undefined, { notBefore: 0 })
  const messages = await git.recentMessages(access('messages'), tip, 3)
  assert.deepEqual(
    messages.map(({ message }) => message.trim()),
    ['Number 5', 'Number 4', 'Number 3'],
  )
  assert.equal(messages[0]?.oid, tip)
  const all = await git.recentMessages(access('messages'), tip, 50)
  assert.deepEqual(
    all.map(({ message }) => message.trim()),
    ['Number 5', 'Number 4', 'Number 3', 'Number 2', 'Number 1', 'Begin'],
  )
  assert.deepEqual((await textsOf(git, access('messages'), tip, ['a'])).get('a'), '5')
})

for (const [name, requested, message] of [
  ['a branch that does not exist', 'mian', /"mian" is no branch there; set writeBack\.git\.branch/],
  ['a tag', 'v1.0.0', /"v1\.0\.0" is a tag; set writeBack\.git\.branch/],
  ['a commit', '1efbea16342f5dee5bc807c3abfb125162d03cb9', /is a commit; set/],
  ['a range', '>=1.0', /looks like a version or a range; set/],
] as const) {
  test(`${name} is no branch to write to`, async () => {
    if ((await server.tip('branches').catch(() => undefined)) === undefined)
      await server.createRepository('branches', { a: '1' })
    await server.tag('branches', 'v1.0.0').catch(() => undefined)
    await assert.rejects(git.tip(access('branches'), requested, { notBefore: 0 }), {
      name: 'ReconcileError',
      reason: 'BranchUnknown',
      message,
      retry: { kind: 'interval' },
    })
    await assert.rejects(git.submit(access('branches'), requested, setTag('a', '2')), { reason: 'BranchUnknown' })
  })
}

test('a repository without commits, and one whose HEAD names no branch, say so', async () => {
  await server.createRepository('empty', { a: '1' })
  await server.deleteBranch('empty', 'main')
  await assert.rejects(git.tip(access('empty'), undefined, { notBefore: 0 }), {
    reason: 'BranchUnknown',
    message: /no commits yet/,
  })
  await assert.rejects(git.tip(access('empty'), 'main', { notBefore: 0 }), {
    reason: 'BranchUnknown',
    message: /"main" is no branch there/,
  })
})
