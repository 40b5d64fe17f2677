// Bad input: a condition with a reason and a message that says what to do; what the API server can refuse, it refuses.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { ApiRefusal } from '../servers/control-plane-access.ts'
import { pushImage } from '../servers/image.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'
import { chartFiles, startWorld, type World } from './world.ts'

type Spec = Parameters<World['policy']>[1]

let world: World
let guarded: Registry
const canary = 'canary-5f2b'
before(async () => {
  world = await startWorld({ git: { auth: { username: 'ann', password: 'right' } } })
  guarded = await startRegistry({ auth: { username: 'ann', password: 'right' } })
  await world.operator.start('--interval=2s')
  await world.git.createRepository('good', chartFiles('chart', { repository: world.image('good'), tag: '0' }))
  await world.git.createRepository('plain', { 'plain/pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n' })
  await pushImage(world.registry, 'good', '1.0.0')
  await pushImage(guarded, 'good', '1.0.0')
  await secret('wrong', { username: 'ann', password: canary })
  await secret('right', { username: 'ann', password: 'right' })
  const registryHost = { metadata: { annotations: { 'imageupdate.dev/host': guarded.host } } }
  await secret('wrong-registry', { username: 'ann', password: canary }, registryHost.metadata.annotations)
  const source = { repoURL: world.git.repositoryUrl('good'), path: 'chart', targetRevision: 'main' }
  await world.lendRepository('good', { username: 'ann', password: 'right' })
  await world.lendRepository('plain', { username: 'ann', password: 'right' })
  await world.application('good', source)
  await world.application('plain', { repoURL: world.git.repositoryUrl('plain'), path: 'plain', targetRevision: 'main' })
})
after(async () => {
  await guarded.stop()
  await world.stop()
})

async function secret(
  name: string,
  stringData: Record<string, string>,
  annotations: Record<string, string> = {},
): Promise<void> {
  await world.cluster.api('POST', `/api/v1/namespaces/${world.namespace}/secrets`, {
    metadata: { name, annotations },
    stringData,
  })
}

const semver = (more: Partial<Spec> = {}): Spec => ({
  image: world.image('good'),
  strategy: 'semver',
  applications: [{ name: 'good' }],
  ...more,
})

const refused: readonly [name: string, spec: () => Spec, message: RegExp][] = [
  ['digest-without-tag', () => ({ ...semver(), strategy: 'digest' }), /constraints\.tag/],
  ['tag-with-semver', () => semver({ constraints: { tag: 'main' } }), /constraints\.tag/],
  ['bad-range', () => semver({ constraints: { version: 'latest' } }), /constraints\.version/],
  ['bad-expression', () => semver({ constraints: { allowTags: '(' } }), /allowTags|RE2|regular expression/i],
  ['empty-selector', () => semver({ applications: [{ selector: {} }] }), /selector/],
  ['no-applications', () => semver({ applications: [] }), /applications/],
]
for (const [name, spec, message] of refused)
  test(`the API server refuses: ${name}`, async () => {
    await assert.rejects(world.policy(name, spec()), (error: unknown) => {
      assert.ok(error instanceof ApiRefusal)
      assert.equal(error.status, 422)
      assert.match(error.message, message)
      return true
    })
  })

const told: readonly [name: string, reason: string, message: RegExp, spec: () => Spec][] = [
  [
    'bad-template',
    'InvalidSpec',
    /spec\.writeBack\.git\.commit\.message/,
    () => semver({ writeBack: { method: 'git', git: { commit: { message: '{{ if .x }}' } } } }),
  ],
  ['unknown-application', 'ApplicationNotFound', /nobody/, () => semver({ applications: [{ name: 'nobody' }] })],
  ['unknown-repository', 'RepositoryNotFound', /missing/, () => ({ ...semver(), image: world.image('missing') })],
  ['no-match', 'NoMatchingTag', /OutOfRange/, () => semver({ constraints: { version: '>=9' } })],
  ['plain-directory', 'TargetUnsupported', /Directory/, () => semver({ applications: [{ name: 'plain' }] })],
  [
    'wrong-git-password',
    'GitAuthFailed',
    /credentials/,
    () => semver({ writeBack: { method: 'git', git: { secretRef: { name: 'wrong' } } } }),
  ],
  [
    'missing-git-secret',
    'SecretNotFound',
    /nowhere/,
    () => semver({ writeBack: { method: 'git', git: { secretRef: { name: 'nowhere' } } } }),
  ],
  [
    'missing-git-repository',
    'GitRepositoryNotFound',
    /missing\.git|missing/,
    () =>
      semver({
        writeBack: {
          method: 'git',
          git: { repository: world.git.repositoryUrl('missing'), secretRef: { name: 'right' } },
        },
      }),
  ],
  [
    'missing-branch',
    'BranchUnknown',
    /branch/,
    () => semver({ writeBack: { method: 'git', git: { branch: 'no-such', secretRef: { name: 'right' } } } }),
  ],
  [
    'wrong-registry-password',
    'RegistryAuthFailed',
    /credentials/,
    () =>
      semver({ image: `${guarded.host}/good`, registry: { insecure: true, secretRef: { name: 'wrong-registry' } } }),
  ],
  [
    'no-registry-credentials',
    'RegistryAuthFailed',
    /credentials|secretRef/,
    () => semver({ image: `${guarded.host}/good` }),
  ],
]
const reported: string[] = []

// Two policies on one key would be told of their conflict instead.
async function deletePolicy(name: string): Promise<void> {
  await world.cluster.api(
    'DELETE',
    `/apis/imageupdate.dev/v1alpha1/namespaces/${world.namespace}/imageupdatepolicies/${name}`,
  )
}

for (const [name, reason, message, spec] of told)
  test(`a condition tells: ${name}`, async () => {
    await world.policy(name, spec())
    const { status } = await world.untilReady(name, reason)
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    assert.equal(ready?.status, 'False')
    assert.match(ready.message, message)
    assert.equal(
      status?.conditions?.some(({ type }) => type === 'Stalled'),
      reason === 'InvalidSpec' || reason === 'TargetUnsupported',
    )
    reported.push(JSON.stringify(status), JSON.stringify(await world.events(name)))
    await deletePolicy(name)
  })

test('nothing secret is in a status, an event, the log or the metrics', async () => {
  const all = [...reported, world.operator.log(), await world.operator.metrics()].join('\n')
  assert.ok(!all.includes(canary))
  assert.ok(!all.includes(Buffer.from(`ann:${canary}`).toString('base64')))
})

test('a registry that speaks only plain HTTP, without insecure: no credential is sent, and the way out is said', async () => {
  await secret('credentials', { username: 'ann', password: 'right' }, { 'imageupdate.dev/host': guarded.host })
  guarded.clearRequests()
  const spec: ImageUpdatePolicySpec = {
    image: `${guarded.host}/good`,
    strategy: 'semver',
    applications: [{ name: 'good' }],
    registry: { insecure: false, secretRef: { name: 'credentials' } },
  }
  await world.policy('plain-http', spec)
  const { status } = await world.untilReady('plain-http', 'RegistryUnavailable')
  assert.match(
    status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '',
    /speaks plain HTTP; set registry\.insecure: true/,
  )
  assert.deepEqual(
    guarded.requests().filter(({ authorization }) => authorization),
    [],
  )
})
