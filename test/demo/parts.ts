import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseDocument } from 'yaml'
import { installOperator, type Operator } from '../end-to-end/operator.ts'
import type { Application } from '../servers/argocd/application.ts'
import { startArgoCd, type ArgoCd } from '../servers/argocd.ts'
import type { ControlPlane } from '../servers/control-plane-access.ts'
import { startControlPlane } from '../servers/control-plane.ts'
import { readFolder } from '../servers/folder.ts'
import { startGitServer, type GitServer } from '../servers/git-server.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { freePort } from '../servers/process.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'

/** A policy as the examples have it. */
export interface Policy {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly strategy: string; readonly writeBack: { readonly method: 'argocd' | 'git' } }
}

/** Everything that runs, and what the examples were loaded as. */
export interface Parts {
  readonly cluster: ControlPlane
  readonly registry: Registry
  readonly git: GitServer
  /** The user who may read and write the git repositories; Argo CD has him, and lends him to the operator. */
  readonly gitUser: { readonly username: string; readonly password: string }
  readonly argocd: ArgoCd
  /** Not started yet; its rights are there. */
  readonly operator: Operator
  /** The port of its /metrics. */
  readonly metricsPort: number
  /** Of this demonstration; goes with it. */
  readonly folder: string
  /** An administrator's, for the namespace of the policies. */
  readonly kubeconfig: string
  /** `127.0.0.1:<port>/acme/web` */
  readonly image: string
  /** In the order of their names. */
  readonly applications: readonly Application[]
  readonly policies: readonly Policy[]
}

/** Where policies, Applications and the operator live, as in the examples. */
export const namespace = 'argocd'
/** The cluster configuration's name on the git server. */
export const configRepository = 'acme/cluster-config'
/** The image's name in the registry. */
export const imageRepository = 'acme/web'

const root = join(import.meta.dirname, '..', '..')
const crds = [
  'crds/imageupdatepolicies.yaml',
  'test/servers/crds/application.yaml',
  'test/servers/crds/appproject.yaml',
]
const api = {
  applications: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`,
  policies: `/apis/imageupdate.dev/v1alpha1/namespaces/${namespace}/imageupdatepolicies`,
  secrets: `/api/v1/namespaces/${namespace}/secrets`,
}

/** Starts everything but the operator and loads the examples. What is to be done at the end goes into `atEnd`, as soon as it can be. */
export async function startParts(atEnd: (end: () => Promise<unknown>) => void): Promise<Parts> {
  const ending = <T>(started: Promise<T>, end: (part: T) => Promise<unknown>): Promise<T> =>
    started.then((part) => {
      atEnd(() => end(part))
      return part
    })
  const gitUser = { username: 'argocd', password: 'demo' }
  const [cluster, registry, git] = await Promise.all([
    ending(startControlPlane(), (one) => one.stop()),
    ending(startRegistry(), (one) => one.stop()),
    ending(startGitServer({ auth: gitUser }), (one) => one.stop()),
  ])
  const files = await readFolder(join(root, 'examples', 'cluster-config'), (text) =>
    text.replaceAll('registry.example.com', registry.host).replaceAll('https://git.example.com', git.url),
  )
  const config = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, withPlainHttp(path, text)]))
  await git.createRepository(configRepository, config, { message: 'Applications and their policies' })
  await git.createRepository('acme/web-app', await readFolder(join(root, 'examples', 'web-app')), {
    message: 'Say hello',
  })
  await cluster.applyCrds(crds.map((file) => join(root, file)))
  await cluster.api('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  const argocd = await ending(
    startArgoCd({ controlPlane: cluster, namespace, readTree: (url, revision) => git.readTree(url, revision) }),
    (one) => one.stop(),
  )
  const folder = temporaryFolder('demo')
  atEnd(() => folder.remove())
  const kubeconfig = join(folder.path, 'kubeconfig')
  await copyFile(await cluster.kubeconfig('admin', namespace), kubeconfig)
  await cluster.api('POST', api.secrets, repositorySecret(git.repositoryUrl(configRepository), gitUser))
  const operator = await installOperator(cluster, namespace)
  const image = `${registry.host}/${imageRepository}`
  return {
    cluster,
    registry,
    git,
    gitUser,
    argocd,
    operator,
    kubeconfig,
    image,
    folder: folder.path,
    metricsPort: await freePort(),
    applications: inFolder<Application>(config, 'applications/'),
    policies: inFolder<Policy>(config, 'policies/'),
  }
}

/** Applies the Applications and the policies of the repository, as Argo CD does where it deploys itself. */
export async function applyExamples({ cluster, applications, policies }: Parts): Promise<void> {
  for (const application of applications) await cluster.api('POST', api.applications, application)
  for (const policy of policies) await cluster.api('POST', api.policies, policy)
}

/** All Applications as the API server has them. */
export async function getApplications(cluster: ControlPlane): Promise<readonly Application[]> {
  return (await cluster.api<{ items: readonly Application[] }>('GET', api.applications)).items
}

/** Where the API server serves the policies. */
export const policiesPath = api.policies

/** The registry here speaks plain HTTP, and a policy has to say so. */
function withPlainHttp(path: string, text: string): string {
  if (!path.startsWith('policies/')) return text
  const policy = parseDocument(text)
  policy.setIn(['spec', 'registry', 'insecure'], true)
  return policy.toString({ lineWidth: 0, indentSeq: false })
}

function inFolder<T>(files: Readonly<Record<string, string>>, folder: string): readonly T[] {
  const paths = Object.keys(files).filter((path) => path.startsWith(folder))
  return paths.toSorted().map((path) => parse(files[path] ?? '') as T)
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories */
function repositorySecret(url: string, user: Parts['gitUser']): object {
  return {
    metadata: { name: 'repo-cluster-config', labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
    stringData: { type: 'git', url, ...user },
  }
}
