import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { parsePolicy } from '../src/core/parse-policy/parse-policy.ts'
import type { Application } from './servers/argocd/application.ts'
import { startArgoCd } from './servers/argocd.ts'
import { compareFiles } from './servers/argocd/compare.ts'
import { parseManifests, podImages } from './servers/argocd/manifests.ts'
import { readFolder } from './servers/folder.ts'
import { startGitServer } from './servers/git-server.ts'
import { waitFor } from './servers/poll.ts'
import { controlPlanePrograms, helmProgram } from './servers/programs.ts'
import { sharedControlPlane } from './servers/shared-control-plane.ts'

const run = promisify(execFile)
const config = join(import.meta.dirname, '..', 'examples', 'cluster-config')
const policyCrd = join(import.meta.dirname, '..', 'crds', 'imageupdatepolicies.yaml')
const argoCdCrds = ['application', 'appproject'].map((name) =>
  join(import.meta.dirname, 'servers', 'crds', `${name}.yaml`),
)
const repository = 'https://git.example.com/acme/cluster-config.git'

interface Policy {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: {
    readonly image: string
    readonly strategy: string
    readonly applications: readonly { readonly name: string }[]
    readonly writeBack: { readonly method: string }
  }
}

let files: Readonly<Record<string, string>>
let applications: readonly Application[]
let policies: readonly Policy[]

const inFolder = <T>(folder: string) =>
  Object.entries(files).flatMap(([path, text]) => (path.startsWith(`${folder}/`) ? [parse(text) as T] : []))

before(async () => {
  files = await readFolder(config)
  applications = inFolder<Application>('applications')
  policies = inFolder<Policy>('policies')
})

describe('the cluster configuration', () => {
  test('has an Application for every policy, and a policy for every Application', () => {
    assert.deepEqual(
      policies.map(({ spec }) => spec.applications[0]?.name),
      applications.map(({ metadata }) => metadata.name),
    )
    assert.deepEqual(
      [...policies, ...applications].map(({ metadata }) => metadata.namespace).filter((name) => name !== 'argocd'),
      [],
    )
  })

  test('shows four strategies and both methods', () => {
    assert.deepEqual(policies.map(({ spec }) => spec.strategy).toSorted(), ['digest', 'latest', 'name', 'semver'])
    assert.deepEqual([...new Set(policies.map(({ spec }) => spec.writeBack.method))].toSorted(), ['argocd', 'git'])
  })

  test('deploys what the policies choose tags of', () => {
    for (const application of applications) {
      const comparison = compareFiles(application, 'argocd', [
        { revision: 'c0ffee', files: new Map(Object.entries(files)) },
      ])
      assert.deepEqual(comparison.kind === 'compared' && comparison.images, [`${policies[0]?.spec.image}:tag-1.0.0`])
      assert.equal(application.spec.source?.repoURL, repository)
    }
  })

  test('is accepted by the operator', () => {
    assert.deepEqual(
      policies.map(({ spec }) => parsePolicy(spec)).filter(({ ok }) => !ok),
      [],
    )
  })

  test('is accepted by a real API server, without a field that it does not know', async () => {
    const cluster = await sharedControlPlane()
    await cluster.applyCrds([policyCrd, ...argoCdCrds])
    const namespace = await cluster.createNamespace('examples')
    const create = (path: string, { metadata, ...rest }: Policy | Application): Promise<unknown> =>
      cluster.api('POST', `${path.replace('*', namespace)}?fieldValidation=Strict`, {
        ...rest,
        metadata: { ...metadata, namespace },
      })
    for (const application of applications)
      await create('/apis/argoproj.io/v1alpha1/namespaces/*/applications', application)
    for (const policy of policies) await create(`/apis/${policy.apiVersion}/namespaces/*/imageupdatepolicies`, policy)
    const [policy] = policies
    assert.ok(policy !== undefined)
    const typo = {
      ...policy,
      metadata: { ...policy.metadata, name: 'typo' },
      spec: { ...policy.spec, stratgey: 'name' },
    }
    const refusal = { name: 'ApiRefusal', status: 400, message: /unknown field "spec\.stratgey"/ }
    await assert.rejects(create(`/apis/${policy.apiVersion}/namespaces/*/imageupdatepolicies`, typo), refusal)
  })

  test('runs in the stand-in for Argo CD on a real API server', async (t) => {
    const cluster = await sharedControlPlane()
    await cluster.applyCrds(argoCdCrds)
    const git = await startGitServer()
    t.after(() => git.stop())
    await git.createRepository('acme/cluster-config', files)
    const namespace = await cluster.createNamespace('examples')
    const argoCd = await startArgoCd({
      controlPlane: cluster,
      namespace,
      readTree: (url, revision) => git.readTree(url.replace('https://git.example.com', git.url), revision),
    })
    t.after(() => argoCd.stop())
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`
    for (const { metadata, ...rest } of applications)
      await cluster.api('POST', path, { ...rest, metadata: { ...metadata, namespace } })
    await waitFor('all are healthy', async () => {
      const { items } = await cluster.api<{ items: Application[] }>('GET', path)
      return items.every(({ status }) => status?.health?.status === 'Healthy' && status.sync?.status === 'Synced')
    })
  })
})

/** The real tools are the judges of what the stand-in renders. */
describe('the stand-in renders as', () => {
  const rendered = (folder: string, source = {}) => {
    const application = {
      metadata: { name: 'web', namespace: 'argocd' },
      spec: {
        project: 'default',
        destination: { namespace: 'default' },
        source: { repoURL: repository, path: folder, ...source },
      },
    }
    return compareFiles(application, 'argocd', [{ revision: 'c0ffee', files: new Map(Object.entries(files)) }])
  }
  const sorted = (manifests: readonly unknown[]) => manifests.map((manifest) => JSON.stringify(manifest)).toSorted()

  test('Helm does', async () => {
    const arguments_ = [
      'template',
      'web',
      join(config, 'apps/web'),
      '--set-string',
      'image.tag=tag-2.0.0',
      '--set',
      'replicaCount=3',
    ]
    const { stdout } = await run(await helmProgram(), arguments_, { timeout: 60_000 })
    const parameters = [
      { name: 'image.tag', value: 'tag-2.0.0', forceString: true },
      { name: 'replicaCount', value: '3' },
    ]
    const comparison = rendered('apps/web', { helm: { parameters } })
    assert.ok(comparison.kind === 'compared')
    assert.deepEqual(sorted(JSON.parse(comparison.manifests) as unknown[]), sorted(parseManifests([['helm', stdout]])))
  })

  for (const folder of ['apps/web-base', 'apps/edge', 'apps/nightly']) {
    test(`Kustomize does: ${folder}`, async () => {
      const { stdout } = await run((await controlPlanePrograms()).kubectl, ['kustomize', join(config, folder)], {
        timeout: 60_000,
      })
      const comparison = rendered(folder)
      assert.ok(comparison.kind === 'compared')
      assert.deepEqual(comparison.images, podImages(parseManifests([['kustomize', stdout]])))
    })
  }
})

test('the web application’s workflow makes the tags that the policies follow', async () => {
  const workflow = (await readFolder(join(import.meta.dirname, '..', 'examples', 'web-app')))[
    '.github/workflows/build.yaml'
  ]
  for (const tag of [
    'prefix=sha-',
    'prefix=pr-',
    'prefix=tag-',
    'value=gh-',
    'type=ref,event=branch',
    'value=latest',
  ]) {
    assert.ok(workflow?.includes(tag), tag)
  }
  assert.ok(workflow?.includes(`IMAGE: ${policies[0]?.spec.image}\n`))
})
