import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { parseConfig, type Config } from '../src/config.ts'
import { parseRegistries } from '../src/core/parse-registries.ts'
import { ofKind, type Deployment, type PodSpec } from './chart-objects.ts'
import { pathOf, renderChart, type ChartObject } from './end-to-end/operator.ts'
import { codeBlocks, root, textOf } from './markdown.ts'
import { ApiRefusal, type ControlPlane } from './servers/control-plane-access.ts'
import { temporaryFolder } from './servers/guard.ts'
import { helmProgram } from './servers/programs.ts'
import { sharedControlPlane } from './servers/shared-control-plane.ts'

const run = promisify(execFile)
const chart = join(root, 'charts/image-update-operator')

interface Account extends ChartObject {
  readonly automountServiceAccountToken: boolean
}

interface ConfigMap extends ChartObject {
  readonly data: Readonly<Record<string, string>>
}

interface Service extends ChartObject {
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>
    readonly ports: readonly { readonly targetPort: string }[]
  }
}

let cluster: ControlPlane
/** The release's namespace, in which only Pods of the restricted profile are admitted, and another one. */
let namespace: string
let other: string

before(async () => {
  cluster = await sharedControlPlane()
  ;[namespace, other] = await Promise.all([cluster.createNamespace('chart'), cluster.createNamespace('chart-other')])
  await cluster.api('PATCH', `/api/v1/namespaces/${namespace}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
})

const digest = `sha256:${'0a'.repeat(32)}`

/** Values that say something else than the defaults; `other` stands for another namespace. */
const variants: readonly (readonly [name: string, settings: () => readonly string[]])[] = [
  ['the defaults', () => []],
  ['several namespaces', () => [`watchNamespaces={${namespace},${other}}`]],
  ['Argo CD elsewhere', () => [`argocdNamespace=${other}`]],
  ['the whole cluster', () => ['clusterWide=true']],
  [
    'everything set',
    () => [
      'image.repository=registry.example.com/operator',
      'image.tag=1.2.3',
      `image.digest=${digest}`,
      'image.pullPolicy=Always',
      'imagePullSecrets[0].name=pull',
      'fullnameOverride=updates',
      'secretNames={pull,git-credentials}',
      'extraEnv[0].name=NODE_EXTRA_CA_CERTS',
      'extraEnv[0].value=/authorities/ca.crt',
      'extraVolumes[0].name=authorities',
      'extraVolumes[0].configMap.name=authorities',
      'extraVolumeMounts[0].name=authorities',
      'extraVolumeMounts[0].mountPath=/authorities',
      'allowCrossNamespace=true',
      'allowedRegistries={ghcr.io,*.example.com:5000}',
      'allowedGitHosts={git.example.com}',
      'registries[0].host=registry.example.com',
      'registries[0].tls.caFile=/authorities/ca.crt',
      'proxy.https=http://proxy.example.com:3128',
      'proxy.http=http://proxy.example.com:3128',
      'proxy.noProxy=.example.com',
      'serviceAccountTokens=true',
      'interval=30s',
      'concurrency=3',
      'commitWindow=250ms',
      'log.level=debug',
      'log.format=text',
      'serviceAccount.name=updates-account',
      'serviceAccount.annotations.team=web',
      'podAnnotations.team=web',
      'podLabels.team=web',
      'resources.limits.cpu=1',
      'nodeSelector.disk=ssd',
      'tolerations[0].operator=Exists',
      'affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight=1',
      'affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey=zone',
      'priorityClassName=system-cluster-critical',
      'podSecurityContext.runAsUser=1000',
      'cacheSizeLimit=2Gi',
    ],
  ],
]

async function deploymentOf(...settings: readonly string[]): Promise<Deployment> {
  const [deployment] = ofKind<Deployment>(await renderChart(namespace, ...settings), 'Deployment')
  assert.ok(deployment)
  return deployment
}

async function configOf(...settings: readonly string[]): Promise<Config> {
  const { spec } = await deploymentOf(...settings)
  const [command, ...args] = spec.template.spec.containers[0]?.args ?? []
  assert.equal(command, 'run')
  const parsed = parseConfig(args, {}, false)
  assert.equal(parsed.kind, 'config', JSON.stringify(parsed))
  return (parsed as { config: Config }).config
}

const admitted = async (pod: PodSpec): Promise<unknown> =>
  await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`, {
    metadata: { generateName: 'operator-' },
    spec: pod,
  })

describe('what the chart renders is accepted by the API server', () => {
  for (const [name, settings] of variants) {
    test(name, async () => {
      const objects = await renderChart(namespace, ...settings())
      const kinds = objects.map(({ kind }) => kind)
      for (const kind of ['ServiceAccount', 'Role', 'RoleBinding', 'Deployment', 'Service'])
        assert.ok(kinds.includes(kind), kind)
      for (const object of objects) {
        const query = 'dryRun=All&fieldValidation=Strict&fieldManager=chart&force=true'
        await cluster.api('PATCH', `${pathOf(object)}?${query}`, object, 'application/apply-patch+yaml')
      }
    })
  }

  test('and the CRD that it ships is the one of crds/', async () => {
    const { stdout } = await run(await helmProgram(), ['show', 'crds', chart])
    assert.match(stdout, /^kind: CustomResourceDefinition$/m)
    assert.ok(stdout.includes(await textOf('crds/imageupdatepolicies.yaml')))
  })
})

describe('its Pod', () => {
  for (const [name, settings] of variants) {
    test(`is admitted where the restricted profile is enforced: ${name}`, async () => {
      await admitted((await deploymentOf(...settings())).spec.template.spec)
    })
  }

  test('would not be admitted without its security context', async () => {
    const { securityContext: _, ...pod } = (await deploymentOf()).spec.template.spec
    await assert.rejects(
      admitted(pod),
      (error) => error instanceof ApiRefusal && error.status === 403 && error.message.includes('restricted'),
    )
  })

  test('is of the image that the digest names', async () => {
    const { containers } = (await deploymentOf('image.repository=a/b', `image.digest=${digest}`)).spec.template.spec
    assert.match(containers[0]?.image ?? '', new RegExp(`^a/b:[0-9.]+@${digest}$`))
  })

  test('leaves its user to the platform where the values do, and is admitted still', async () => {
    const members = ['runAsUser', 'runAsGroup', 'fsGroup']
    const deployment = await deploymentOf(...members.map((member) => `podSecurityContext.${member}=null`))
    const pod = deployment.spec.template.spec
    assert.deepEqual(
      members.filter((member) => member in (pod.securityContext ?? {})),
      [],
    )
    await admitted(pod)
  })

  test('alone gets the token of its account', async () => {
    const [account] = ofKind<Account>(await renderChart(namespace), 'ServiceAccount')
    assert.equal(account?.automountServiceAccountToken, false)
    assert.equal((await deploymentOf()).spec.template.spec.automountServiceAccountToken, true)
  })

  test('is one, and replaced before the next is there', async () => {
    const { replicas, strategy } = (await deploymentOf()).spec
    assert.deepEqual([replicas, strategy], [1, { type: 'Recreate' }])
  })

  test('is what the Service sends scrapes to', async () => {
    const objects = await renderChart(namespace, 'podLabels.team=web')
    const [service] = ofKind<Service>(objects, 'Service')
    const { metadata, spec } = (await deploymentOf('podLabels.team=web')).spec.template
    for (const [label, value] of Object.entries(service?.spec.selector ?? { none: 'selected' }))
      assert.equal(metadata.labels[label], value)
    const ports = spec.containers[0]?.ports.map(({ name }) => name) ?? []
    assert.ok(service?.spec.ports.every(({ targetPort }) => ports.includes(targetPort)))
  })
})

describe('its flags are those of the operator', () => {
  test('by default it watches its own namespace, which is Argo CD’s', async () => {
    const { namespaces, argocdNamespace, cacheDir, logFormat } = await configOf()
    assert.deepEqual([namespaces, argocdNamespace, cacheDir, logFormat], [[namespace], namespace, '/cache', 'json'])
  })

  test('the cache folder is one that can be written to', async () => {
    const { cacheDir } = await configOf()
    const mounts = (await deploymentOf()).spec.template.spec.containers[0]?.volumeMounts.map(
      ({ mountPath }) => mountPath,
    )
    assert.deepEqual(mounts, [cacheDir])
  })

  test('the registries file is one that the operator can read, in a folder that is mounted', async () => {
    const settings = ['registries[0].host=registry.example.com', 'registries[0].limits.perSecond=5']
    const { registriesFile } = await configOf(...settings)
    const mounts = (await deploymentOf(...settings)).spec.template.spec.containers[0]?.volumeMounts ?? []
    assert.ok(mounts.some(({ mountPath }) => `${mountPath}/registries.yaml` === registriesFile))
    const [file] = ofKind<ConfigMap>(await renderChart(namespace, ...settings), 'ConfigMap')
    const parsed = parseRegistries(file?.data['registries.yaml'] ?? '')
    assert.ok(parsed.ok)
    assert.deepEqual(
      parsed.rules.map(({ host, limits }) => [host, limits?.perSecond]),
      [['registry.example.com', 5]],
    )
  })

  test('its proxy is told by the environment, and the cluster is reached without one', async () => {
    const environmentFor = async (...settings: readonly string[]) =>
      (await deploymentOf(...settings)).spec.template.spec.containers[0]?.env
    const proxied = await environmentFor('proxy.https=http://p:1', 'proxy.noProxy=.example.com', 'extraEnv[0].name=A')
    const environment = Object.fromEntries((proxied ?? []).map(({ name, value }) => [name, value]))
    const noProxy = '.svc,.cluster.local,.example.com'
    assert.deepEqual(environment, { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy, A: undefined })
    const parsed = parseConfig([], environment, false)
    assert.ok(parsed.kind === 'config')
    assert.deepEqual(parsed.config.ownProxy, { https: 'http://p:1', http: undefined, noProxy })
    assert.equal(await environmentFor(), undefined)
  })

  test('the ports are those that it listens on', async () => {
    const { metricsAddress, healthAddress } = await configOf()
    const ports = (await deploymentOf()).spec.template.spec.containers[0]?.ports
    assert.deepEqual(ports, [
      { name: 'metrics', containerPort: metricsAddress?.port },
      { name: 'health', containerPort: healthAddress?.port },
    ])
  })

  test('for the whole cluster it names no namespace', async () => {
    assert.deepEqual((await configOf('clusterWide=true', `watchNamespaces={${other}}`)).namespaces, [])
  })

  test('every value reaches its flag', async () => {
    const settings = variants.find(([name]) => name === 'everything set')?.[1]() ?? []
    const config = await configOf(...settings, `watchNamespaces={one,two}`, 'argocdNamespace=gitops')
    assert.deepEqual(config, {
      ...(await configOf()),
      namespaces: ['one', 'two'],
      argocdNamespace: 'gitops',
      allowCrossNamespace: true,
      allowedRegistries: ['ghcr.io', '*.example.com:5000'],
      allowedGitHosts: ['git.example.com'],
      registriesFile: '/etc/image-update-operator/registries.yaml',
      interval: 30_000,
      concurrency: 3,
      commitWindow: 250,
      logLevel: 'debug',
      logFormat: 'text',
    })
  })

  test('its defaults are the operator’s own', async () => {
    const { interval, concurrency, commitWindow, logLevel } = await configOf()
    const parsed = parseConfig([], {}, false)
    assert.ok(parsed.kind === 'config')
    assert.deepEqual(
      [interval, concurrency, commitWindow, logLevel],
      [parsed.config.interval, parsed.config.concurrency, parsed.config.commitWindow, parsed.config.logLevel],
    )
  })
})

describe('values', () => {
  test('pass the linter', async () => {
    await run(await helmProgram(), ['lint', '--strict', chart])
  })

  for (const path of ['docs/registries.md', 'charts/image-update-operator/README.md'])
    test(`of ${path} are taken`, async () => {
      const blocks = codeBlocks(await textOf(path), 'yaml')
      assert.ok(blocks.length > 0)
      const { path: folder } = temporaryFolder('values')
      for (const [index, block] of blocks.entries()) {
        const file = join(folder, `${index}.yaml`)
        await writeFile(file, block)
        const { stdout } = await run(await helmProgram(), ['template', 'release', chart, '--values', file])
        assert.match(stdout, /^kind: Deployment$/m)
      }
    })

  const refused = [
    ['unknown', 'nonsense=1', /nonsense/],
    ['unknown, deep below', 'image.name=web', /name/],
    ['of another type', 'watchNamespaces=argocd', /watchNamespaces/],
    ['twice in a list', 'watchNamespaces={one,one}', /watchNamespaces/],
    ['no duration', 'interval=often', /interval/],
    ['out of range', 'concurrency=0', /concurrency/],
    ['none of those that there are', 'log.level=loud', /level/],
    ['no digest', 'image.digest=sha256:abc', /digest/],
    ['of an account that is not named', 'serviceAccount.create=false', /serviceAccount/],
  ] as const
  for (const [name, setting, words] of refused) {
    test(`are refused when they are ${name}: ${setting}`, async () => {
      await assert.rejects(
        renderChart(namespace, setting),
        (error) => error instanceof Error && words.test(error.message),
      )
    })
  }
})
