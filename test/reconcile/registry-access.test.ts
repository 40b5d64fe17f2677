import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { Secret } from '../../src/core/secret.ts'
import { wayOut } from '../../src/http/proxy-for.ts'
import { ReconcileError } from '../../src/errors.ts'
import { registryAccess } from '../../src/reconcile/registry-access.ts'
import { createRegistries } from '../../src/registry/registries.ts'
import { policySpec } from '../core/build-policy.ts'
import { registrySettings } from '../registry/fixture.ts'
import { createAuthority, issueCertificate } from '../servers/certificate.ts'

const authority = createAuthority('authority')
const client = issueCertificate(authority, { commonName: 'client' })

function secret(name: string, data: Readonly<Record<string, string>>, more: Partial<Secret> = {}): Secret {
  const bytes = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)]))
  return { namespace: 'apps', name, type: 'Opaque', data: bytes, labels: {}, annotations: {}, ...more }
}

const config = (name: string, host: string): Secret =>
  secret(
    name,
    { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { username: name, password: 'canary' } } }) },
    { type: 'kubernetes.io/dockerconfigjson' },
  )
const secrets = [
  config('pull', 'ghcr.io'),
  config('deep', 'ghcr.io/acme'),
  config('other', 'quay.io'),
  secret('broken', { '.dockerconfigjson': '{' }, { type: 'kubernetes.io/dockerconfigjson' }),
  secret('tls', { 'ca.crt': authority.certificate, 'tls.crt': client.certificate, 'tls.key': client.key }),
  secret('ca', { 'ca.crt': authority.certificate }),
  secret('empty', {}),
  secret('bad-ca', { 'ca.crt': 'canary' }),
]
const accounts: Readonly<Record<string, readonly string[]>> = {
  several: ['gone', 'other', 'deep', 'pull'],
  reversed: ['pull', 'deep'],
  elsewhere: ['other'],
  faulty: ['broken', 'pull'],
  broken: ['broken', 'other'],
  missing: ['gone'],
  none: [],
}
const fromFile = createRegistries([
  registrySettings('ghcr.io', { credentialsFor: () => [{ username: 'file', password: 'canary' }] }),
])
const cloudInFile = createRegistries([
  registrySettings('ghcr.io', { mirrors: ['https://down.example'], provider: 'gcp' }),
  registrySettings('down.example', { provider: 'aws' }),
])

async function accessFor(registry: ImageUpdatePolicySpec['registry'], file = fromFile) {
  const identity = { namespace: 'apps', name: 'web', uid: '', creationTimestamp: '', generation: 1 }
  return await registryAccess({ stored: { identity } as never }, policySpec({ ...(registry && { registry }) }), {
    secrets: { get: async (namespace, name) => secrets.find((one) => namespace === 'apps' && one.name === name) },
    serviceAccounts: {
      get: async (namespace, name) => {
        const imagePullSecrets = namespace === 'apps' ? accounts[name] : undefined
        return imagePullSecrets && { namespace, name, annotations: { team: 'a' }, imagePullSecrets }
      },
      token: async ({ namespace, name }, audience) => `${namespace}/${name} for ${audience}`,
    },
    cloudLogins: {
      get: async ({ provider, host, account, way }) => {
        if (provider === 'aws') throw new ReconcileError('RegistryAuthFailed', 'no such role')
        return {
          credentials: {
            username: provider,
            password: `${(await account?.token('cloud')) ?? 'operator'} at ${host}${way?.https ?? ''}`,
          },
          credentialId: `${provider} ${account?.annotations['team'] ?? ''}`,
        }
      },
    },
    registries: { current: () => file },
  })
}

const chain: readonly (readonly [name: string, registry: ImageUpdatePolicySpec['registry'], username: string])[] = [
  ['nothing named: the registries file', undefined, 'file'],
  ['a Secret', { secretRef: { name: 'pull' } }, 'pull'],
  ['a ServiceAccount: the longest path of any of its Secrets', { serviceAccountName: 'several' }, 'deep'],
  ['a ServiceAccount: the longest path, though in the last Secret', { serviceAccountName: 'reversed' }, 'deep'],
  ['a ServiceAccount: a faulty Secret beside a good one', { serviceAccountName: 'faulty' }, 'pull'],
  ['a ServiceAccount whose Secrets are missing: the registries file', { serviceAccountName: 'missing' }, 'file'],
  ['a ServiceAccount without Secrets: the registries file', { serviceAccountName: 'none' }, 'file'],
  ['a ServiceAccount with Secrets for others: the registries file', { serviceAccountName: 'elsewhere' }, 'file'],
  ['both: the Secret', { secretRef: { name: 'pull' }, serviceAccountName: 'several' }, 'pull'],
  ['both, and the Secret is for others', { secretRef: { name: 'other' }, serviceAccountName: 'several' }, 'deep'],
]

for (const [name, registry, username] of chain)
  test(`credentials of ${name}`, async () => {
    const { credentials } = await accessFor(registry)
    assert.deepEqual(credentials, { username, password: 'canary' })
  })

test('of a ServiceAccount all that match are there to be tried, of a Secret those of it', async () => {
  const others = async (registry: ImageUpdatePolicySpec['registry']) =>
    (await accessFor(registry)).others?.map((one) => 'username' in one && one.username)
  assert.deepEqual(await others({ serviceAccountName: 'several' }), ['pull'])
  assert.deepEqual(await others({ serviceAccountName: 'reversed' }), ['pull'])
  assert.deepEqual(await others({ secretRef: { name: 'pull' }, serviceAccountName: 'several' }), [])
  assert.deepEqual(await others({ provider: 'gcp' }), [])
})

const clouds: readonly (readonly [serviceAccountName: string | undefined, password: string, id: string])[] = [
  [undefined, 'operator at ghcr.io', 'gcp '],
  ['none', 'apps/none for cloud at ghcr.io', 'gcp a'],
]

for (const [serviceAccountName, password, id] of clouds)
  test(`a cloud's identity: ${serviceAccountName ?? "the operator's own"}`, async () => {
    const access = await accessFor({ provider: 'gcp', ...(serviceAccountName && { serviceAccountName }) })
    assert.deepEqual(access.credentials, { username: 'gcp', password })
    assert.equal(access.credentialId, id, 'stays when the password is another')
  })

test("a cloud of the registries file: the operator's own identity, for policies that bring nothing; a mirror's cloud may be down", async () => {
  const { credentials, mirrors = [] } = await accessFor(undefined, cloudInFile)
  assert.deepEqual(credentials, { username: 'gcp', password: 'operator at ghcr.io' })
  assert.deepEqual(
    mirrors.map((mirror) => mirror.credentials),
    [undefined],
  )
  const own = await accessFor({ secretRef: { name: 'pull' }, serviceAccountName: 'several' }, cloudInFile)
  assert.deepEqual(own.credentials, { username: 'pull', password: 'canary' })
  const pulled = await accessFor({ serviceAccountName: 'none' }, cloudInFile)
  assert.deepEqual(pulled.credentials, { username: 'gcp', password: 'operator at ghcr.io' })
})

test("the proxy of the registries file counts for logins of the registry's cloud, whoever asks for them", async () => {
  const way = wayOut({ https: ' by p', http: undefined, noProxy: '' })
  const forAll = createRegistries([registrySettings('ghcr.io', { provider: 'gcp', way })])
  for (const registry of [{ provider: 'gcp' }, undefined] as const) {
    const access = await accessFor(registry, forAll)
    assert.deepEqual(access.credentials, { username: 'gcp', password: 'operator at ghcr.io by p' })
    assert.equal(access.way, way)
  }
})

test('nobody becomes anonymous because a cloud of the registries file gives no login', async () => {
  const file = createRegistries([registrySettings('ghcr.io', { provider: 'aws' })])
  await assert.rejects(accessFor(undefined, file), { reason: 'RegistryAuthFailed' })
})

for (const plain of [{ insecure: true }, { dialect: { api: 'http://inner:5000' } }])
  test(`a policy's login of a cloud is not sent where the registries file says ${JSON.stringify(plain)}`, async () => {
    await assert.rejects(accessFor({ provider: 'gcp' }, createRegistries([registrySettings('ghcr.io', plain)])), {
      reason: 'RegistryAuthFailed',
      message:
        /^the registries file has ghcr\.io asked over plain HTTP, and no login of a cloud is sent over that: take registry\.provider out/,
    })
  })

const refused: readonly (readonly [
  name: string,
  registry: ImageUpdatePolicySpec['registry'],
  reason: string,
  message: RegExp,
])[] = [
  [
    'no such Secret',
    { secretRef: { name: 'gone' } },
    'SecretNotFound',
    /^Secret apps\/gone of spec\.registry\.secretRef was not found$/,
  ],
  ['a Secret for others', { secretRef: { name: 'other' } }, 'RegistryAuthFailed', /has no credentials for ghcr\.io$/],
  [
    'no such ServiceAccount',
    { serviceAccountName: 'gone' },
    'SecretNotFound',
    /^ServiceAccount apps\/gone of spec\.registry\.serviceAccountName was not found$/,
  ],
  [
    'a ServiceAccount with faulty Secrets alone',
    { serviceAccountName: 'broken' },
    'RegistryAuthFailed',
    /broken does not hold a docker configuration/,
  ],
  [
    'no such Secret for TLS',
    { certSecretRef: { name: 'gone' } },
    'SecretNotFound',
    /spec\.registry\.certSecretRef was not found$/,
  ],
  [
    'a Secret for TLS without anything',
    { certSecretRef: { name: 'empty' } },
    'SecretNotFound',
    /has neither ca\.crt nor tls\.crt with tls\.key$/,
  ],
  [
    'a Secret for TLS with nonsense',
    { certSecretRef: { name: 'bad-ca' } },
    'TLSVerificationFailed',
    /can't be used: ca holds no certificates in PEM$/,
  ],
]

for (const [name, registry, reason, message] of refused)
  test(`nobody becomes anonymous by a mistake: ${name}`, async () => {
    await assert.rejects(accessFor(registry), (error) => {
      assert.ok(error instanceof ReconcileError)
      assert.equal(error.reason, reason)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
  })

test('TLS: an authority, and with a client certificate', async () => {
  const { tls: ca } = await accessFor({ certSecretRef: { name: 'ca' } })
  assert.deepEqual([ca?.ca, ca?.client], [authority.certificate, undefined])
  const { tls } = await accessFor({ certSecretRef: { name: 'tls' } })
  assert.deepEqual(tls?.client, { certificate: client.certificate, key: client.key })
})
