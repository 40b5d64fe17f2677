import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../../../src/errors.ts'
import { createAzureProvider } from '../../../../src/registry/login/providers/azure.ts'
import { account, asked, fieldsOf, useCloud, type Cloud } from './clouds.ts'

const host = 'shop.azurecr.io'
const start = Date.UTC(2026, 5, 1)
const jwt = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
const refreshToken = jwt({ exp: start / 1000 + 10_800 })
const identity =
  'GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcontainerregistry.azure.net%2F'
const entra = 'POST https://login.microsoftonline.com/tenant/oauth2/v2.0/token'
const exchange = `POST https://${host}/oauth2/exchange`

const azure: Cloud = (seen) => {
  const fields = fieldsOf(seen)
  switch (asked(seen)) {
    case identity:
    case `${identity}&client_id=client`:
      return seen.headers['metadata'] === 'true' ? { body: { access_token: 'entra' } } : { status: 400 }
    case entra:
      return fields['client_id'] === 'client' ? { body: { access_token: 'entra', expires_in: 3600 } } : { status: 401 }
    case exchange:
      return fields['access_token'] === 'entra' ? { body: { refresh_token: refreshToken } } : { status: 401 }
    default:
      return undefined
  }
}

const federated = { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'client', AZURE_FEDERATED_TOKEN_FILE: '/jwt' }
const flows: readonly (readonly [
  name: string,
  environment: Readonly<Record<string, string>>,
  requests: readonly string[],
])[] = [
  ['workload identity', federated, [entra, exchange]],
  ['managed identity', {}, [identity, exchange]],
  ['one of several managed identities', { AZURE_CLIENT_ID: 'client' }, [`${identity}&client_id=client`, exchange]],
]

for (const [name, environment, requests] of flows)
  test(`a login by ${name}`, async (t) => {
    const { parts, seen } = await useCloud(t, azure, { environment, files: { '/jwt': 'assertion\n' } })
    const { login, expiresAt } = await createAzureProvider(parts).login(host, undefined)
    assert.deepEqual(login, { username: '00000000-0000-0000-0000-000000000000', password: refreshToken })
    assert.equal(expiresAt, start + 10_800_000)
    assert.deepEqual(seen.map(asked), requests)
    assert.deepEqual(fieldsOf(seen.at(-1) ?? assert.fail()), {
      grant_type: 'access_token',
      service: host,
      access_token: 'entra',
    })
  })

test('Entra is shown the token of the file', async (t) => {
  const { parts, seen } = await useCloud(t, azure, { environment: federated, files: { '/jwt': 'assertion\n' } })
  await createAzureProvider(parts).login(host, undefined)
  assert.deepEqual(fieldsOf(seen[0] ?? assert.fail()), {
    grant_type: 'client_credentials',
    client_id: 'client',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: 'assertion',
    scope: 'https://containerregistry.azure.net/.default',
  })
})

test("an account's identity, by its own token", async (t) => {
  const { parts, seen } = await useCloud(t, azure, { environment: { AZURE_TENANT_ID: 'other' } })
  const annotated = account({
    'azure.workload.identity/client-id': 'client',
    'azure.workload.identity/tenant-id': 'tenant',
  })
  await createAzureProvider(parts).login(host, annotated)
  assert.equal(fieldsOf(seen[0] ?? assert.fail())['client_assertion'], 'token for api://AzureADTokenExchange')
})

const refused: readonly (readonly [
  name: string,
  environment: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> | undefined,
  message: RegExp,
])[] = [
  [
    'an unknown client',
    { ...federated, AZURE_CLIENT_ID: 'other' },
    undefined,
    /^Microsoft Entra gives no login .*\(HTTP 401\)$/,
  ],
  ['half a set-up', { AZURE_FEDERATED_TOKEN_FILE: '/jwt' }, undefined, /not AZURE_TENANT_ID and AZURE_CLIENT_ID$/],
  [
    'an authority without HTTPS',
    { ...federated, AZURE_AUTHORITY_HOST: 'http://evil.example' },
    undefined,
    /no address with HTTPS$/,
  ],
  [
    'an account without annotation',
    {},
    {},
    /names no identity; annotate it with azure\.workload\.identity\/client-id$/,
  ],
  ['an account without tenant', {}, { 'azure.workload.identity/client-id': 'client' }, /names no tenant/],
]

for (const [name, environment, annotations, message] of refused)
  test(`no login: ${name}`, async (t) => {
    const { parts } = await useCloud(t, azure, { environment, files: { '/jwt': 'canary' } })
    const who = annotations === undefined ? undefined : account(annotations)
    await assert.rejects(createAzureProvider(parts).login(host, who), (error) => {
      assert.ok(error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
  })

const serves = (name: string): boolean => createAzureProvider({} as never).serves(name)
for (const name of ['shop.azurecr.io', 'my-shop1.azurecr.cn', 'shop.azurecr.us'])
  test(`${name} is a registry of Azure`, () => assert.ok(serves(name)))
for (const name of [
  'shop.azurecr.io.evil.example',
  'azurecr.io',
  'a.b.azurecr.io',
  'shop.azurecr.io:443',
  'shopazurecr.io',
  'shop.azurecr.com',
  '-.azurecr.io',
])
  test(`${name} is none`, () => assert.ok(!serves(name)))
