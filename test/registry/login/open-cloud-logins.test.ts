import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openCloudLogins } from '../../../src/registry/login/open-cloud-logins.ts'
import { wayOut } from '../../../src/http/proxy-for.ts'
import { startConnectProxy } from '../../servers/connect-proxy.ts'
import { temporaryFolder } from '../../servers/guard.ts'

const host = 'eu-docker.pkg.dev'

test('a file that the environment names is read; one that is not there is named, and nothing of what it holds', async (t) => {
  const folder = temporaryFolder('cloud')
  t.after(() => folder.remove())
  const path = join(folder.path, 'key.json')
  const logins = openCloudLogins({
    environment: { GOOGLE_APPLICATION_CREDENTIALS: path },
    check: () => undefined,
    now: Date.now,
    random: Math.random,
  })
  t.after(() => logins.close())
  const ask = (name: string) =>
    logins.get({ provider: 'gcp', host, account: { name, annotations: {}, token: () => Promise.resolve('token') } })
  await assert.rejects(ask('a'), /key\.json, which the environment names for an identity of a cloud, can't be read$/)
  const key = '{"type":"service_account","private_key":"canary"}'
  await writeFile(path, key)
  const { credentials } = await logins.get({ provider: 'gcp', host, account: undefined })
  assert.deepEqual(credentials, { username: '_json_key', password: key })
})

test('a cloud is asked by the proxy of its registry, what tells identities never', async (t) => {
  const proxy = await startConnectProxy({ port: 1 }, 403)
  t.after(() => proxy.stop())
  const logins = openCloudLogins({
    environment: { GCE_METADATA_HOST: 'identity.invalid' },
    check: () => undefined,
    now: Date.now,
    random: Math.random,
  })
  t.after(() => logins.close())
  const way = wayOut({ https: proxy.url, http: proxy.url, noProxy: '' })
  const account = { name: 'a', annotations: { 'eks.amazonaws.com/role-arn': 'r' }, token: async () => 'token' }
  const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  await assert.rejects(logins.get({ provider: 'aws', host: ecr, account, way }), { reason: 'RegistryUnavailable' })
  await assert.rejects(
    logins.get({ provider: 'gcp', host, account: undefined, way }),
    /identity\.invalid can't be reached/,
  )
  assert.deepEqual(new Set(proxy.tunnels().map(({ target }) => target)), new Set(['sts.eu-west-1.amazonaws.com:443']))
})
