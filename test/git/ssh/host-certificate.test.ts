import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { GitAccess } from '../../../src/git/access.ts'
import { fetchCertificate } from '../../../src/git/ssh/fetch-certificate.ts'
import { certifiedKey } from '../../../src/git/ssh/host-certificate.ts'
import { startSshWorld } from '../world.ts'

type World = Awaited<ReturnType<typeof startSshWorld>>

const tipOf = ({ git }: World, access: GitAccess) => git.tip(access, undefined, { notBefore: Infinity })
const knownHosts = (text: string) => ({ text, from: 'tests' })

for (const by of ['ed25519', 'rsa', 'ecdsa'] as const)
  test(`a host of which an authority with a key of type ${by} is sure is known`, async () => {
    const world = await startSshWorld({ certified: { by, args: ['-n', 'git.example.com,127.0.0.1'] }, hostKeys: [by] })
    const { server, access } = world
    await server.createRepository('config', { a: '1' })
    const text = `@cert-authority [127.0.0.1]:${server.port} ${server.authority}\n`
    assert.equal((await tipOf(world, access('config', { knownHosts: knownHosts(text) }))).branch, 'main')
    const revoked = `${text}@revoked * ${server.hostKeys[0]}\n`
    await assert.rejects(tipOf(world, access('config', { knownHosts: knownHosts(revoked) })), {
      reason: 'HostKeyVerificationFailed',
      message: /revokes/,
    })
  })

for (const [name, args] of [
  ['is for another host', ['-n', 'git.example.com']],
  ['is for nobody in particular', []],
  ['is over', ['-n', '127.0.0.1', '-V', '20200101:20200102']],
  ['has not begun', ['-n', '127.0.0.1', '-V', '20990101:20990102']],
] as const)
  test(`a certificate that ${name} does not count`, async () => {
    const world = await startSshWorld({ certified: { by: 'ed25519', args } })
    const text = `@cert-authority * ${world.server.authority}\n`
    await assert.rejects(tipOf(world, world.access('config', { knownHosts: knownHosts(text) })), {
      reason: 'HostKeyVerificationFailed',
    })
  })

test('a certificate of an authority that is not known does not count, nor a server without one', async () => {
  const signed = await startSshWorld({ certified: { by: 'ed25519', args: ['-n', '127.0.0.1'] } })
  const bare = await startSshWorld()
  const unknown = knownHosts(`@cert-authority * ${bare.server.hostKeys[0]}\n`)
  for (const world of [signed, bare])
    await assert.rejects(tipOf(world, world.access('config', { knownHosts: unknown })), {
      reason: 'HostKeyVerificationFailed',
      message: /knows none of it/,
    })
})

test('what is no certificate vouches for nothing', () => {
  const check = { host: 'x', authorities: [], now: 0 }
  for (const blob of [Buffer.alloc(0), Buffer.from('0000000b7373682d65643235353139', 'hex'), Buffer.alloc(100, 0xff)])
    assert.equal(certifiedKey(blob, check), undefined)
})

test('a certificate counts only as it was signed', async () => {
  const { server } = await startSshWorld({ certified: { by: 'rsa', args: ['-n', 'git.example.com'] } })
  const blob = await fetchCertificate(connect(server.port, '127.0.0.1'))
  assert.ok(blob !== undefined)
  const [type = '', base64 = ''] = server.authority.split(' ')
  const check = { host: 'git.example.com', authorities: [{ type, base64 }], now: Date.now() }
  assert.equal(certifiedKey(blob, check)?.base64, server.hostKeys[0]?.split(' ')[1])
  for (let at = 40; at < blob.length; at += 7) {
    const changed: Buffer = Buffer.from(blob)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    assert.equal(certifiedKey(changed, check), undefined, `byte ${at}`)
  }
})
