import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { CoreV1Api } from '@kubernetes/client-node'
import { parse, stringify } from 'yaml'
import { loadKubeConfig } from '../../src/kubernetes/pooled-kube-config.ts'
import { createAuthority, issueCertificate, type Authority } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { operatorAccess, paths, type Access } from './access.ts'

const folder = temporaryFolder('kubeconfig')
let access: Access

before(async () => {
  access = await operatorAccess()
})
after(async () => {
  await access.close()
  await folder.remove()
})

test('a hundred requests use one connection, or two when one is asked before the other has quite ended', async () => {
  const before = access.faults.connections()
  for (let request = 0; request < 100; request++)
    for await (const _ of access.client.pages(paths(access.namespace).applications, {}, new AbortController().signal));
  assert.ok(access.faults.connections() - before <= 2, `${access.faults.connections() - before} connections`)
})

test("so do the client library's own requests", async () => {
  const api = access.kubeConfig.makeApiClient(CoreV1Api)
  const before = access.faults.connections()
  for (let request = 0; request < 10; request++) await api.listNamespacedSecret({ namespace: access.namespace })
  assert.equal(access.faults.connections() - before, 0)
})

test('streams never use up the connections of calls', async () => {
  const { client, namespace, faults } = access
  const stop = new AbortController()
  const query = { watch: 'true', resourceVersion: '0' }
  const open = Array.from({ length: 40 }, () =>
    client.stream(paths(namespace).applications, query, { signal: stop.signal, idleMs: 60_000 }),
  )
  await Promise.all(open)
  assert.equal(faults.openWatches(), 40)
  for await (const page of client.pages(paths(namespace).applications, {}, stop.signal)) assert.ok(page.resourceVersion)
  stop.abort()
})

test('many calls at once wait for one of 32 connections', async () => {
  const { cluster, client, namespace, faults } = access
  await cluster.api('POST', paths(namespace).secrets, { metadata: { name: 'shared' } })
  const before = faults.connections()
  await Promise.all(Array.from({ length: 200 }, () => client.get(`${paths(namespace).secrets}/shared`)))
  assert.ok(faults.connections() - before <= 32, `${faults.connections() - before} connections`)
})

test('a certificate that is rotated is used for what comes then, and a call under way is not broken', async () => {
  const { kubeConfig } = access
  const place = join(folder.path, 'rotated')
  await mkdir(place)
  const authority = createAuthority('clients')
  const file = await clientCertificateConfig(place, await readFile(access.kubeconfig, 'utf8'))
  await putCertificate(place, authority, 'first')
  const config = loadKubeConfig({ file, context: undefined })
  const one = await config.access('calls')
  assert.equal((await config.access('calls')).dispatcher, one.dispatcher)
  assert.notEqual((await config.access('streams')).dispatcher, one.dispatcher)
  await putCertificate(place, authority, 'second')
  const two = await config.access('calls')
  assert.notEqual(two.dispatcher, one.dispatcher)
  await config.close()
  await kubeConfig.access('calls')
})

async function clientCertificateConfig(place: string, original: string): Promise<string> {
  const config = parse(original) as { users: { user: object }[] }
  for (const user of config.users) user.user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' }
  const file = join(place, 'kubeconfig')
  await writeFile(file, stringify(config))
  return file
}

async function putCertificate(place: string, authority: Authority, commonName: string): Promise<void> {
  const { certificate, key } = issueCertificate(authority, { commonName })
  await writeFile(join(place, 'client.crt'), certificate)
  await writeFile(join(place, 'client.key'), key)
}

function config(more: object): string {
  return stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [
      { name: 'a', context: { cluster: 'c', user: 'u' } },
      { name: 'b', context: { cluster: 'missing', user: 'u' } },
    ],
    'current-context': 'a',
    ...more,
  })
}

const plainHttp = [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }]
const faults: readonly [name: string, text: string, context: string | undefined, message: RegExp][] = [
  ['a context that is not there', config({}), 'z', /there is no context z; there is a, b/],
  ['no current context', config({ 'current-context': '' }), undefined, /has no current context; there is a, b/],
  ['no contexts at all', config({ contexts: [] }), undefined, /has no current context|there is no context/],
  ['a cluster that is not there', config({}), 'b', /context b names no cluster/],
  [
    'plain HTTP that is not meant',
    config({ clusters: plainHttp }),
    undefined,
    /cluster c speaks plain HTTP; set insecure-skip-tls-verify/,
  ],
  ['a file that is no YAML', '{', undefined, /kubeconfig .* can't be read/],
]
for (const [name, text, context, message] of faults)
  test(`a kubeconfig is refused with a sentence: ${name}`, async () => {
    const file = join(folder.path, name.replaceAll(' ', '-'))
    await writeFile(file, text)
    assert.throws(() => loadKubeConfig({ file, context }), message)
  })

test('a kubeconfig that is not there is refused with a sentence', () => {
  const file = join(dirname(access.kubeconfig), 'nowhere')
  assert.throws(() => loadKubeConfig({ file, context: undefined }), /kubeconfig .*nowhere can't be read/)
})

test('a context is chosen by name', async () => {
  const file = join(folder.path, 'contexts')
  await writeFile(file, config({ 'current-context': 'b' }))
  const chosen = loadKubeConfig({ file, context: 'a' })
  const { server, headers } = await chosen.access('calls')
  assert.deepEqual([server, headers], ['https://127.0.0.1:1', { Authorization: 'Bearer t' }])
  await chosen.close()
})
