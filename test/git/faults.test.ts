// What goes wrong outside is told in words, leaves nothing half done behind, and is over when it is over.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { startProxy } from './proxy.ts'
import { openAccess, openGit, setTag, startGitWorld, startSshWorld, textsOf } from './world.ts'

const run = promisify(execFile)
const { server, git, access } = await startGitWorld()
/** Does not become smaller in a pack, so that the pack's middle is in it. */
const noise = () => randomBytes(60_000).toString('base64')
const ssh = await startSshWorld({ filters: false })

test('a pack that is cut in the middle is asked for once more', async () => {
  await server.createRepository('cut-once', { a: 'tag: 1\n', noise: noise() })
  let cuts = 0
  const url = await startProxy({
    target: server.url,
    answer(path, body) {
      if (!path.endsWith('/git-upload-pack') || !body.includes('command=fetch') || cuts > 0) return undefined
      cuts += 1
      return { first: 150 }
    },
  })
  const own = openAccess(`${url}/cut-once.git`)
  const { tip } = await git.tip(own, undefined, { notBefore: 0 })
  assert.equal((await textsOf(git, own, tip, ['a'])).get('a'), 'tag: 1\n')
  assert.equal(cuts, 1)
})

for (const [name, filters] of [
  ['with filters', true],
  ['without filters', false],
] as const)
  test(`a server ${name} that cuts each pack in the middle has failed, and is read as soon as it does not`, async () => {
    const own = filters ? { server, git } : await startGitWorld({ filters })
    const repository = `cut-${filters}`
    await own.server.createRepository(repository, { a: 'tag: 1\n', b: noise() })
    let cutting = true
    const url = await startProxy({
      target: own.server.url,
      answer: (path, body) =>
        cutting && path.endsWith('/git-upload-pack') && body.includes('command=fetch') ? { first: 150 } : undefined,
    })
    const at = openAccess(`${url}/${repository}.git`)
    const { tip } = await own.git.tip(at, undefined, { notBefore: 0 })
    for (const work of [() => own.git.read(at, tip, ['a']), () => own.git.submit(at, 'main', setTag('a', '2'))])
      await assert.rejects(work(), { reason: 'GitUnavailable', message: /the connection broke/ })
    assert.equal((await own.server.log(repository)).length, 1)
    cutting = false
    assert.equal((await own.git.submit(at, 'main', setTag('a', '2', { from: '1' }))).kind, 'pushed')
    await own.server.fsck(repository)
  })

test('a pack whose end is missing, though the answer is whole, is not taken', async () => {
  await server.createRepository('short', { a: 'tag: 1\n', b: noise() })
  let cutting = true
  const url = await startProxy({
    target: server.url,
    async answer(path, body) {
      if (!cutting || !path.endsWith('/git-upload-pack') || !body.includes('command=fetch')) return undefined
      const headers = { 'git-protocol': 'version=2', 'content-type': 'application/x-git-upload-pack-request' }
      const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body })
      return Buffer.from(await answer.arrayBuffer()).subarray(0, 150)
    },
  })
  const own = openAccess(`${url}/short.git`)
  const { tip } = await git.tip(own, undefined, { notBefore: 0 })
  await assert.rejects(git.read(own, tip, ['a']), { reason: 'GitUnavailable', message: /cut short/ })
  cutting = false
  assert.equal((await textsOf(git, own, tip, ['a'])).get('a'), 'tag: 1\n')
})

test('a pack that is cut in the middle over SSH is not taken, and the next conversation serves', async () => {
  await ssh.server.createRepository('config', { a: 'tag: 1\n', b: noise() })
  const own = ssh.access('config')
  await ssh.server.before(
    'eval "set -- $SSH_ORIGINAL_COMMAND"; "$1" "./${2#/}" | { dd bs=1 count=30000 2>/dev/null; kill -9 $$; }',
  )
  const { tip } = await ssh.git.tip(own, undefined, { notBefore: 0 })
  await assert.rejects(ssh.git.read(own, tip, ['a']), { reason: 'GitUnavailable' })
  await ssh.server.before(undefined)
  assert.equal((await ssh.git.submit(own, 'main', setTag('a', '2', { from: '1' }))).kind, 'pushed')
  await ssh.server.fsck('config')
})

test('credentials that expire after they worked are told of, and new ones of the same name serve', async () => {
  const credential = { kind: 'basic', username: 'bot', password: 'token-1' } as const
  await server.createRepository('expiring', { a: 'tag: 1\n' })
  const own = access('expiring', { credential, credentialId: 'token-1' })
  assert.equal((await git.submit(own, 'main', setTag('a', '2'))).kind, 'pushed')
  for (const status of [401, 403]) {
    server.fault(({ repository }) => (repository === 'expiring' ? { kind: 'answer', status } : undefined))
    await assert.rejects(git.tip(own, undefined, { notBefore: Infinity }), {
      reason: 'GitAuthFailed',
      message: /refused the credentials \(HTTP 40[13]\); .* whether they expired/,
    })
    await assert.rejects(git.submit(own, 'main', setTag('a', '3')), { reason: 'GitAuthFailed' })
    server.fault(undefined)
  }
  const renewed = access('expiring', { credential: { ...credential, password: 'token-2' }, credentialId: 'token-2' })
  assert.equal((await git.submit(renewed, 'main', setTag('a', '3', { from: '2' }))).kind, 'pushed')
})

test('credentials that expire between reading and pushing change nothing', async () => {
  const credential = { kind: 'bearer', token: 'token-1' } as const
  await server.createRepository('half-expired', { a: 'tag: 1\n' })
  const own = access('half-expired', { credential, credentialId: 'token-1' })
  server.fault(({ repository, service, step }) =>
    repository === 'half-expired' && service === 'git-receive-pack' && step === 'exchange'
      ? { kind: 'answer', status: 401 }
      : undefined,
  )
  await assert.rejects(git.submit(own, 'main', setTag('a', '2')), { reason: 'GitAuthFailed' })
  server.fault(undefined)
  assert.equal((await server.log('half-expired')).length, 1)
  assert.equal((await git.submit(own, 'main', setTag('a', '2'))).kind, 'pushed')
})

/** How large a file may become that this process writes, as a disk that is full would have it (Linux). */
async function limitFileSize(bytes: number | 'unlimited'): Promise<void> {
  await run('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
}

test('a disk that is full is told of with its flag, leaves nothing half written, and is used again when there is room', async () => {
  await server.createRepository('disk', { a: 'tag: 1\n', noise: noise() })
  const cacheFolder = mkdtempSync(join(tmpdir(), 'full-'))
  after(() => rmSync(cacheFolder, { recursive: true, force: true }))
  const cramped = openGit({ cacheFolder })
  const own = access('disk')
  const { tip } = await cramped.tip(own, undefined, { notBefore: 0 })
  // The tree and the small file still fit, the large one does not.
  assert.equal((await textsOf(cramped, own, tip, ['a'])).get('a'), 'tag: 1\n')
  const full = { reason: 'InternalError', message: /folder that --cache-dir names \(EFBIG\); it needs room/ }
  await limitFileSize(4096)
  try {
    await assert.rejects(cramped.read(own, tip, ['noise']), full)
    assert.equal((await textsOf(cramped, own, tip, ['a'])).get('a'), 'tag: 1\n', 'what is here is still read')
  } finally {
    await limitFileSize('unlimited')
  }
  const left = readdirSync(cacheFolder, { recursive: true, encoding: 'utf8' })
  assert.deepEqual(
    left.filter((name) => name.endsWith('.new')),
    [],
  )
  assert.equal((await cramped.read(own, tip, ['noise'])).get('noise')?.kind, 'text')
  assert.equal((await cramped.submit(own, 'main', setTag('a', '2', { from: '1' }))).kind, 'pushed')
})
