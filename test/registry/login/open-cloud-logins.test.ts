import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openCloudLogins } from '../../../src/registry/login/open-cloud-logins.ts'
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
