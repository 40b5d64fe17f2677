import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { noOwnProxy, type OwnProxy } from '../../src/core/own-proxy.ts'
import type { RegistrySettings } from '../../src/registry/registries.ts'
import { readRegistries } from '../../src/registry/registries-file.ts'
import { createAuthority, issueCertificate } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/guard.ts'

const authority = createAuthority('authority')
const client = issueCertificate(authority, { commonName: 'client' })
const auth = Buffer.from('bob:canary').toString('base64')

function wayIn({ way }: RegistrySettings): OwnProxy | undefined {
  return way && { https: way.https, http: way.http, noProxy: way.noProxy }
}

/** A folder with files, of which `registries.yaml` is read. */
async function reading(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder('registries')
  t.after(() => folder.remove())
  const write = async (name: string, content: string) => await writeFile(join(folder.path, name), content)
  for (const [name, content] of Object.entries(files)) await write(name, content)
  return { write, read: () => readRegistries(join(folder.path, 'registries.yaml')) }
}

test('what it names is read, from its own folder', async (t) => {
  const { read } = await reading(t, {
    'registries.yaml': `registries:
- host: a.io
  credentials: {username: ann, passwordFile: password}
  tls: {caFile: ca.crt, certFile: tls.crt, keyFile: tls.key}
- host: b.io
  credentials: {dockerConfigFile: config.json}
  head: false
- host: 1.dkr.ecr.eu-west-1.amazonaws.com
  provider: aws
`,
    password: 'can:ary\n',
    'config.json': JSON.stringify({ auths: { 'b.io/team': { auth }, 'c.io': { auth }, 'b.io/bad': { auth: '%' } } }),
    'ca.crt': authority.certificate,
    'tls.crt': client.certificate,
    'tls.key': client.key,
  })
  const { faults, settings } = await read()
  assert.deepEqual(faults, [])
  const [a, b, c] = settings
  assert.deepEqual([a?.provider, c?.provider], [undefined, 'aws'])
  assert.deepEqual(a?.credentialsFor('web'), [{ username: 'ann', password: 'can:ary' }])
  assert.equal(a?.tls?.ca, authority.certificate)
  assert.deepEqual(a?.tls?.client, { certificate: client.certificate, key: client.key })
  assert.deepEqual(b?.credentialsFor('team/web'), [{ username: 'bob', password: 'canary' }])
  assert.deepEqual(b?.credentialsFor('other/web'), [])
  assert.deepEqual(b?.credentialsFor('bad/web'), [])
  assert.equal(b?.dialect.noHead, true)
})

test('proxies: with what they want to see, none, and those of whoever runs the operator', async (t) => {
  const { read } = await reading(t, {
    'registries.yaml': `registries:
- host: a.io
  proxy: http://proxy.example.com:3128
  noProxy: b.io
  proxyCredentials: {username: "a@b", passwordFile: password}
- {host: b.io, proxy: none}
- {host: c.io}
`,
    password: 'can:ary\n',
  })
  const { faults, settings } = await read()
  assert.deepEqual(faults, [])
  const url = 'http://a%40b:can%3Aary@proxy.example.com:3128/'
  assert.deepEqual(settings.map(wayIn), [{ https: url, http: url, noProxy: 'b.io' }, noOwnProxy, undefined])
})

test('everything that is wrong is told, with its path, and nothing of what the files hold', async (t) => {
  const { read } = await reading(t, {
    'registries.yaml': `registries:
- {host: a.io, credentials: {username: ann, passwordFile: gone}}
- {host: b.io, tls: {caFile: canary}, credentials: {dockerConfigFile: canary}}
- {host: c.io, credentials: {dockerConfigFile: /dev/zero}}
- {host: d.io, credentials: {dockerConfigFile: .}}
- {host: e.io, proxy: 'http://p', proxyCredentials: {username: ann, passwordFile: gone}}
`,
    canary: 'very-secret-canary',
  })
  const { faults, settings } = await read()
  assert.deepEqual(settings, [])
  assert.deepEqual(faults, [
    "registries[0].credentials.passwordFile: gone can't be read (ENOENT)",
    'registries[1].tls: ca holds no certificates in PEM',
    'registries[1].credentials.dockerConfigFile: canary is no docker configuration in JSON',
    'registries[2].credentials.dockerConfigFile: /dev/zero is no docker configuration in JSON',
    "registries[3].credentials.dockerConfigFile: . can't be read (EISDIR)",
    "registries[4].proxyCredentials.passwordFile: gone can't be read (ENOENT)",
  ])
})

for (const [field, written] of [
  ['host', 'host: "[::::]:5000"'],
  ['api', 'host: a.io, api: "https://b.io:99999"'],
  ['mirrors[1]', 'host: a.io, mirrors: ["https://b.io", "https://10.0.0.256"]'],
  ['proxy', 'host: a.io, proxy: "http://p:99999", proxyCredentials: {username: ann, passwordFile: password}'],
] as const)
  test(`an address that only looks like one is a fault: ${written}`, async (t) => {
    const { read } = await reading(t, { 'registries.yaml': `registries: [{${written}}]`, password: 'canary' })
    assert.deepEqual((await read()).faults, [`registries[0].${field}: leads nowhere: look at its host and its port`])
  })

test('a file that is not there, or is no registries file', async (t) => {
  const { read, write } = await reading(t, {})
  assert.match((await read()).faults.join(), /registries\.yaml can't be read \(ENOENT\)$/)
  await write('registries.yaml', 'registries: [{hosts: a.io}]')
  assert.deepEqual((await read()).faults, [
    'registries[0].host: is required: write which registry it is about, such as registry.example.com',
    'registries[0].hosts: unknown field: did you mean host?',
  ])
})

test('the mark is another exactly when one of the files is', async (t) => {
  const { read, write } = await reading(t, {
    'registries.yaml': 'registries: [{host: a.io, credentials: {username: ann, passwordFile: password}}]',
    password: 'one',
    other: 'one',
  })
  const { mark } = await read()
  await write('other', 'two')
  assert.equal((await read()).mark, mark)
  await write('password', 'two')
  assert.notEqual((await read()).mark, mark)
  await write('password', 'one')
  assert.equal((await read()).mark, mark)
})

test('files that are short take little memory, however many there are: they are looked at every ten seconds', async (t) => {
  const entries = Array.from(
    { length: 50 },
    (_, i) => `- host: r${i}.io\n  credentials: {username: a, passwordFile: p}`,
  )
  const { read } = await reading(t, { 'registries.yaml': `registries:\n${entries.join('\n')}`, p: 'canary' })
  const taken = t.mock.method(Buffer, 'alloc')
  const { faults } = await read()
  assert.deepEqual(faults, [])
  const bytes = taken.mock.calls.reduce((sum, call) => sum + call.arguments[0], 0)
  assert.ok(bytes < 1024 * 1024, `${bytes} bytes`)
})

test('a file may be as long as a MiB, and no longer', async (t) => {
  const { read, write } = await reading(t, { 'registries.yaml': '' })
  const file = (length: number) => `registries: []\n#${'x'.repeat(length - 16)}`
  await write('registries.yaml', file(1024 * 1024))
  assert.deepEqual((await read()).faults, [])
  await write('registries.yaml', file(1024 * 1024 + 1))
  assert.match((await read()).faults.join(), /registries\.yaml has more than 1024 KiB$/)
})
