import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import type { Secret } from '../../../src/core/secret.ts'
import { credentialId, credentialsFor, toShow, type Credentials } from '../../../src/registry/login/credentials.ts'

const canary = 'very-secret-canary'

function secret(type: string, data: Record<string, string>, more: Partial<Secret> = {}): Secret {
  const bytes = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)]))
  return { namespace: 'apps', name: 'pull', type, data: bytes, labels: {}, annotations: {}, ...more }
}

const dockerConfig = (auths: Record<string, string>): Secret =>
  secret('kubernetes.io/dockerconfigjson', {
    '.dockerconfigjson': JSON.stringify({
      auths: Object.fromEntries(
        Object.entries(auths).map(([key, username]) => [
          key,
          { auth: Buffer.from(`${username}:${canary}`).toString('base64') },
        ]),
      ),
    }),
  })
const login = (type: string, annotations: Record<string, string> = { 'imageupdate.dev/host': 'ghcr.io' }): Secret =>
  secret(type, { username: 'ann', password: canary }, { annotations })

const found: readonly (readonly [name: string, secret: Secret, image: string, username: string])[] = [
  ['the entry of the host', dockerConfig({ 'quay.io': 'other', 'ghcr.io': 'ann' }), 'ghcr.io/shop/web', 'ann'],
  [
    'the longest path',
    dockerConfig({ 'ghcr.io': 'host', 'ghcr.io/shop': 'ann', 'ghcr.io/s': 'short' }),
    'ghcr.io/shop/web',
    'ann',
  ],
  [
    'the longest path, also with a scheme',
    dockerConfig({ 'https://ghcr.io': 'host', 'ghcr.io/shop': 'ann' }),
    'ghcr.io/shop/web',
    'ann',
  ],
  [
    'a name before a wildcard',
    dockerConfig({ '*.example.com': 'wild', 'r.example.com': 'ann' }),
    'r.example.com/web',
    'ann',
  ],
  ['a wildcard', dockerConfig({ '*.example.com': 'ann' }), 'r.example.com/web', 'ann'],
  ["Docker Hub's old key", dockerConfig({ 'https://index.docker.io/v1/': 'ann' }), 'docker.io/library/nginx', 'ann'],
  [
    'the old format',
    secret('kubernetes.io/dockercfg', { '.dockercfg': '{"ghcr.io":{"username":"ann","password":"p"}}' }),
    'ghcr.io/a',
    'ann',
  ],
  [
    'what is readable beside what is not',
    secret('kubernetes.io/dockerconfigjson', {
      '.dockerconfigjson': '{"auths":{"ghcr.io/shop":{"auth":"!"},"ghcr.io":{"username":"ann","password":"p"}}}',
    }),
    'ghcr.io/shop/web',
    'ann',
  ],
  ['a login for its host', login('Opaque'), 'ghcr.io/shop/web', 'ann'],
  ['a basic-auth login', login('kubernetes.io/basic-auth'), 'ghcr.io/shop/web', 'ann'],
  [
    'a login for Docker Hub',
    login('Opaque', { 'imageupdate.dev/host': 'index.docker.io' }),
    'docker.io/library/nginx',
    'ann',
  ],
]

for (const [name, given, image, username] of found)
  test(`credentials: ${name}`, () => {
    const slash = image.indexOf('/')
    const [credentials] = credentialsFor(given, image.slice(0, slash), image.slice(slash + 1))
    assert.ok(credentials !== undefined && 'password' in credentials)
    assert.equal(credentials.username, username)
  })

test('credentials: tokens of docker configurations', () => {
  const config = { auths: { 'ghcr.io': { identitytoken: 'abc' }, 'quay.io': { registrytoken: 'def' } } }
  const given = secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': JSON.stringify(config) })
  assert.deepEqual(credentialsFor(given, 'ghcr.io', 'web'), [{ username: '<token>', identityToken: 'abc' }])
  assert.deepEqual(credentialsFor(given, 'quay.io', 'web'), [{ registryToken: 'def' }])
})

test('all entries that match are found, as the kubelet orders them', () => {
  const given = dockerConfig({
    'ghcr.io': 'host',
    'ghcr.io/shop/web': 'image',
    'quay.io': 'other',
    'ghcr.io/shop': 'shop',
  })
  assert.deepEqual(
    credentialsFor(given, 'ghcr.io', 'shop/web').map((one) => 'username' in one && one.username),
    ['image', 'shop', 'host'],
  )
})

test('three are tried at most, each once; together they have an id of their own', () => {
  const login = (username: string): Credentials => ({ username, password: canary })
  const shown = toShow(['a', 'b', 'a', 'c', 'd'].map(login))
  assert.deepEqual([shown.credentials, ...shown.others], ['a', 'b', 'c'].map(login))
  const ids = [['a'], ['a', 'b'], ['b', 'a'], []].map((names) => toShow(names.map(login)).credentialId)
  assert.equal(new Set(ids).size, 4)
  assert.deepEqual([ids[0], ids[3]], [credentialId(login('a')), ''])
})

test('each has an id of its own, the same wherever it comes from', () => {
  const all = [
    undefined,
    { username: 'a', password: 'b' },
    { username: 'a', identityToken: 'b' },
    { registryToken: 'b' },
    { password: 'b', username: 'a' },
  ]
  const ids = all.map(credentialId)
  assert.equal(new Set(ids).size, 4)
  assert.equal(ids[1], ids[4])
  assert.equal(ids[0], '')
})

const none: readonly (readonly [name: string, secret: Secret, host: string, message: RegExp, reason?: string])[] = [
  [
    'another host',
    dockerConfig({ 'quay.io': 'ann' }),
    'ghcr.io',
    /^Secret apps\/pull has no credentials for ghcr\.io$/,
  ],
  [
    'a look-alike host',
    dockerConfig({ 'ghcr.io': 'ann' }),
    'ghcr.io.evil.example',
    /has no credentials for ghcr\.io\.evil\.example/,
  ],
  ['a login for another host', login('Opaque'), 'ghcr.io.evil.example', /names another host/],
  ['a login for no host', login('Opaque', {}), 'ghcr.io', /annotate it with imageupdate\.dev\/host: ghcr\.io$/],
  [
    "Argo CD's own",
    { ...login('Opaque'), labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
    'ghcr.io',
    /never used for a registry/,
  ],
  [
    "Argo CD's own docker configuration",
    { ...dockerConfig({ 'ghcr.io': 'ann' }), labels: { 'argocd.argoproj.io/secret-type': 'x' } },
    'ghcr.io',
    /Argo CD's own/,
  ],
  ['another type', secret('kubernetes.io/tls', { 'tls.key': canary }), 'ghcr.io', /is of type kubernetes\.io\/tls/],
  [
    'a type that every object has',
    secret('constructor', {}),
    'ghcr.io',
    /is of type constructor; registry\.secretRef takes/,
  ],
  [
    'no JSON',
    secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': canary }),
    'ghcr.io',
    /docker configuration in JSON/,
  ],
  [
    'an unreadable entry',
    secret('kubernetes.io/dockercfg', { '.dockercfg': '{"ghcr.io":{"auth":"!"}}' }),
    'ghcr.io',
    /its entry is not base64/,
  ],
  [
    'a missing key',
    secret('kubernetes.io/dockerconfigjson', {}),
    'ghcr.io',
    /lacks the key \.dockerconfigjson/,
    'SecretNotFound',
  ],
  ['a missing password', secret('Opaque', { username: 'ann' }), 'ghcr.io', /lacks the key password/, 'SecretNotFound'],
]

for (const [name, given, host, message, reason = 'RegistryAuthFailed'] of none)
  test(`no credentials: ${name}`, () => {
    assert.throws(
      () => credentialsFor(given, host, 'shop/web'),
      (error) =>
        error instanceof ReconcileError &&
        error.reason === reason &&
        message.test(error.message) &&
        !error.message.includes(canary),
    )
  })
