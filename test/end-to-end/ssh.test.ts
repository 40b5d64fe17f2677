// Git over SSH, as Argo CD knows it: its repository Secrets with a private key, and its ConfigMap with host keys.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { pushImage } from '../servers/image.ts'
import { passphrase, startSshd, type Sshd } from '../servers/sshd.ts'
import { chartFiles, startWorld, type World } from './world.ts'

let [world, sshd]: [World | undefined, Sshd | undefined] = [undefined, undefined]

before(async () => {
  const server = await startSshd()
  sshd = server
  const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1).replace(/\.git$/, '')
  world = await startWorld({ argocd: { readTree: (url, revision) => server.readCommitOf(nameOf(url), revision) } })
  await world.operator.start('--interval=1s')
})
after(async () => {
  await world?.stop()
  await sshd?.stop()
})

function parts(): { world: World; sshd: Sshd } {
  assert.ok(world !== undefined && sshd !== undefined)
  return { world, sshd }
}

/** A chart behind SSH, an image, an Application, and a policy that commits. */
async function begin(
  name: string,
  secret: Readonly<Record<string, string>>,
  writeBack: ImageUpdatePolicySpec['writeBack'] = {},
): Promise<void> {
  const { world: all, sshd: server } = parts()
  const image = all.image(name)
  await server.createRepository(name, chartFiles('chart', { repository: image, tag: '0.1.0' }))
  await all.lendRepository(name, { url: server.repositoryUrl(name), username: '', password: '', ...secret })
  await pushImage(all.registry, name, ['1.0.0'])
  await all.application(name, { repoURL: server.repositoryUrl(name), path: 'chart', targetRevision: 'main' })
  await all.policy(name, { image, strategy: 'semver', writeBack: { method: 'git', ...writeBack } })
}

test('a host that Argo CD does not know is shown nothing; once it knows it, the choice is committed with its key', async () => {
  const { world: all, sshd: server } = parts()
  const configMaps = `/api/v1/namespaces/${all.namespace}/configmaps`
  const { privateKey } = server.clientKeys.ed25519
  await begin('web', { sshPrivateKey: privateKey })
  const refused = await all.untilReady('web', 'HostKeyVerificationFailed')
  assert.match(JSON.stringify(refused.status), /knows none of it/)
  assert.deepEqual(await server.commands(), [])
  const data = (text: string) => ({ data: { ssh_known_hosts: text } })
  const wrong = server.knownHosts.replace(/(ssh-ed25519 \S{30})./, (_, start: string) => `${start}x`)
  await all.cluster.api('POST', configMaps, { metadata: { name: 'argocd-ssh-known-hosts-cm' }, ...data(wrong) })
  await all.until('web', 'another key is known', (status) => JSON.stringify(status).includes('knows others of it'))
  assert.deepEqual(await server.commands(), [])
  await all.cluster.api('PATCH', `${configMaps}/argocd-ssh-known-hosts-cm`, data(server.knownHosts))
  await all.until('web', 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
  const [commit] = await server.log('web')
  assert.deepEqual(commit?.files, ['chart/.argocd-source-web.yaml'])
  await server.fsck('web')
  assert.ok(!all.operator.log().includes(privateKey.split('\n')[2] ?? '-'))
})

test('where Argo CD’s Secret says so the host is not verified, which the log tells', async () => {
  const { world: all, sshd: server } = parts()
  await all.cluster.api('DELETE', `/api/v1/namespaces/${all.namespace}/configmaps/argocd-ssh-known-hosts-cm`)
  await begin('unverified', { sshPrivateKey: server.clientKeys.rsa.privateKey, insecureIgnoreHostKey: 'true' })
  await all.until('unverified', 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
  assert.match(all.operator.log(), /the git server is not verified, as Argo CD’s Secret says/)
})

test('commits bear the author of the policy and a signature by the key of its Secret', async () => {
  const { world: all, sshd: server } = parts()
  await all.cluster.api('POST', `/api/v1/namespaces/${all.namespace}/secrets`, {
    metadata: { name: 'signing' },
    stringData: { sshPrivateKey: server.clientKeys.encrypted.privateKey, passphrase },
  })
  const author = { name: 'Image Updates', email: 'image-updates@example.com' }
  const commit = { author, signOff: true, signingKeySecretRef: { name: 'signing' }, message: '{{ upper .Branch }}' }
  const secret = { sshPrivateKey: server.clientKeys.rsa.privateKey, insecure: 'true' }
  await begin('signed', secret, { git: { commit } })
  await all.until('signed', 'live', ({ applications = [] }) => applications[0]?.live === '1.0.0')
  const [written] = await server.log('signed')
  assert.deepEqual([written?.subject, written?.author], ['MAIN', 'Image Updates <image-updates@example.com>'])
  assert.match(written?.body ?? '', /Signed-off-by: Image Updates <image-updates@example\.com>$/)
  assert.match(await server.rawCommit('signed'), /^gpgsig -----BEGIN SSH SIGNATURE-----$/m)
  await server.fsck('signed')
})
