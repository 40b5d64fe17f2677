// Private registries: what policies bring, what the registries file adds, and that none of it is ever told.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'
import { chartFiles, startWorld, type World } from './world.ts'

const canary = 'canary-7d31'
const ann = { username: 'ann', password: canary }
const folder = temporaryFolder('registries')
const file = join(folder.path, 'registries.yaml')
const names = ['by-file', 'by-account', 'by-secret', 'refused', 'untrusted']

let world: World
/** TLS by an authority of its own, tokens for ann alone. One is in the registries file, the other is not. */
let known: Registry
let apart: Registry

before(async () => {
  world = await startWorld()
  ;[known, apart] = (await Promise.all([0, 1].map(() => startRegistry({ auth: ann, token: true, tls: true })))) as [
    Registry,
    Registry,
  ]
  for (const registry of [known, apart]) await pushImage(registry, 'shop/web', '1.0.0')
  await writeFile(join(folder.path, 'password'), `${canary}\n`)
  await writeFile(file, registriesFile(known))
  const auths = { [apart.host]: { auth: Buffer.from(`ann:${canary}`).toString('base64') } }
  await create('secrets', 'pull', {
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  })
  await create('secrets', 'ca', { stringData: { 'ca.crt': apart.ca ?? '' } })
  await create(
    'secrets',
    'wrong',
    { stringData: { username: 'bob', password: canary } },
    { 'imageupdate.dev/host': apart.host },
  )
  await create('serviceaccounts', 'web', { imagePullSecrets: [{ name: 'gone' }, { name: 'pull' }] })
  await world.operator.start('--interval=2s', `--registries-file=${file}`)
})
after(async () => {
  await Promise.all([known.stop(), apart.stop()])
  await world.stop()
  await folder.remove()
})

const registriesFile = ({ host, caFile }: Registry): string => `registries:
- host: ${host}
  credentials: {username: ann, passwordFile: password}
  tls: {caFile: ${caFile}}
`

async function create(resource: string, name: string, content: object, annotations = {}): Promise<void> {
  const path = `/api/v1/namespaces/${world.namespace}/${resource}`
  await world.cluster.api('POST', path, { metadata: { name, annotations }, ...content })
}

async function follow(name: string, { host }: Registry, registry: ImageUpdatePolicySpec['registry'] = {}) {
  const image = `${host}/shop/web`
  await world.git.createRepository(name, chartFiles('chart', { repository: image, tag: '0.9.0' }))
  await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await world.policy(name, { image, strategy: 'semver', registry: { insecure: false, ...registry } })
}

const isChosen = (name: string) => world.until(name, 'the tag is chosen', ({ chosen }) => chosen?.tag === '1.0.0')

test('the registries file has the credentials and the authority', async () => {
  await follow('by-file', known)
  await isChosen('by-file')
})

test("a ServiceAccount has the credentials, and the policy's own Secret the authority", async () => {
  await follow('by-account', apart, { serviceAccountName: 'web', certSecretRef: { name: 'ca' } })
  await isChosen('by-account')
})

test('a Secret has the credentials', async () => {
  await follow('by-secret', apart, { secretRef: { name: 'pull' }, certSecretRef: { name: 'ca' } })
  await isChosen('by-secret')
})

test('what is refused, and whom nobody trusts, is told', async () => {
  await follow('refused', apart, { secretRef: { name: 'wrong' }, certSecretRef: { name: 'ca' } })
  await world.untilReady('refused', 'RegistryAuthFailed')
  await follow('untrusted', apart, { secretRef: { name: 'pull' } })
  await world.untilReady('untrusted', 'TLSVerificationFailed')
})

const validity = async (): Promise<string | undefined> =>
  /^imageupdate_registries_file_valid (\d)$/m.exec(await world.operator.metrics())?.[1]

test('a fault in the registries file is told, and what it said before holds', async () => {
  assert.equal(await validity(), '1')
  await writeFile(file, `${registriesFile(known)}- {host: quay.io, limits: {perSecond: fast}}\n`)
  await waitFor('the fault', async () => (await validity()) === '0', 30_000)
  assert.match(world.operator.log(), /registries\[1\]\.limits\.perSecond: must be a number/)
  await pushImage(known, 'shop/web', '1.1.0')
  await world.until('by-file', 'the new tag is chosen', ({ chosen }) => chosen?.tag === '1.1.0')
  await writeFile(file, registriesFile(known))
  await waitFor('the end of the fault', async () => (await validity()) === '1', 30_000)
})

test('nothing secret is in a status, an event, the log or the metrics', async () => {
  const told = [world.operator.log(), await world.operator.metrics(), await readFile(file, 'utf8')]
  for (const name of names)
    told.push(JSON.stringify(await world.getPolicy(name)), JSON.stringify(await world.events(name)))
  const all = told.join('\n')
  for (const [what, secret] of [
    ['the password', canary],
    ['the same in base64', Buffer.from(`ann:${canary}`).toString('base64').slice(0, 20)],
    ["somebody else's", Buffer.from(`bob:${canary}`).toString('base64').slice(0, 20)],
    ['a token', 'Bearer '],
    ['a JSON Web Token', 'eyJ'],
  ] as const)
    assert.ok(!all.includes(secret), what)
})
