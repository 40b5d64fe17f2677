import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { SigningKey } from '../../../src/core/git/signing-key.ts'
import { createCommitSigners } from '../../../src/git/lanes/commit-signer.ts'
import { newCommit } from '../../../src/git/objects/commit-object.ts'
import { temporaryFolder } from '../../servers/guard.ts'
import { setTag, startGitWorld } from '../world.ts'

const run = promisify(execFile)
const folder = temporaryFolder('signing')
after(() => folder.remove())
const file = (name: string) => join(folder.path, name)
await run('git', ['init', '--quiet', folder.path])
await run('git', ['-C', folder.path, 'config', 'gpg.ssh.allowedSignersFile', file('signers')])

const author = { name: 'Bot', email: 'bot@example.com' }
const tree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const parent = '1efbea16342f5dee5bc807c3abfb125162d03cb9'

const keyOf = (privateKey: string, passphrase = ''): SigningKey => ({ kind: 'ssh', privateKey, passphrase })

/** Makes a key that git takes for the author's. */
async function makeKey(name: string, ...args: readonly string[]): Promise<string> {
  await run('ssh-keygen', ['-q', '-f', file(name), ...args])
  await writeFile(file('signers'), `${author.email} ${await readFile(file(`${name}.pub`), 'utf8')}`)
  return await readFile(file(name), 'utf8')
}

/** What git says of the signature of an object. Rejects when it is not good. */
async function verify(content: Buffer): Promise<string> {
  await writeFile(file('object'), content)
  const { stdout } = await run('git', ['-C', folder.path, 'hash-object', '-t', 'commit', '-w', file('object')])
  const { stderr } = await run('git', ['-C', folder.path, 'verify-commit', '-v', stdout.trim()])
  return stderr
}

for (const [name, ...args] of [
  ['ed25519', '-t', 'ed25519', '-N', ''],
  ['rsa', '-t', 'rsa', '-b', '2048', '-N', ''],
  ['ecdsa256', '-t', 'ecdsa', '-b', '256', '-N', ''],
  ['ecdsa384', '-t', 'ecdsa', '-b', '384', '-N', ''],
  ['ecdsa521', '-t', 'ecdsa', '-b', '521', '-N', ''],
  ['encrypted', '-t', 'ed25519', '-N', 'correct horse'],
] as const)
  test(`git verifies what a key of kind ${name} has signed, and nothing else`, async () => {
    const passphrase = name === 'encrypted' ? 'correct horse' : ''
    const signer = await createCommitSigners()(keyOf(await makeKey(name, ...args), passphrase))
    assert.ok(signer.ok)
    // Numbers in ECDSA signatures differ in length: now and then one is shorter.
    for (let time = 0; time < 8_000; time += 1_000) {
      const { content } = await newCommit({
        tree,
        parent,
        author,
        time,
        message: 'Update\n\nbody',
        signer: signer.value,
      })
      assert.match(await verify(content), /Good "git" signature for bot@example\.com/)
    }
    const { content } = await newCommit({ tree, parent, author, time: 0, message: 'Update', signer: signer.value })
    await assert.rejects(verify(Buffer.from(content.toString().replace('Update', 'Opdate'))))
  })

test('a key that is none, or can’t be opened, is a fault that repeats nothing of it', async () => {
  const signers = createCommitSigners()
  const read = await signers(keyOf('s3cret'))
  assert.ok(!read.ok && !read.fault.includes('s3cret'))
})

test('one key is one signer, whoever asks', async () => {
  const key = await makeKey('again', '-t', 'ed25519', '-N', '')
  const signers = createCommitSigners()
  const [one, two] = [await signers(keyOf(key)), await signers(keyOf(key))]
  assert.ok(one.ok && two.ok)
  assert.equal(one.value, two.value)
})

test('commits that are pushed bear author, sign-off and a signature that git verifies', async () => {
  const { server, git, access } = await startGitWorld()
  await server.createRepository('signed', { a: 'tag: 1\n', b: 'tag: 1\n', c: 'tag: 1\n' })
  const signer = await createCommitSigners()(keyOf(await makeKey('pushed', '-t', 'ed25519', '-N', '')))
  assert.ok(signer.ok)
  const style = { author, signOff: true, signer: signer.value }
  const results = await Promise.all([
    git.submit(access('signed'), 'main', { ...setTag('a', '2'), style }),
    git.submit(access('signed'), 'main', { ...setTag('b', '2'), style }),
    git.submit(access('signed'), 'main', setTag('c', '2')),
  ])
  const [one, two, other] = results.map((result) => (result.kind === 'pushed' ? result.revision : result.kind))
  assert.equal(one, two)
  assert.notEqual(one, other)
  const commits = await server.log('signed')
  assert.equal(commits.length, 3)
  assert.ok(commits.some(({ oid }) => oid === other))
  const ours = commits.find(({ oid }) => oid === one)
  assert.equal(ours?.author, 'Bot <bot@example.com>')
  assert.match(ours?.body ?? '', /Image-Update: .*\nSigned-off-by: Bot <bot@example\.com>$/)
  await server.fsck('signed')
  await run('git', ['-C', folder.path, 'fetch', '--quiet', server.repositoryUrl('signed'), 'main'])
  const { stderr } = await run('git', ['-C', folder.path, 'verify-commit', '-v', one ?? ''])
  assert.match(stderr, /Good "git" signature/)
})
