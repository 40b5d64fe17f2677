import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretTypeLabel } from '../../../src/core/git/git-credential.ts'
import { signingKey } from '../../../src/core/git/signing-key.ts'

const armor = '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxxx\n-----END PGP PRIVATE KEY BLOCK-----'

function secret(data: Readonly<Record<string, string | Uint8Array>>, labels: Readonly<Record<string, string>> = {}) {
  const encoder = new TextEncoder()
  const bytes = Object.entries(data).map(([key, value]) => [
    key,
    typeof value === 'string' ? encoder.encode(value) : value,
  ])
  return { namespace: 'argocd', name: 'signing', labels, data: Object.fromEntries(bytes) as Record<string, Uint8Array> }
}

for (const [name, data, kind, privateKey, passphrase] of [
  ['an SSH key by Argo CD’s name', { sshPrivateKey: 'key\n' }, 'ssh', 'key', ''],
  ['an SSH key as kubectl makes such Secrets', { 'ssh-privatekey': 'key', passphrase: 'p' }, 'ssh', 'key', 'p'],
  ['an OpenPGP key', { openpgpPrivateKey: armor, passphrase: 'p' }, 'openpgp', armor, 'p'],
  ['an OpenPGP key by Flux’ name', { 'git.asc': armor }, 'openpgp', armor, ''],
  ['an OpenPGP key by the name of an SSH key', { sshPrivateKey: armor }, 'openpgp', armor, ''],
] as const)
  test(`${name} signs`, () => {
    assert.deepEqual(signingKey(secret(data)), { ok: true, value: { kind, privateKey, passphrase } })
  })

for (const [name, given, says] of [
  [
    'no key',
    secret({ password: 'x' }),
    /^Secret argocd\/signing has no sshPrivateKey or openpgpPrivateKey to sign with$/,
  ],
  ['two keys', secret({ sshPrivateKey: 'key', openpgpPrivateKey: armor }), /leave the one that is to sign/],
  ['a key that is no text', secret({ openpgpPrivateKey: Uint8Array.of(0x95, 0xff) }), /must be text: the key in armor/],
  ['a label of Argo CD’s', secret({ sshPrivateKey: 'key' }, { [secretTypeLabel]: 'repository' }), /not for signing/],
] as const)
  test(`a Secret with ${name} is a fault`, () => {
    const read = signingKey(given)
    assert.match(read.ok ? '' : read.fault, says)
  })
