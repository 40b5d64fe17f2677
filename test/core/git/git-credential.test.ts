import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  gitCredentials,
  holdsCredential,
  secretRefCredentials,
  secretTypeLabel,
  textIn,
  type SecretContent,
} from '../../../src/core/git/git-credential.ts'

function secret(data: Record<string, string | Uint8Array>, labels: Record<string, string> = {}): SecretContent {
  const encoded = Object.entries(data).map(([key, value]) => [
    key,
    typeof value === 'string' ? Buffer.from(value) : value,
  ])
  return { namespace: 'argocd', name: 'repo-1', labels, data: Object.fromEntries(encoded) }
}

const own = { [secretTypeLabel]: 'repository' }
const direct = { clientCertificate: undefined, proxy: undefined }
const app = { githubAppID: '1', githubAppInstallationID: '22', githubAppPrivateKey: 'pem' }
const basic = { kind: 'basic', username: 'me', password: 'pässword' }

const rows: readonly [name: string, secret: SecretContent, credential: unknown, insecure: boolean][] = [
  ['user and password', secret({ username: 'me', password: 'pässword' }), basic, false],
  ['a line end after a value', secret({ username: 'me\n', password: 'pässword\r\n' }), basic, false],
  ['a password alone (a token)', secret({ password: 'x' }), { kind: 'basic', username: '', password: 'x' }, false],
  ['a bearer token', secret({ bearerToken: 'abc' }), { kind: 'bearer', token: 'abc' }, false],
  [
    'both: as Argo CD, user and password first',
    secret({ username: 'me', password: 'pässword', bearerToken: 'abc' }),
    basic,
    false,
  ],
  [
    'a GitHub App',
    secret(app),
    { kind: 'githubApp', app: '1', installation: '22', privateKey: 'pem', api: 'https://api.github.com' },
    false,
  ],
  [
    'a GitHub App of an enterprise',
    secret({ ...app, githubAppEnterpriseBaseUrl: 'https://git.example.com/api/v3/' }),
    { kind: 'githubApp', app: '1', installation: '22', privateKey: 'pem', api: 'https://git.example.com/api/v3' },
    false,
  ],
  ['nothing', secret({ url: 'https://git.example.com' }), undefined, false],
  [
    'insecure in Argo CD’s own Secret',
    secret({ password: 'x', insecure: 'true' }, own),
    { kind: 'basic', username: '', password: 'x' },
    true,
  ],
  [
    'insecureIgnoreHostKey, which Argo CD takes for the same',
    secret({ password: 'x', insecureIgnoreHostKey: 'true' }, own),
    { kind: 'basic', username: '', password: 'x' },
    true,
  ],
  ['an SSH key beside a password', secret({ username: 'me', password: 'pässword', sshPrivateKey: 'x' }), basic, false],
  [
    'insecure elsewhere',
    secret({ password: 'x', insecure: 'true' }),
    { kind: 'basic', username: '', password: 'x' },
    false,
  ],
]
for (const [name, each, credential, insecure] of rows) {
  test(`reads ${name}`, () =>
    assert.deepEqual(gitCredentials(each, 'http'), { ok: true, value: { credential, insecure, ...direct } }))
}

const faults: readonly [name: string, secret: SecretContent, says: RegExp][] = [
  [
    'an SSH key alone',
    secret({ sshPrivateKey: 'x' }),
    /argocd\/repo-1 has an SSH key, which an http\(s\):\/\/ URL does not take; use username and password/,
  ],
  [
    'a GitHub App without an installation',
    secret({ githubAppPrivateKey: 'x', githubAppID: '1' }),
    /a GitHub App has githubAppID and githubAppInstallationID, both numbers/,
  ],
  [
    'a GitHub App whose key would be used without TLS',
    secret({ ...app, githubAppEnterpriseBaseUrl: 'http://git.example.com/api/v3' }),
    /githubAppEnterpriseBaseUrl must be an address such as https:/,
  ],
  ['half a client certificate', secret({ password: 'x', tlsClientCertData: 'y' }), /belong together, both in PEM/],
  ['a proxy that is no address', secret({ password: 'x', proxy: 'proxy:3128' }), /proxy must be an address such as/],
  ['a Google account', secret({ gcpServiceAccountKey: '{}' }), /Google service accounts/],
  ['an Azure identity', secret({ useAzureWorkloadIdentity: 'true' }), /Azure identities/],
  ['a username alone', secret({ username: 'me' }), /has a username but no password/],
  ['bytes that are no text', secret({ password: Uint8Array.of(0xff, 0xfe) }), /must be text on one line/],
  ['a password over two lines', secret({ password: 'a\nb' }), /must be text on one line/],
]
for (const [name, each, says] of faults) {
  test(`${name} is refused`, () => {
    const read = gitCredentials(each, 'http')
    assert.ok(!read.ok)
    assert.match(read.fault, says)
  })
}

test('only a credential counts as one', () => {
  assert.equal(holdsCredential(secret({ url: 'x', name: 'y', proxy: 'z', insecure: 'true' })), false)
  assert.equal(holdsCredential(secret({ url: 'x', password: '' })), false)
  for (const key of [
    'username',
    'password',
    'bearerToken',
    'sshPrivateKey',
    'githubAppPrivateKey',
    'tlsClientCertData',
  ])
    assert.equal(holdsCredential(secret({ [key]: 'x' })), true, key)
  assert.equal(holdsCredential(secret({ useAzureWorkloadIdentity: '1' })), true)
})

test('a member named as every object has is not there', () => assert.equal(textIn(secret({}), 'constructor'), ''))

const url = 'https://git.example.com/acme/config'
const references: readonly [name: string, secret: SecretContent, result: RegExp | 'read'][] = [
  ['a Secret of the policy', secret({ username: 'me', password: 'pässword' }), 'read'],
  ['one without a credential', secret({ other: 'x' }), /has neither username and password nor bearerToken/],
  ['one with an SSH key', secret({ sshPrivateKey: 'x' }), /has an SSH key, which an http\(s\):\/\/ URL does not take/],
  [
    'Argo CD’s own for this repository',
    secret({ username: 'me', password: 'pässword', url: `${url}.git` }, own),
    'read',
  ],
  [
    'Argo CD’s own for repositories below a prefix',
    secret({ username: 'me', password: 'pässword', url: 'https://git.example.com/acme' }, own),
    'read',
  ],
  [
    'Argo CD’s own for another repository',
    secret({ password: 'x', url: 'https://git.example.com/other' }, own),
    /is Argo CD’s for another repository/,
  ],
  ['Argo CD’s own without a URL', secret({ password: 'x' }, own), /is Argo CD’s for another repository/],
]
for (const [name, each, result] of references) {
  test(`secretRef: ${name}`, () => {
    const read = secretRefCredentials(each, { url, transport: 'http' })
    if (result === 'read')
      assert.deepEqual(read, {
        ok: true,
        value: { credential: basic, insecure: false, knownHosts: undefined, ...direct },
      })
    else assert.match(read.ok ? '' : read.fault, result)
  })
}

const key = (privateKey: string, passphrase = '') => ({ kind: 'sshKey', privateKey, passphrase })
const sshUrl = 'git@git.example.com:acme/config.git'
const sshRows: readonly [name: string, secret: SecretContent, result: object | RegExp][] = [
  [
    'Argo CD’s key',
    secret({ sshPrivateKey: 'x\ny\n', url: 'ssh://git@git.example.com/acme/config' }, own),
    { credential: key('x\ny'), insecure: false, knownHosts: undefined },
  ],
  [
    'Argo CD’s key of a server that is not verified',
    secret({ sshPrivateKey: 'x', insecure: 'true', url: 'git@git.example.com:acme' }, own),
    { credential: key('x'), insecure: true, knownHosts: undefined },
  ],
  [
    'type kubernetes.io/ssh-auth, with passphrase and known hosts',
    secret({ 'ssh-privatekey': 'x', passphrase: 'open', knownHosts: 'git.example.com ssh-rsa AAAA\n' }),
    { credential: key('x', 'open'), insecure: false, knownHosts: 'git.example.com ssh-rsa AAAA' },
  ],
  [
    'insecure in the policy’s own Secret',
    secret({ sshPrivateKey: 'x', insecure: 'true' }),
    { credential: key('x'), insecure: false, knownHosts: undefined },
  ],
  ['a password', secret({ username: 'me', password: 'x' }), /argocd\/repo-1 has no sshPrivateKey, which SSH asks for/],
  ['a key that is no text', secret({ sshPrivateKey: Uint8Array.of(0xff) }), /must be text/],
  [
    'known hosts that are no text',
    secret({ sshPrivateKey: 'x', knownHosts: Uint8Array.of(0xff) }),
    /knownHosts must be text/,
  ],
  ['a proxy', secret({ sshPrivateKey: 'x', proxy: 'http://proxy' }), /proxies for SSH are not supported yet/],
]
for (const [name, each, result] of sshRows)
  test(`for SSH: ${name}`, () => {
    const read = secretRefCredentials(each, { url: sshUrl, transport: 'ssh' })
    if (result instanceof RegExp) assert.match(read.ok ? '' : read.fault, result)
    else assert.deepEqual(read, { ok: true, value: { ...result, ...direct } })
  })

test('a client certificate will do alone, and a proxy comes with its exceptions', () => {
  const alone = secret({
    tlsClientCertData: 'cert\n',
    tlsClientCertKey: 'key\n',
    proxy: 'http://u:p@proxy:3128',
    noProxy: 'a,b',
  })
  const read = secretRefCredentials(alone, { url, transport: 'http' })
  assert.deepEqual(read, {
    ok: true,
    value: {
      credential: undefined,
      insecure: false,
      knownHosts: undefined,
      clientCertificate: { cert: 'cert', key: 'key' },
      proxy: { url: 'http://u:p@proxy:3128', noProxy: 'a,b' },
    },
  })
})
