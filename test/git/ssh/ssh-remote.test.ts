import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import type { GitAccess } from '../../../src/git/access.ts'
import { createGuardPool } from '../../../src/http/guard-pool.ts'
import { passphrase } from '../../servers/sshd.ts'
import { openGit, setTag, startSshWorld } from '../world.ts'

const { server, git, access } = await startSshWorld({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] })
await server.createRepository('config', { a: 'tag: 1\n', 'deep/er/b': 'tag: 1\n' })

const tipOf = (of: GitAccess, repositories = git) => repositories.tip(of, undefined, { notBefore: Infinity })
const keyOf = (kind: keyof typeof server.clientKeys, opened = '') =>
  ({ kind: 'sshKey', privateKey: server.clientKeys[kind].privateKey, passphrase: opened }) as const

for (const [kind, opened] of [
  ['ed25519', ''],
  ['rsa', ''],
  ['ecdsa', ''],
  ['encrypted', passphrase],
] as const)
  test(`a key of kind ${kind} lets in`, async () => {
    const own = access('config', { credential: keyOf(kind, opened), credentialId: kind })
    assert.equal((await tipOf(own)).branch, 'main')
  })

test('a whole edit goes over one connection: refs, objects and push', async () => {
  await server.createRepository('edited', { a: 'tag: 1\n', 'deep/er/b': 'tag: 1\n' })
  const before = (await server.commands()).length
  const own = access('edited')
  const { tip } = await tipOf(own)
  assert.deepEqual((await git.read(own, tip, ['deep/er/b'])).get('deep/er/b'), {
    kind: 'text',
    text: 'tag: 1\n',
    mode: '100644',
  })
  assert.equal((await git.submit(own, 'main', setTag('deep/er/b', '2'))).kind, 'pushed')
  assert.equal(await server.readFile('edited', 'deep/er/b'), 'tag: 2\n')
  await server.fsck('edited')
  const commands = (await server.commands()).slice(before)
  assert.deepEqual(
    commands.map(({ command }) => command),
    ["git-upload-pack '/edited.git'", "git-receive-pack '/edited.git'"],
  )
  assert.equal(new Set(commands.map(({ connection }) => connection)).size, 1)
})

for (const [name, options] of [
  ['that accepts no protocol version 2', { version2: false }],
  ['that refuses filters', { filters: false }],
] as const)
  test(`a server ${name} is read and written to all the same`, async () => {
    const old = await startSshWorld(options)
    await old.server.createRepository('config', { a: 'tag: 1\n', b: 'tag: 1\n' })
    const own = old.access('config')
    for (const to of ['2', '3']) {
      assert.equal((await old.git.submit(own, 'main', setTag('a', to))).kind, 'pushed')
      await old.server.commit('config', { c: to })
    }
    const { tip } = await tipOf(own, old.git)
    assert.deepEqual((await old.git.read(own, tip, ['a'])).get('a'), { kind: 'text', text: 'tag: 3\n', mode: '100644' })
    await old.server.fsck('config')
  })

test('a lost race over SSH is run again', async () => {
  await server.createRepository('raced', { a: 'tag: 1\n' })
  const own = access('raced')
  await tipOf(own)
  await server.commit('raced', { other: '1' })
  assert.equal((await git.submit(own, 'main', setTag('a', '2'))).kind, 'pushed')
  assert.equal((await server.log('raced')).length, 3)
})

test('a hook that refuses is quoted', async () => {
  await server.createRepository('hooked', { a: 'tag: 1\n' })
  await server.hook('hooked', 'pre-receive', '#!/bin/sh\necho "only on Mondays"\nexit 1\n')
  await assert.rejects(git.submit(access('hooked'), 'main', setTag('a', '2')), {
    reason: 'PushRejected',
    message: /only on Mondays/,
  })
})

test('paths with quotes and blanks reach the server as they are', async () => {
  await server.createRepository("it's a $(test)", { a: 'tag: 1\n' })
  const own = access('x', { url: `ssh://${server.user}@127.0.0.1:${server.port}/it's%20a%20$(test).git` })
  assert.equal((await tipOf(own)).branch, 'main')
})

test('a repository that does not exist is said to be missing', async () => {
  await assert.rejects(tipOf(access('missing')), {
    reason: 'GitRepositoryNotFound',
    message: /127\.0\.0\.1:\d+\/missing answered: fatal: .* does not appear to be a git repository/,
  })
})

test('a key that is refused is said, and never shown', async () => {
  const stranger = await startSshWorld()
  const credential = {
    kind: 'sshKey',
    privateKey: stranger.server.clientKeys.ed25519.privateKey,
    passphrase: '',
  } as const
  await assert.rejects(
    tipOf(access('config', { credential, credentialId: 'stranger' })),
    (error: Error & { reason?: string }) => {
      assert.equal(error.reason, 'GitAuthFailed')
      assert.match(error.message, /^127\.0\.0\.1:\d+ refused the SSH key for user \w+; register its public half/)
      assert.ok(!inspect(error, { depth: 10 }).includes(credential.privateKey.split('\n')[2] ?? '-'))
      return true
    },
  )
})

for (const [name, credential, message] of [
  ['is missing', undefined, /name a Secret with sshPrivateKey/],
  ['is none', { kind: 'sshKey', privateKey: 'hello', passphrase: '' }, /sshPrivateKey is no private key/],
  ['is encrypted', keyOf('encrypted'), /is encrypted; put its passphrase beside it/],
  ['is opened by another passphrase', keyOf('encrypted', 'wrong'), /can’t be decrypted by the passphrase/],
] as const)
  test(`a key that ${name} is said`, async () => {
    const own = access('config', { credential, credentialId: name })
    await assert.rejects(tipOf(own), { reason: 'GitAuthFailed', message })
  })

const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0fZ6Yq0Xm2y2r7QmJ1k1J2k3l4m5n6o7p8q9r0s1t2'
const at = `[127.0.0.1]:${server.port}`
for (const [name, text, message] of [
  ['is not known', '', /knows none of it: add the line that ssh-keyscan prints/],
  ['is another one', `${at} ${other}\n`, /knows others of it: if the key was changed, correct its line there/],
  [
    'is revoked',
    `${server.knownHosts}${server.hostKeys.map((key) => `@revoked * ${key}\n`).join('')}`,
    /which ConfigMap .* revokes/,
  ],
] as const)
  test(`a host whose key ${name} is shown nothing`, async () => {
    const before = (await server.commands()).length
    const knownHosts = { text, from: 'ConfigMap argocd/argocd-ssh-known-hosts-cm' }
    const refusal = { reason: 'HostKeyVerificationFailed', message }
    await assert.rejects(tipOf(access('config', { knownHosts })), refusal)
    await assert.rejects(
      tipOf(access('config', { knownHosts })),
      /shows the SSH host key SHA256:[A-Za-z0-9+/]{43} \(ssh-/,
    )
    assert.equal((await server.commands()).length, before)
  })

for (const key of server.hostKeys)
  test(`a host is known by its ${key.split(' ')[0]} key alone`, async () => {
    const knownHosts = { text: `${at} ${key}\n`, from: 'tests' }
    assert.equal((await tipOf(access('config', { knownHosts }))).branch, 'main')
  })

test('whoever is not to be verified is not', async () => {
  const own = access('config', { knownHosts: { text: `${at} ${other}\n`, from: 'tests' }, insecure: true })
  assert.equal((await tipOf(own)).branch, 'main')
})

test('hosts that are not allowed, and this machine unless it is named, are not asked', async () => {
  for (const allowed of [['git.example.com'], []]) {
    const guards = createGuardPool({ allowed, flag: '--allowed-git-hosts' })
    after(() => guards.close())
    await assert.rejects(tipOf(access('config'), openGit({ guards })), {
      reason: 'HostNotAllowed',
      message: /127\.0\.0\.1:\d+ is .*not in --allowed-git-hosts/,
    })
  }
})

async function listen(talk: (server: Server) => void): Promise<number> {
  const listening = createServer()
  talk(listening)
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  after(() => listening.close())
  const address = listening.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

test('a server that says nothing is given up', async () => {
  const sockets: { destroy(): void }[] = []
  const port = await listen((silent) => silent.on('connection', (socket) => sockets.push(socket)))
  after(() => sockets.forEach((socket) => socket.destroy()))
  const impatient = openGit({ timeouts: { read: 300, push: 300 } })
  await assert.rejects(tipOf(access('x', { url: `ssh://git@127.0.0.1:${port}/x` }), impatient), {
    reason: 'GitUnavailable',
    message: /did not answer in time/,
  })
})

test('a command that hangs is given up, and the next one served', async () => {
  await server.createRepository('slow', { a: 'tag: 1\n' })
  const impatient = openGit({ timeouts: { read: 1500, push: 1500 } })
  await server.before('sleep 20')
  await assert.rejects(tipOf(access('slow'), impatient), {
    reason: 'GitUnavailable',
    message: /did not answer in time/,
  })
  await server.before(undefined)
  assert.equal((await tipOf(access('slow'), impatient)).branch, 'main')
})

for (const [name, script, message] of [
  ['speaks of something else', 'echo This account is closed; exit 0', /not in the git protocol/],
  ['ends without a word', 'exit 3', /ended the conversation without a word/],
  ['is cut in the middle', 'printf 00ffversion; exit 0', /cut short/],
] as const)
  test(`a server that ${name} has failed`, async () => {
    await server.before(script)
    after(() => server.before(undefined))
    await assert.rejects(tipOf(access('config')), { reason: 'GitUnavailable', message })
    await server.before(undefined)
    assert.equal((await tipOf(access('config'))).branch, 'main')
  })

test('what listens and is no SSH server has failed', async () => {
  const port = await listen((web) => web.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
  await assert.rejects(tipOf(access('x', { url: `ssh://git@127.0.0.1:${port}/x` })), { reason: 'GitUnavailable' })
})

test('a conversation that the server has ended meanwhile is begun anew', async () => {
  const fresh = openGit()
  const own = access('config')
  await tipOf(own, fresh)
  await server.endConnections()
  assert.equal((await tipOf(own, fresh)).branch, 'main')
})

test('every exchange is told of', async () => {
  const told: string[] = []
  const counted = openGit({
    onRequest: ({ host, operation, status }) => void told.push(`${host} ${operation} ${status}`),
  })
  await server.createRepository('counted', { a: 'tag: 1\n' })
  assert.equal((await counted.submit(access('counted'), 'main', setTag('a', '2'))).kind, 'pushed')
  const host = `127.0.0.1:${server.port}`
  assert.deepEqual(new Set(told), new Set([`${host} fetch ok`, `${host} push ok`]))
})
