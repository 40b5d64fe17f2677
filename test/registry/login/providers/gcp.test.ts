import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGcpProvider } from '../../../../src/registry/login/providers/gcp.ts'
import { account, asked, fieldsOf, useCloud, type Cloud } from './clouds.ts'

const host = 'europe-docker.pkg.dev'
const flavor = { 'metadata-flavor': 'Google' }
const metadata = 'http://metadata.google.internal/computeMetadata/v1'
const ownToken = `GET ${metadata}/instance/service-accounts/default/token`
const exchange = 'POST https://sts.googleapis.com/v1/token'
const impersonate =
  'POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/web%40p.iam.gserviceaccount.com:generateAccessToken'
const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k'

/** A Google Cloud: what it answers to whom, by method and address. */
const google: Cloud = (seen) => {
  const isKnown = seen.headers['metadata-flavor'] === 'Google'
  switch (asked(seen)) {
    case ownToken:
      return isKnown ? { headers: flavor, body: { access_token: 'own', expires_in: 3599 } } : { status: 403 }
    case `GET ${metadata}/project/project-id`:
      return { headers: flavor, body: 'p' }
    case `GET ${metadata}/instance/attributes/cluster-location`:
      return { headers: flavor, body: 'eu' }
    case `GET ${metadata}/instance/attributes/cluster-name`:
      return { headers: flavor, body: 'c' }
    case exchange: {
      const { audience: to, subject_token: subject } = fieldsOf(seen)
      return { body: { access_token: `federated ${subject} ${to}`, expires_in: 3600 } }
    }
    case impersonate:
      return seen.authorization?.startsWith('Bearer federated ') === true
        ? { body: { accessToken: 'impersonated', expireTime: '2026-06-01T00:30:00Z' } }
        : { status: 401 }
    default:
      return undefined
  }
}

const external = (more: object = {}): string =>
  JSON.stringify({ type: 'external_account', audience, credential_source: { file: '/jwt' }, ...more })
const start = Date.UTC(2026, 5, 1)

test('the token of the metadata server is the password', async (t) => {
  const { parts, seen } = await useCloud(t, google)
  const answer = await createGcpProvider(parts).login(host, undefined)
  assert.deepEqual(answer, {
    login: { username: 'oauth2accesstoken', password: 'own' },
    expiresAt: start + 3_599_000,
  })
  assert.deepEqual(seen.map(asked), [ownToken])
})

test('who answers without the header is not the metadata server', async (t) => {
  const { parts } = await useCloud(t, () => ({ body: { access_token: 'canary' } }))
  await assert.rejects(
    createGcpProvider(parts).login(host, undefined),
    /^ReconcileError: the metadata server of Google Cloud gives no login for the registry \(HTTP 200\)$/,
  )
})

test('a key file is shown as it is', async (t) => {
  const key = JSON.stringify({ type: 'service_account', private_key: 'canary' })
  const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }
  const { parts, seen } = await useCloud(t, google, { environment, files: { '/key.json': key } })
  const { login } = await createGcpProvider(parts).login(host, undefined)
  assert.deepEqual(login, { username: '_json_key', password: key })
  assert.deepEqual(seen, [])
})

const federations: readonly (readonly [name: string, file: string, password: string, requests: readonly string[]])[] = [
  ['alone', external(), `federated jwt ${audience}`, [exchange]],
  [
    'with a token in JSON',
    external({ credential_source: { file: '/json', format: { type: 'json', subject_token_field_name: 'id' } } }),
    `federated inner ${audience}`,
    [exchange],
  ],
  [
    'for a service account',
    external({ service_account_impersonation_url: impersonate.replace('POST ', '').replace('%40', '@') }),
    'impersonated',
    [exchange, impersonate],
  ],
]

for (const [name, file, password, requests] of federations)
  test(`workload identity federation, ${name}`, async (t) => {
    const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/file' }
    const files = { '/file': file, '/jwt': 'jwt\n', '/json': '{"id":"inner"}' }
    const { parts, seen } = await useCloud(t, google, { environment, files })
    const { login } = await createGcpProvider(parts).login(host, undefined)
    assert.deepEqual(login, { username: 'oauth2accesstoken', password })
    assert.deepEqual(seen.map(asked), requests)
    const { subject_token: _, ...fields } = fieldsOf(seen[0] ?? assert.fail('nothing was asked'))
    assert.deepEqual(fields, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
  })

test("an account's identity on GKE", async (t) => {
  const { parts } = await useCloud(t, google)
  const cluster = 'https://container.googleapis.com/v1/projects/p/locations/eu/clusters/c'
  const { login } = await createGcpProvider(parts).login(host, account({}))
  assert.equal(login.password, `federated token for p.svc.id.goog identitynamespace:p.svc.id.goog:${cluster}`)
})

test("an account's identity by the operator's federation, for the service account of its annotation", async (t) => {
  const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/file' }
  const { parts, seen } = await useCloud(t, google, { environment, files: { '/file': external() } })
  const annotated = account({ 'iam.gke.io/gcp-service-account': 'web@p.iam.gserviceaccount.com' })
  const { login, expiresAt } = await createGcpProvider(parts).login(host, annotated)
  assert.deepEqual([login.password, expiresAt], ['impersonated', Date.UTC(2026, 5, 1, 0, 30)])
  assert.deepEqual(seen.map(asked), [exchange, impersonate])
  assert.equal(fieldsOf(seen[0] ?? assert.fail())['subject_token'], `token for https:${audience}`)
})

test('a refusal is told by its code alone', async (t) => {
  const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/file' }
  const cloud: Cloud = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'canary' } })
  const { parts } = await useCloud(t, cloud, { environment, files: { '/file': external(), '/jwt': 'canary' } })
  await assert.rejects(
    createGcpProvider(parts).login(host, undefined),
    /^ReconcileError: Google Cloud gives no login for the registry \(HTTP 400, invalid_grant\)$/,
  )
})

const { serves } = { serves: (name: string) => createGcpProvider({} as never).serves(name) }
for (const name of [
  'gcr.io',
  'eu.gcr.io',
  'us-docker.pkg.dev',
  'europe-west1-docker.pkg.dev',
  'docker.s3nsregistry.fr',
])
  test(`${name} is a registry of Google Cloud`, () => assert.ok(serves(name)))
for (const name of [
  'gcr.io.evil.example',
  'evil.gcr.io',
  'xgcr.io',
  'gcr.io:443',
  'docker.pkg.dev',
  'eu-docker.pkg.dev.evil.example',
  'evil.eu-docker.pkg.dev',
  'docker.s3nsregistry.fr.evil.example',
])
  test(`${name} is none`, () => assert.ok(!serves(name)))
