import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTrailers } from '../../../src/core/git/commit-message.ts'
import { parseTemplate } from '../../../src/core/git/template.ts'
import { startProxy } from '../proxy.ts'
import { openAccess, openGit, setTag, startGitWorld } from '../world.ts'

const { server, git, access } = await startGitWorld()
const pushes = (repository: string) =>
  server
    .requests()
    .filter(
      (request) =>
        request.repository === repository && request.service === 'git-receive-pack' && request.step === 'exchange',
    )

/** Interferes with the exchanges of one repository's pushes, counted from 1. */
function onPush(
  repository: string,
  interfere: (count: number) => Promise<'cut' | 'loseAnswer' | undefined> | 'cut' | 'loseAnswer' | undefined,
): void {
  let count = 0
  server.fault(async (request) => {
    if (request.repository !== repository || request.service !== 'git-receive-pack' || request.step !== 'exchange')
      return undefined
    count += 1
    const kind = await interfere(count)
    return kind === undefined ? undefined : { kind }
  })
}

function template(source: string) {
  const parsed = parseTemplate(source)
  assert.ok(parsed.ok)
  return parsed.value
}

test('another writer between our look and our push: nothing is lost on either side', async () => {
  await server.createRepository('raced', { a: 'tag: 1\n', b: 'tag: 1\n' })
  onPush('raced', async (count) => {
    if (count <= 5) await server.commit('raced', { b: `tag: ${count + 10}\n`, [`other-${count}`]: 'x' })
    return undefined
  })
  const results = await Promise.all([
    git.submit(access('raced'), 'main', setTag('a', '2', { from: '1' })),
    git.submit(access('raced'), 'main', setTag('b', '2', { from: '1' })),
  ])
  server.fault(undefined)
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['pushed', 'moved'],
    'what was decided upon no longer stands in b',
  )
  const log = await server.log('raced')
  assert.deepEqual([log.length, log[0]?.files, pushes('raced').length], [7, ['a'], 6])
  assert.equal(await server.readFile('raced', 'b'), 'tag: 15\n')
  await server.fsck('raced')
})

test('two Applications of one file: each is told of the commit, and the commit of each', async () => {
  await server.createRepository('shared', { a: 'tag: 1\n' })
  const results = await Promise.all(
    ['web', 'api'].map((application) =>
      git.submit(access('shared'), 'main', setTag('a', '2', { from: '1', application })),
    ),
  )
  const [commit, ...before] = await server.log('shared')
  const pushed = { kind: 'pushed', revision: commit?.oid, carried: [] }
  assert.deepEqual([results, before.length], [[pushed, pushed], 1])
  const [message] = await git.recentMessages(access('shared'), commit?.oid ?? '', 1)
  assert.deepEqual(
    parseTrailers(message?.message ?? '').map(({ application }) => application.name),
    ['web', 'api'],
  )
  const late = await git.submit(access('shared'), 'main', setTag('a', '2', { application: 'late' }))
  assert.deepEqual(late, { kind: 'unchanged', revision: commit?.oid })
})

test('five writers push as fast as they can while fifty edits are submitted: every commit is there', async () => {
  const ours = Array.from({ length: 50 }, (_, index) => `apps/app-${index}/values.yaml`)
  await server.createRepository('rivals', Object.fromEntries(ours.map((path) => [path, 'tag: 1\n'])))
  const rivals = Array.from({ length: 5 }, async (_, rival) => {
    for (let count = 0; count < 8; count += 1) await server.commit('rivals', { [`rival-${rival}/${count}`]: 'x' })
  })
  const edits = ours.map(async (path, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 8))
    return git.submit(access('rivals'), 'main', setTag(path, '2', { from: '1' }))
  })
  const results = await Promise.all(edits)
  await Promise.all(rivals)
  assert.ok(results.every(({ kind }) => kind === 'pushed'))
  const { files } = await server.readTree(server.repositoryUrl('rivals'), 'main')
  for (const path of ours) assert.equal(files.get(path), 'tag: 2\n')
  assert.equal([...files.keys()].filter((path) => path.startsWith('rival-')).length, 40)
  const log = await server.log('rivals')
  const told = log.flatMap(({ body }) => body.match(/^Image-Update: /gm) ?? [])
  assert.equal(told.length, 50, 'no edit is committed twice')
  await server.fsck('rivals')
})

test('where others are quicker again and again, edits are pushed in smaller parts, which take less time', async () => {
  const ours = Array.from({ length: 8 }, (_, index) => `app-${index}`)
  await server.createRepository('busy', Object.fromEntries(ours.map((path) => [path, 'tag: 1\n'])))
  onPush('busy', async (count) => {
    if (count <= 7) await server.commit('busy', { rival: `${count}` }, { message: 'Rival' })
    return undefined
  })
  const results = await Promise.all(
    ours.map((path) => git.submit(access('busy'), 'main', setTag(path, '2', { from: '1' }))),
  )
  server.fault(undefined)
  assert.ok(results.every(({ kind }) => kind === 'pushed'))
  const commits = (await server.log('busy')).filter(({ subject }) => subject.startsWith('Update'))
  assert.deepEqual(
    commits.map(({ files }) => files.length),
    [4, 4],
  )
})

for (const kind of ['cut', 'loseAnswer'] as const) {
  test(`the connection ends ${kind === 'cut' ? 'before the server has seen the push' : 'before the server has told that it took the push'}: one commit, and it is known`, async () => {
    const repository = `cut-${kind}`
    await server.createRepository(repository, { a: 'tag: 1\n' })
    onPush(repository, (count) => (count === 1 ? kind : undefined))
    const result = await git.submit(access(repository), 'main', setTag('a', '2', { from: '1' }))
    server.fault(undefined)
    const log = await server.log(repository)
    assert.deepEqual(result, { kind: 'pushed', revision: log[0]?.oid, carried: [] })
    assert.deepEqual([log.length, pushes(repository).length], [2, kind === 'cut' ? 2 : 1])
  })
}

test('a push whose answer is lost, and another writer right behind it: our commit is found below theirs', async () => {
  await server.createRepository('buried', { a: 'tag: 1\n' })
  let lost = false
  server.fault(async ({ repository, service, step }) => {
    if (repository !== 'buried' || step !== 'exchange') return undefined
    if (service === 'git-receive-pack') {
      lost = true
      return { kind: 'loseAnswer' }
    }
    // Our next look at the branch: by then two others were there.
    if (lost) for (const text of ['1', '2']) await server.commit('buried', { b: text })
    lost = false
    return undefined
  })
  const result = await git.submit(access('buried'), 'main', setTag('a', '2', { from: '1' }))
  server.fault(undefined)
  const log = await server.log('buried')
  assert.deepEqual(result, { kind: 'pushed', revision: log[2]?.oid, carried: [] })
  assert.deepEqual([log.length, pushes('buried').length], [4, 1])
})

test('a push that was thought lost arrives late: it is one commit all the same', async () => {
  await server.createRepository('late', { a: 'tag: 1\n' })
  let first: Buffer | undefined
  const url = await startProxy({
    target: server.url,
    async answer(path, body) {
      if (!path.endsWith('/git-receive-pack')) return undefined
      if (first !== undefined) {
        const headers = { 'content-type': 'application/x-git-receive-pack-request' }
        await (
          await fetch(`${server.url}${path}`, { method: 'POST', headers, body: new Uint8Array(first) })
        ).arrayBuffer()
        return undefined
      }
      first = body
      return { cut: true }
    },
  })
  const result = await git.submit(openAccess(`${url}/late.git`), 'main', setTag('a', '2', { from: '1' }))
  const log = await server.log('late')
  assert.deepEqual([log.length, result], [2, { kind: 'pushed', revision: log[0]?.oid, carried: [] }])
})

test('a server that never answers a push is not asked for ever, and what it did is found at the next try', async () => {
  await server.createRepository('mute', { a: 'tag: 1\n' })
  onPush('mute', () => 'cut')
  await assert.rejects(git.submit(access('mute'), 'main', setTag('a', '2')), {
    reason: 'GitUnavailable',
    retry: { kind: 'backoff' },
  })
  server.fault(undefined)
  assert.equal((await git.submit(access('mute'), 'main', setTag('a', '2'))).kind, 'pushed')
  assert.equal((await server.log('mute')).length, 2)
})

test('a push that a hook refuses is repeated commit by commit, so that only what is not wanted is refused', async () => {
  await server.createRepository('hooked', { a: 'tag: 1\n', b: 'tag: 1\n', c: 'tag: 1\n' })
  const script = `#!/bin/sh
while read old new ref; do
  if git log --format=%s $old..$new | grep -q Forbidden; then
    echo "no \u001b[31mForbidden\u001b[0m here, see https://user:pass@ci.example.com/rules" >&2; exit 1
  fi
done`
  await server.hook('hooked', 'pre-receive', script)
  const results = await Promise.allSettled([
    git.submit(access('hooked'), 'main', setTag('a', '2', { message: template('Fine') })),
    git.submit(access('hooked'), 'main', setTag('b', '2', { message: template('Forbidden') })),
    git.submit(access('hooked'), 'main', setTag('c', '2', { message: template('Fine as well') })),
  ])
  const [first, second, third] = results
  assert.deepEqual([first?.status, third?.status], ['fulfilled', 'fulfilled'])
  assert.ok(second?.status === 'rejected')
  assert.equal(second.reason.reason, 'PushRejected')
  assert.match(
    second.reason.message,
    /refused the push to main: pre-receive hook declined: no Forbidden here, see https:\/\/ci\.example\.com\/rules$/,
  )
  assert.deepEqual(
    (await server.log('hooked')).map(({ subject }) => subject),
    ['Fine as well', 'Fine', 'Begin'],
  )
  assert.equal(await server.readFile('hooked', 'b'), 'tag: 1\n')
  await server.fsck('hooked')
})

test('edits that come while a push runs go into the next', async () => {
  await server.createRepository('rounds', { a: 'tag: 1\n', b: 'tag: 1\n', c: 'tag: 1\n' })
  const later: Promise<unknown>[] = []
  onPush('rounds', (count) => {
    if (count === 1) for (const path of ['b', 'c']) later.push(git.submit(access('rounds'), 'main', setTag(path, '2')))
    return undefined
  })
  await git.submit(access('rounds'), 'main', setTag('a', '2'))
  await Promise.all(later)
  server.fault(undefined)
  assert.deepEqual(
    (await server.log('rounds')).map(({ files }) => files.toSorted()),
    [['b', 'c'], ['a'], ['a', 'b', 'c']],
  )
})

test('a server that is down is said to be, and all is well when it is up again', async () => {
  await server.createRepository('down', { a: 'tag: 1\n' })
  await git.tip(access('down'), 'main', { notBefore: 0 })
  await server.stopServing()
  await assert.rejects(git.tip(access('down'), 'main', { notBefore: Infinity }), {
    reason: 'GitUnavailable',
    message: /can't be reached: it refuses connections/,
  })
  await assert.rejects(git.submit(access('down'), 'main', setTag('a', '2')), { reason: 'GitUnavailable' })
  await server.startServing()
  assert.equal((await git.submit(access('down'), 'main', setTag('a', '2'))).kind, 'pushed')
})

test('closing commits what was submitted', async () => {
  await server.createRepository('closing', { a: 'tag: 1\n' })
  const own = openGit({ settled: () => new Promise(() => undefined), commitWindow: 60_000 })
  const submitted = own.submit(access('closing'), 'main', setTag('a', '2'))
  await own.close()
  assert.equal((await submitted).kind, 'pushed')
})
