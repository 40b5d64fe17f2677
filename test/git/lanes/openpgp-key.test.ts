import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { SigningKey } from '../../../src/core/git/signing-key.ts'
import { newCommit } from '../../../src/git/objects/commit-object.ts'
import { createCommitSigners } from '../../../src/git/lanes/commit-signer.ts'
import { readOpenPgpKey } from '../../../src/git/lanes/openpgp-key.ts'
import { temporaryFolder } from '../../servers/guard.ts'
import { gpgProgram } from '../../servers/programs.ts'
import { setTag, startGitWorld } from '../world.ts'

const folder = temporaryFolder('openpgp')
const environment = { ...process.env, GNUPGHOME: folder.path }
const program = await gpgProgram()
after(async () => {
  await promisify(execFile)('gpgconf', ['--kill', 'all'], { env: environment }).catch(() => undefined)
  await folder.remove()
})
const run = async (command: string, ...args: readonly string[]) =>
  await promisify(execFile)(command, [...args], { env: environment })
const gpg = async (secret: string, ...args: readonly string[]): Promise<string> =>
  (await run(program, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', secret, ...args)).stdout

await run('git', 'init', '--quiet', join(folder.path, 'repository'))
const git = async (...args: readonly string[]) =>
  await run('git', '-C', join(folder.path, 'repository'), '-c', `gpg.program=${program}`, ...args)

const author = { name: 'Bot', email: 'bot@example.com' }
const passphrase = 'correct horse'

/** Has gpg make a key for an address, and answers with its fingerprint. */
async function makeKey(
  name: string,
  { kind, usage = 'sign', ends = 'never', secret = '', more = [] }: KeyOptions,
): Promise<string> {
  await gpg(secret, ...more, '--quick-generate-key', `${name}@example.com`, kind, usage, ends)
  const listed = await gpg('', '--with-colons', '--list-keys', `${name}@example.com`)
  return /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? ''
}

interface KeyOptions {
  readonly kind: string
  readonly usage?: string
  readonly ends?: string
  readonly secret?: string
  readonly more?: readonly string[]
}

const exported = (name: string, secret = '') => gpg(secret, '--armor', '--export-secret-keys', `${name}@example.com`)
const keyOf = (privateKey: string, secret = ''): SigningKey => ({ kind: 'openpgp', privateKey, passphrase: secret })

async function signerOf(key: SigningKey) {
  const signer = await createCommitSigners()(key)
  assert.ok(signer.ok, signer.ok ? '' : signer.fault)
  return signer.value
}

/** What git says of the signature of an object. Rejects when it is not good. */
async function verify(content: Buffer): Promise<string> {
  await writeFile(join(folder.path, 'object'), content)
  const { stdout } = await git('hash-object', '-t', 'commit', '-w', join(folder.path, 'object'))
  return (await git('verify-commit', '-v', stdout.trim())).stderr
}

const kinds: readonly (KeyOptions & { readonly name: string; readonly subkey?: string })[] = [
  { name: 'ed25519', kind: 'ed25519' },
  { name: 'rsa', kind: 'rsa2048' },
  { name: 'nistp256', kind: 'nistp256' },
  { name: 'encrypted', kind: 'ed25519', secret: passphrase },
  { name: 'encrypted-rsa', kind: 'rsa2048', secret: passphrase },
  { name: 'subkey', kind: 'ed25519', usage: 'cert', subkey: 'rsa2048' },
]
for (const { name, subkey, secret = '', ...options } of kinds)
  test(`git verifies what an OpenPGP key of kind ${name} has signed, and nothing else`, async () => {
    const fingerprint = await makeKey(name, { ...options, secret })
    if (subkey !== undefined) await gpg(secret, '--quick-add-key', fingerprint, subkey, 'sign', 'never')
    const signer = await signerOf(keyOf(await exported(name, secret), secret))
    const [tree, parent] = ['4b825dc642cb6eb9a060e54bf8d69288fbee4904', '1efbea16342f5dee5bc807c3abfb125162d03cb9']
    const { content } = await newCommit({ tree, parent, author, time: 0, message: 'Update\n\nbody', signer })
    assert.match(await verify(content), new RegExp(`Good signature from "${name}@example\\.com"`))
    await assert.rejects(verify(Buffer.from(content.toString().replace('Update', 'Opdate'))))
  })

test('a subkey signs where the primary key was left at home', async () => {
  const fingerprint = await makeKey('left', { kind: 'ed25519', usage: 'cert' })
  await gpg('', '--quick-add-key', fingerprint, 'ed25519', 'sign', 'never')
  const text = await gpg('', '--armor', '--export-secret-subkeys', 'left@example.com')
  assert.match(await (await signerOf(keyOf(text))).sign(Buffer.from('x')), /^-----BEGIN PGP SIGNATURE-----\n/)
})

test('a pushed commit that was signed so is whole, and verified', async () => {
  const { server, git: repositories, access } = await startGitWorld()
  await server.createRepository('signed', { a: 'tag: 1\n' })
  await makeKey('pushed', { kind: 'ed25519' })
  const style = { author, signer: await signerOf(keyOf(await exported('pushed'))) }
  const result = await repositories.submit(access('signed'), 'main', { ...setTag('a', '2'), style })
  assert.equal(result.kind, 'pushed')
  await server.fsck('signed')
  await git('fetch', '--quiet', server.repositoryUrl('signed'), 'main')
  assert.match((await git('verify-commit', '-v', 'FETCH_HEAD')).stderr, /Good signature from "pushed@/)
})

const faults: readonly [name: string, key: () => Promise<SigningKey>, says: RegExp][] = [
  [
    'is encrypted',
    async () => {
      await makeKey('closed', { kind: 'ed25519', secret: passphrase })
      return keyOf(await exported('closed', passphrase))
    },
    /^is encrypted; put its passphrase beside it, as passphrase$/,
  ],
  [
    'is opened by another passphrase',
    async () => keyOf(await exported('closed', passphrase), 'wrong'),
    /^can’t be decrypted by the passphrase$/,
  ],
  [
    'is a public key',
    async () => {
      await makeKey('public', { kind: 'ed25519' })
      return keyOf(await gpg('', '--armor', '--export', 'public@example.com'))
    },
    /^is a public key; gpg --armor --export-secret-keys prints the secret one$/,
  ],
  [
    'has expired',
    async () => {
      const more = ['--faked-system-time', '20200101T000000']
      await makeKey('expired', { kind: 'ed25519', ends: '2d', more })
      return keyOf(await exported('expired'))
    },
    /^expired on 2020-01-03$/,
  ],
  [
    'was revoked',
    async () => {
      const fingerprint = await makeKey('revoked', { kind: 'ed25519' })
      const certificate = join(folder.path, 'openpgp-revocs.d', `${fingerprint}.rev`)
      // A colon before the armor keeps people from importing it by mistake.
      await writeFile(certificate, (await readFile(certificate, 'utf8')).replace(':-----BEGIN', '-----BEGIN'))
      await gpg('', '--import', certificate)
      return keyOf(await exported('revoked'))
    },
    /^was revoked$/,
  ],
  [
    'may only certify',
    async () => {
      await makeKey('certifier', { kind: 'ed25519', usage: 'cert' })
      return keyOf(await exported('certifier'))
    },
    /^has no part that may sign now/,
  ],
  [
    'is none',
    async () => keyOf('-----BEGIN PGP PRIVATE KEY BLOCK-----\n\ns3cret\n-----END PGP PRIVATE KEY BLOCK-----'),
    /^is no OpenPGP key in armor that can be read/,
  ],
  ['is no armor', async () => keyOf('s3cret'), /^is no OpenPGP key in armor that can be read/],
]
for (const [name, key, says] of faults)
  test(`an OpenPGP key that ${name} is a fault that repeats nothing of it`, async () => {
    const read = await createCommitSigners()(await key())
    assert.ok(!read.ok)
    assert.match(read.fault, says)
    assert.doesNotMatch(read.fault, /s3cret|wrong/)
  })

test('without the optional package it is said, and SSH keys are named', async () => {
  const read = await readOpenPgpKey('x', '', () => Promise.resolve(undefined))
  assert.match(read.ok ? '' : read.fault, /package openpgp is not installed here; an SSH key signs without it/)
})
