import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { secretTypeLabel } from '../../src/core/git/git-credential.ts'
import type { Secret } from '../../src/core/secret.ts'
import { createGitAccess, type GitSpot } from '../../src/writeback/git-access.ts'
import type { LinkedTarget } from '../../src/writeback/place.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo } from '../reconcile/build-run.ts'

const https = 'https://git.example.com/acme/config.git'
const ssh = 'git@git.example.com:acme/config.git'
const ours = 'Secret argocd/own'

function secret(name: string, data: Readonly<Record<string, string>>, type?: string): Secret {
  const bytes = Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])
  const labels: Record<string, string> = type === undefined ? {} : { [secretTypeLabel]: type }
  return { namespace: 'argocd', name, type: '', annotations: {}, labels, data: Object.fromEntries(bytes) }
}

interface Case {
  readonly url: string
  /** Argo CD's repository Secrets. */
  readonly lent?: readonly Secret[]
  /** The Secret that the policy names. */
  readonly own?: Readonly<Record<string, string>>
}

const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'argocd-ssh-known-hosts-cm': { ssh_known_hosts: 'git.example.com ssh-ed25519 AAAA' },
  'argocd-tls-certs-cm': { 'git.example.com': 'PEM', 'other.example.com': 'OTHER' },
}

/** The way that is found. */
async function spotFor({ url, lent = [], own }: Case, warned: string[] = []): Promise<GitSpot> {
  const silent = () => undefined
  const find = createGitAccess({
    repositories: { tip: (_, requested) => Promise.resolve({ branch: requested ?? 'main', tip: 'abc' }) },
    secrets: {
      get: () => Promise.resolve(own === undefined ? undefined : secret('own', own)),
      listRepositorySecrets: () => lent,
      settled: Promise.resolve(),
      close: () => Promise.resolve(),
    },
    settings: { get: (name) => settings[name] },
    projectOf: () => ({ namespace: 'argocd', name: 'default', sourceNamespaces: [], sourceRepos: ['*'] }),
    argocdNamespace: 'argocd',
    log: { debug: silent, info: silent, warn: (message) => void warned.push(message), error: silent },
  })
  const git: NonNullable<ImageUpdatePolicySpec['writeBack']>['git'] =
    own === undefined ? {} : { secretRef: { name: 'own' } }
  const linked = linkTo(
    application({ sources: [source({ repoURL: url, path: 'chart' })] }),
    policySpec({ writeBack: { method: 'git', git } }),
  ).target as LinkedTarget
  return find(linked, { repository: url, revision: 'main', path: 'chart/.argocd-source-web.yaml' }, { notBefore: 0 })
}

const fromConfigMap = { text: 'git.example.com ssh-ed25519 AAAA', from: 'ConfigMap argocd/argocd-ssh-known-hosts-cm' }
const key = { kind: 'sshKey', privateKey: 'k', passphrase: '' }
const basic = { kind: 'basic', username: 'me', password: 'x' }
const me = { username: 'me', password: 'x' }

const rows: readonly [name: string, one: Case, access: Readonly<Record<string, unknown>>][] = [
  [
    'a lent key, and Argo CD’s known hosts',
    { url: ssh, lent: [secret('r', { url: ssh, sshPrivateKey: 'k' }, 'repository')] },
    { credential: key, knownHosts: fromConfigMap },
  ],
  [
    'the policy’s key, and Argo CD’s known hosts',
    { url: ssh, own: { sshPrivateKey: 'k' } },
    { credential: key, knownHosts: fromConfigMap },
  ],
  [
    'the policy’s own known hosts',
    { url: ssh, own: { sshPrivateKey: 'k', knownHosts: 'mine' } },
    { credential: key, knownHosts: { text: 'mine', from: ours } },
  ],
  [
    'a server that is not verified',
    { url: ssh, lent: [secret('r', { url: ssh, sshPrivateKey: 'k', insecure: 'true' }, 'repository')] },
    { credential: key, knownHosts: undefined, insecure: true },
  ],
  ['certificates for the host', { url: https, own: me }, { credential: basic, authorities: 'PEM' }],
  ['none for another host', { url: 'https://else.example.com/a/b', own: me }, { authorities: undefined }],
  [
    'none where nothing is verified',
    { url: https, lent: [secret('r', { url: https, insecure: 'true' }, 'repository')] },
    { credential: undefined, authorities: undefined, insecure: true },
  ],
  [
    'a client certificate and a proxy',
    { url: https, own: { tlsClientCertData: 'c', tlsClientCertKey: 'k', proxy: 'http://proxy:3128' } },
    { credential: undefined, clientCertificate: { cert: 'c', key: 'k' }, proxy: 'http://proxy:3128' },
  ],
  [
    'no proxy for the host',
    { url: https, own: { ...me, proxy: 'http://proxy:3128', noProxy: 'example.com' } },
    { credential: basic, proxy: undefined },
  ],
  [
    'the proxy of the repository beside the credential of a prefix',
    {
      url: https,
      lent: [
        secret('r', { url: https, proxy: 'http://proxy:3128' }, 'repository'),
        secret('c', { url: 'https://git.example.com', ...me }, 'repo-creds'),
      ],
    },
    { credential: basic, proxy: 'http://proxy:3128' },
  ],
]
for (const [name, one, expected] of rows)
  test(`finds ${name}`, async () => {
    const { access } = await spotFor(one)
    const found = Object.fromEntries(
      Object.keys(expected).map((field) => [field, access[field as keyof typeof access]]),
    )
    assert.deepEqual(found, expected)
  })

test('what is not verified is warned of', async () => {
  const warned: string[] = []
  await spotFor(
    { url: ssh, lent: [secret('r', { url: ssh, sshPrivateKey: 'k', insecure: 'true' }, 'repository')] },
    warned,
  )
  assert.deepEqual(warned, ['the git server is not verified, as Argo CD’s Secret says'])
})

const refusals: readonly [name: string, one: Case, says: RegExp][] = [
  ['SSH without a key', { url: ssh }, /Argo CD has no credentials for this repository/],
  ['SSH with a password', { url: ssh, own: me }, /has no sshPrivateKey/],
  [
    'HTTPS with a key',
    { url: https, own: { sshPrivateKey: 'k' } },
    /has an SSH key, which an http\(s\):\/\/ URL does not take/,
  ],
  ['a Secret that is missing', { url: https, own: {} }, /neither username and password nor bearerToken/],
  ['what is no URL of a git repository', { url: '/srv/config', own: me }, /none that can be written to/],
]
for (const [name, one, says] of refusals) test(`${name} is refused`, () => assert.rejects(spotFor(one), says))

test('different ways are told apart, equal ones are the same', async () => {
  const idFor = async (own: Readonly<Record<string, string>>) =>
    (await spotFor({ url: https, own })).access.credentialId
  const ids = await Promise.all(
    [
      me,
      { ...me, password: 'y' },
      { ...me, proxy: 'http://proxy' },
      { ...me, tlsClientCertData: 'c', tlsClientCertKey: 'k' },
    ].map(idFor),
  )
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(await idFor(me), ids[0])
})
